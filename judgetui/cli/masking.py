"""Takes API keys out of text that was not meant to hold any."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "********"

_NAMES: Final = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE)
"""How the names of variables with secrets end."""

_SHORTEST: Final = 8
"""A shorter value is more likely a word of the text than a secret."""

_LOOKS: Final = re.compile(
    r"(?<![\w-])(?:(?:sk|pk|rk|gsk|xai|hf|ghp)[-_][\w-]{16,}|AIza[\w-]{16,})|(?<=Bearer )\S+|(?<=Basic )\S+"
)
"""Keys in the form that providers give them, wherever they came from."""


def mask(text: str, environ: Mapping[str, str] | None = None) -> str:
    """The text with every secret of the environment, and whatever looks like a key, masked.

    Args:
        environ: environment variables; None for this process's.
    """
    environ = os.environ if environ is None else environ
    secrets = {value.strip() for name, value in environ.items() if _NAMES.search(name)}
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    return _LOOKS.sub(MASK, text)
