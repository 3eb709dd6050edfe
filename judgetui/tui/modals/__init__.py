"""Dialogs above a screen. Escape closes each without losing anything."""
