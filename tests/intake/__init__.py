"""Intake: what SDKs send, what is answered, and what the journal keeps."""
