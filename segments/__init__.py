"""Which accounts belong together and what they get: fit, motions, owners and holdout."""
