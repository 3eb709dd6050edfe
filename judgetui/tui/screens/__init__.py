"""Screens, one pair of files each."""
