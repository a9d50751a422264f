"""Decisions of people about who is who: the review list, merges and their undoing."""
