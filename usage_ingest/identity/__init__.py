"""Who did it, and for which account."""
