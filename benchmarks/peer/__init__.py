"""What a team would write itself: Flask, SQLAlchemy's ORM, one commit a request, PostgreSQL."""
