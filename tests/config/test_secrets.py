"""Keys: found where they are, shown nowhere."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
from types import ModuleType

import pytest

from judgetui.config import secrets
from judgetui.config.secrets import Secret, find_key
from judgetui.errors import NoJudgeError

KEY = "sk-test-abcdefghijklmnop"


def test_a_secret_does_not_show() -> None:
    secret = Secret(KEY)
    for text in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{secret!r}",
        repr([secret]),
    ):
        assert KEY not in text and "****" in text
    assert secret.reveal() == KEY
    assert secret.scrub(f"a {KEY} b") == "a ******** b"
    assert Secret("").scrub("abc") == "abc"


def test_a_secret_is_masked_however_it_is_shown() -> None:
    secret = Secret("sk-first-000\r\nsk-second-111\nand")
    header = f"Bearer {secret.reveal()}".encode()
    assert secret.scrub(f"Illegal header value {header!r}") == "Illegal header value b'Bearer ********'"
    assert secret.scrub("sk-second-111, and\nsk-first-000") == "********, and\n********"
    nested = Secret("sk-first-000\nsk-first-000-more")
    assert nested.scrub("sk-first-000-more") == "********"


def test_a_secret_does_not_travel() -> None:
    secret = Secret(KEY)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(secret, protocol)
    assert copy.copy(secret) is secret and copy.deepcopy([secret])[0] is secret
    with pytest.raises(TypeError):
        vars(secret)


def test_a_secret_compares() -> None:
    assert Secret(KEY) == Secret(KEY) and hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY) != Secret("other") and Secret(KEY) != KEY
    assert Secret(KEY) and not Secret("")


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str | BaseException | threading.Event]:
    """A stand-in for the keyring package, and what it holds."""
    held: dict[tuple[str, str], str | BaseException | threading.Event] = {}

    def get_password(service: str, name: str) -> str | None:
        found = held.get((service, name))
        if isinstance(found, threading.Event):
            found.wait(10)
            return "too late"
        if isinstance(found, BaseException):
            raise found
        return found

    module = ModuleType("keyring")
    module.__dict__["get_password"] = get_password
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setattr(secrets, "keyring_installed", lambda: True)
    monkeypatch.setattr(secrets, "_KEYRING_SECONDS", 0.1)
    return held


def test_the_environment_comes_first(keyring: dict[tuple[str, str], object]) -> None:
    keyring["judgetui", "SOME_KEY"] = "from-the-keyring"
    assert find_key("SOME_KEY", environ={"SOME_KEY": f" {KEY}\n"}) == Secret(KEY)
    assert find_key("SOME_KEY", environ={"SOME_KEY": "  "}) == Secret("from-the-keyring")
    assert find_key("SOME_KEY", environ={}) == Secret("from-the-keyring")
    assert find_key("SOME_KEY", "another", environ={}) is None
    assert find_key("", environ={"": KEY}) is None


def test_this_process_environment(keyring: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    assert find_key("SOME_KEY") == Secret(KEY)


@pytest.mark.parametrize(
    "trouble", [RuntimeError("locked"), KeyboardInterrupt(), ImportError("no"), "  ", None]
)
def test_a_keyring_in_trouble_counts_as_none(keyring: dict[tuple[str, str], object], trouble: object) -> None:
    keyring["judgetui", "SOME_KEY"] = trouble
    assert find_key("SOME_KEY", environ={}) is None


def test_a_keyring_that_hangs_is_not_waited_for(keyring: dict[tuple[str, str], object]) -> None:
    dialog = threading.Event()
    keyring["judgetui", "SOME_KEY"] = dialog
    assert find_key("SOME_KEY", environ={}) is None
    dialog.set()


@pytest.mark.parametrize("odd", ["\n", "\r\n", "\t", "\0", "\x7f", "\xa0", "\u201d", " "])
def test_a_key_that_cannot_be_sent(keyring: dict[tuple[str, str], object], odd: str) -> None:
    value = f"sk-before{odd}sk-after"
    keyring["judgetui", "OTHER_KEY"] = value
    for name, environ in (("SOME_KEY", {"SOME_KEY": value}), ("OTHER_KEY", {})):
        with pytest.raises(NoJudgeError, match=f"^{name} cannot be sent") as caught:
            find_key(name, environ=environ)
        told = f"{caught.value.message} {caught.value.hint}"
        assert "sk-" not in told and name in caught.value.hint and (odd == " " or odd not in told)


def test_a_header_may_hold_spaces(keyring: object) -> None:
    value = "Bearer one two"
    assert find_key("HEADER", environ={"HEADER": value}, spaces=True) == Secret(value)
    with pytest.raises(NoJudgeError, match="HEADER cannot be sent"):
        find_key("HEADER", environ={"HEADER": f"{value}\nthree"}, spaces=True)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "find_spec", lambda name: None)
    assert not secrets.keyring_installed()
    assert find_key("SOME_KEY", environ={}) is None
