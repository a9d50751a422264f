"""One workspace sends honest events while others do their worst: what it waits, what breaks."""
