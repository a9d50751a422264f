"""How fast the journal becomes stored events, and with how much memory."""
