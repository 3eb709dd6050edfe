"""Published figures, computed again from the replies and labels that their authors released."""
