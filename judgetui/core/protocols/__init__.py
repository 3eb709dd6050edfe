"""Protocols, one file a published system."""
