"""From journal entries to events."""
