"""The loader: each event once, with the right person and account."""
