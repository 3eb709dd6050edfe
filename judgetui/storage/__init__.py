"""Session files: one SQLite database each. Returns core dataclasses, never rows."""
