"""Tests of the quarantine: what is in it, mending it, and sending it through again."""
