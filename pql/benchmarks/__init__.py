"""What customers had done, by metric and day of the trial: what accounts are compared with."""
