"""The load: from translated events to the event store."""
