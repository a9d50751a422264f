"""Arithmetic of chance: intervals, survival, drift, many tries. Numbers in, numbers out."""
