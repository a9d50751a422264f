"""Tests of what is said about arrivals: receipts, the last events, counts per source."""
