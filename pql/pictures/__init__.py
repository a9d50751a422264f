"""Pictures of what the service computed, each with the table of what it shows."""
