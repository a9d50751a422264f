"""The finder against planted truth, and against the clock."""
