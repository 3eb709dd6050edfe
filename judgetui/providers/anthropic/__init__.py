"""Judges over the anthropic package: messages, and every server that speaks the same."""
