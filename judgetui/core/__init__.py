"""The domain: rubrics, items, votes, judgements and protocols. No I/O, no clock, no randomness of its own."""
