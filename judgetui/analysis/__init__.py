"""Numbers about judgements. Every figure comes with its n and interval."""
