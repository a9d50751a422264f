"""What accounts had done at each of many looks a day apart, from one pass over their events."""
