"""The event store: every stored event, in columns, behind `EVENTS_URL`."""
