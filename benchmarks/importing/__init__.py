"""How quickly the past is brought in."""
