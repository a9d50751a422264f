"""Tracking plans: which events and properties a workspace expects, and what came instead."""
