"""How fast requests become durable, beside what limits it and what a team would write itself."""
