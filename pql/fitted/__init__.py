"""A score fitted to past trials, beside the rules: used only where it beats them out of time."""
