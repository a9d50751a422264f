"""The state store: everything but the events, in SQLite or PostgreSQL behind `DATABASE_URL`."""
