"""The command line: click commands over the same services as the screens."""
