"""Delimited text files as programs and spreadsheets of any country write them: CSV and its kin."""
