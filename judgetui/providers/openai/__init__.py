"""Judges over the openai package: chat completions, and every server that speaks the same; responses; decisions."""
