"""The clock: which work is done when, by the worker that holds the lease."""
