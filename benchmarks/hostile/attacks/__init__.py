"""Attacks. Each is a function of one shape: one step, done again and again by a thread of its own.

A new one is a function and its line in `table.py`.
"""
