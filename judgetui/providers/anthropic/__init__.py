"""Judges over the anthropic package: messages."""
