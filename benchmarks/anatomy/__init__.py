"""Where the time of one event goes, from the bytes on the socket to the motion that is shown."""
