"""One script a question; each prints a ratio and the two figures behind it."""
