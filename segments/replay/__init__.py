"""What a definition would have done in the past weeks, seen with what was known on each day."""
