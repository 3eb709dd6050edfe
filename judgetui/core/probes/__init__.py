"""Probes: what is changed about a rubric or its items that should not matter to a judge. Pure: nothing is asked."""
