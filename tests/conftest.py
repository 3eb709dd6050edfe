"""Settings of the whole test suite."""

from __future__ import annotations

from hypothesis import settings

# Machines that run tests are often busy; how long an example takes says nothing there.
settings.register_profile("judgetui", deadline=None, max_examples=60)
settings.load_profile("judgetui")
