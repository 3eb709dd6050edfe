"""API keys: found when they are needed, and hard to show by accident."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import NoReturn

from judgetui.errors import NoJudgeError

KEYRING_SERVICE = "judgetui"
_MASK = "********"
_LINE = 8
"""Characters from which on a line of a secret is masked by itself; shorter ones are found in ordinary words."""
_KEYRING_SECONDS = 2.0


class Secret:
    """A text that does not show in repr, str, format, logs or tracebacks. `reveal()` gives it.

    It cannot be pickled, so it does not reach a file or another process by the way.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The text itself; call it where it is handed over and keep no copy."""
        return self.__value

    def scrub(self, text: str) -> str:
        """`text` with the secret masked: as it is, as `repr` shows it, and each of its longer lines by itself."""
        lines = (line for line in self.__value.splitlines() if len(line) >= _LINE)
        for shown in sorted({self.__value, repr(self.__value)[1:-1], *lines} - {""}, key=len, reverse=True):
            text = text.replace(shown, _MASK)
        return text

    def __repr__(self) -> str:
        return f"Secret({_MASK!r})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.__value == self.__value

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")


def find_key(
    name: str,
    service: str = KEYRING_SERVICE,
    environ: Mapping[str, str] | None = None,
    *,
    spaces: bool = False,
) -> Secret | None:
    """An API key by the name of its environment variable; None when there is none.

    The environment is asked first, then the system keyring (service `judgetui`, user name `name`) if the
    keyring package is installed. A keyring that fails, or that waits for somebody to unlock it, counts as
    none.

    Args:
        name: such as OPENAI_API_KEY; empty finds nothing.
        service: the keyring's service name.
        environ: environment variables; None for this process's.
        spaces: whether it may hold spaces, as the value of a header does and a key does not.

    Raises:
        NoJudgeError: for one that no header can carry: with a line break or what else is not printable ASCII.
    """
    if not name:
        return None
    found = Secret((os.environ if environ is None else environ).get(name, "").strip())
    key = found if found else _from_keyring(name, service)
    lowest = " " if spaces else "!"
    if key is not None and not all(lowest <= character <= "~" for character in key.reveal()):
        kinds = "a line break" if spaces else "a line break, a space"
        raise NoJudgeError(
            f"{name} cannot be sent: it holds {kinds} or another character that is not printable ASCII.",
            f"Put the {'value' if spaces else 'key'} alone into {name}, on one line and without curly quotes.",
        )
    return key


def keyring_installed() -> bool:
    """Whether the keyring package is there; it is not loaded."""
    return find_spec("keyring") is not None


def _from_keyring(name: str, service: str) -> Secret | None:
    if not keyring_installed():
        return None
    found: list[Secret] = []

    def ask() -> None:
        try:
            import keyring

            value = keyring.get_password(service, name)
        except BaseException:  # backends raise what they like, and a thread of ours must not print it
            return
        if value and value.strip():
            found.append(Secret(value.strip()))

    # A daemon: a keyring that waits for a password dialog must hold up neither the caller nor the exit.
    thread = threading.Thread(target=ask, name="judgetui-keyring", daemon=True)
    thread.start()
    thread.join(_KEYRING_SECONDS)
    return found[0] if found else None
