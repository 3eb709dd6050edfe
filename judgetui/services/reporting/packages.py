"""Which versions the figures of a report were made with."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import judgetui

PACKAGES: Final = ("numpy", "scipy", "scikit-learn", "krippendorff")
"""What figures are made with, beside judgetui and Python."""


def package_versions() -> dict[str, str]:
    """Version by name, judgetui first."""
    found = {"judgetui": judgetui.__version__, "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
