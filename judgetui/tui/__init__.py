"""The app. The only place that sees textual and rich."""
