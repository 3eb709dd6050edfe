"""The settings file: TOML, every key known, no API keys in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from judgetui.config.secrets import KEYRING_SERVICE
from judgetui.config.toml_lines import find_line, set_line
from judgetui.core.reading import MappingReader, nearest
from judgetui.errors import InputError, Place

PROVIDERS: Final = ("openai", "anthropic", "local", "decisions", "replay", "scripted")
"""Names that mean something before the colon of a judge, and so are no profile's."""

CONTEXTS: Final = (256, 1_048_576)
THREADS: Final = (1, 1024)

_NO_VALUES: Mapping[str, str] = MappingProxyType({})
_PROFILE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_NAME: Final = re.compile(
    r"(^|.*[^a-z])(api)?[-_.]?(key|token|secret|password|authorization|cookie)s?$"
)
_SECRET_VALUE: Final = re.compile(
    r"\s*(bearer\s+\S+|basic\s+\S+|(sk|pk|rk|gsk|xai|hf|ghp|AIza)[-_]?[A-Za-z0-9_-]{16,})\s*", re.I
)
_SAVED: Final[Mapping[str, type]] = {"theme": str, "judge": str, "rater": str, "local.threads": int}


@dataclass(frozen=True, slots=True)
class Profile:
    """A named OpenAI-compatible endpoint.

    Args:
        base_url: such as http://127.0.0.1:8080/v1.
        key_env: environment variable (or keyring user name) of its key; empty when it needs none.
        headers: sent with every call; a value `$NAME` is read like a key when the judge is first asked.
    """

    name: str
    base_url: str
    key_env: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_VALUES)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider or profile may be asked in a minute; None for no limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """How models run in this process.

    Args:
        threads: CPU threads; None measures once for each machine and model.
        context: tokens of prompt and reply together.
    """

    threads: int | None = None
    context: int = 4096


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings file says; an absent key has the value shown here.

    Args:
        judge: the judge that is asked when none is named; empty when none is set.
        theme: the app's theme; empty for its default.
        rater: under whose name labels are kept; empty until somebody has labelled.
        concurrency: calls under way at once, to begin with and at most; None begins with a few and takes more
            while answers come.
        timeout: seconds a call may take.
        max_retries: further tries after a failure that may pass.
        profiles: OpenAI-compatible endpoints by name.
        limits: what providers and profiles may be asked in a minute, by name.
    """

    judge: str = ""
    theme: str = ""
    rater: str = ""
    concurrency: int | None = None
    timeout: float = 120.0
    max_retries: int = 2
    profiles: Mapping[str, Profile] = field(default_factory=lambda: MappingProxyType({}))
    local: LocalSettings = field(default_factory=LocalSettings)
    limits: Mapping[str, Limits] = field(default_factory=lambda: MappingProxyType({}))


def load_settings(path: Path) -> Settings:
    """Read the settings file; one that is not there is empty.

    Raises:
        InputError: unreadable, not TOML, an unknown key, a wrong value, or a secret; with file and line.
    """
    text = _read(path)
    return Settings() if text is None else parse_settings(text, str(path))


def parse_settings(text: str, file: str = "") -> Settings:
    """Settings from TOML text; `file` is the name for messages.

    Raises:
        InputError: as `load_settings`.
    """
    data = _toml(text, file)
    try:
        _refuse_secrets(data)
        return _settings(MappingReader(data, InputError))
    except InputError as error:
        raise error.at(Place(file, find_line(text, error.field))) from None


def save_setting(path: Path, key: str, value: str | int | None) -> None:
    """Set `theme`, `judge`, `rater` or `local.threads` in the settings file; comments and all else stay as they are.

    Args:
        value: None takes the line out.

    Raises:
        InputError: for another key, a wrong value, or a file that cannot be read, changed safely or written.
    """
    import tomllib

    from judgetui.config.files import write_whole

    expected = _SAVED.get(key)
    if expected is None:
        raise InputError(f"{key!r} is not saved from here.", f"Write it into {path} by hand.")
    if value is not None and (not isinstance(value, expected) or isinstance(value, bool)):
        raise InputError(f"{value!r} is no value for {key}.", "", field=key)
    old = _read(path) or ""
    before = _toml(old, str(path))
    new = set_line(old, key, value)
    by_hand = InputError(
        f"{path} is written in a way that is not changed safely.", f"Set {key} there by hand."
    )
    try:
        after = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        raise by_hand from None
    if after != _with(before, key, value):
        raise by_hand
    if new == old:
        return
    parse_settings(new, str(path))
    try:
        write_whole(path, new.encode())
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The settings file cannot be read: {error}.", place=Place(str(path))) from error


def _toml(text: str, file: str) -> dict[str, object]:
    import tomllib  # not before there is a file to read

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
        where = re.search(r" \(at line (\d+), column (\d+)\)$", told)
        place = (
            Place(file, int(where[1]), int(where[2])) if where else Place(file, len(text.splitlines()) or 1)
        )
        told = told[: where.start()] if where else told.removesuffix(" (at end of document)")
        raise InputError(f"This is not TOML: {told}.", place=place) from None


def _settings(reader: MappingReader) -> Settings:
    default = Settings()
    judge, theme, rater = reader.text("judge"), reader.text("theme"), reader.text("rater")
    concurrency = reader.whole("concurrency", 1, 1000)
    timeout = reader.number("timeout", 0.1, 86_400)
    retries = reader.whole("max_retries", 0, 100)
    profiles = _profiles(reader)
    settings = Settings(
        judge=judge,
        theme=theme,
        rater=rater,
        concurrency=concurrency,
        timeout=default.timeout if timeout is None else timeout,
        max_retries=default.max_retries if retries is None else retries,
        profiles=profiles,
        local=_local(reader),
        limits=_limits(reader, (*PROVIDERS, *profiles)),
    )
    reader.finish()
    return settings


def _local(reader: MappingReader) -> LocalSettings:
    default = LocalSettings()
    if not reader.has("local"):
        reader.take("local")
        return default
    local = reader.child("local")
    found = LocalSettings(
        threads=local.whole("threads", *THREADS), context=local.whole("context", *CONTEXTS) or default.context
    )
    local.finish()
    return found


def _profiles(reader: MappingReader) -> Mapping[str, Profile]:
    found: dict[str, Profile] = {}
    for name, data in reader.mapping("profiles").items():
        path = f"profiles.{name}"
        profile = MappingReader(data, InputError, path)
        if not _PROFILE_NAME.fullmatch(str(name)):
            raise profile.fail("", "this is no name for a profile.", "Use letters, digits, dots, - and _.")
        if name in PROVIDERS:
            raise profile.fail("", f"{name!r} is the name of a provider.", "Give the profile another name.")
        found[str(name)] = Profile(
            name=str(name),
            base_url=_base_url(profile),
            key_env=_variable(profile),
            headers=_headers(profile),
        )
        profile.finish()
    return MappingProxyType(found)


def _limits(reader: MappingReader, known: Sequence[str]) -> Mapping[str, Limits]:
    found: dict[str, Limits] = {}
    for name, data in reader.mapping("limits").items():
        limits = MappingReader(data, InputError, f"limits.{name}")
        if name not in known:
            near = nearest(str(name), known)
            hint = f"Did you mean {near}?" if near else f"There are {', '.join(known)}."
            raise limits.fail("", "there is no provider or profile of this name.", hint)
        found[str(name)] = Limits(
            limits.whole("requests_per_minute", 1, 10**7), limits.whole("tokens_per_minute", 1, 10**10)
        )
        limits.finish()
    return MappingProxyType(found)


def address_trouble(url: str) -> tuple[str, str] | None:
    """What is wrong with the address of an API, and what to do; None for a good one.

    Addresses are shown and stored, so that none may hold a user, a password, a query or a fragment: people put
    keys there. Nothing of the address is in the answer.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address, or a port that is no number
        good = False
    if not good:
        return "is not a web address", "Write it as http://127.0.0.1:8080/v1."
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "holds a user, a password or a query, and addresses are shown and stored", _HOW
    return None


def _base_url(profile: MappingReader) -> str:
    url = profile.text("base_url", None)
    if trouble := address_trouble(url):
        raise profile.fail("base_url", f"this {trouble[0]}.", trouble[1])
    return url.rstrip("/")


def _variable(profile: MappingReader) -> str:
    name = profile.text("key_env")
    if name and not _VARIABLE.fullmatch(name):
        raise profile.fail("key_env", "this is not the name of an environment variable.", _HOW)
    return name


def _headers(profile: MappingReader) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for key, value in profile.mapping("headers").items():
        if not isinstance(value, str):
            raise profile.fail(f"headers.{key}", "expected text.", "Put it in quotes.")
        if not (value.isascii() and value.isprintable()):
            raise profile.fail(f"headers.{key}", "a header holds printable ASCII alone.", "Write it anew.")
        headers[str(key)] = value
    return MappingProxyType(headers)


_HOW: Final = (
    "Put the key into an environment variable, or into the keyring with "
    f'`keyring set {KEYRING_SERVICE} NAME`, and write key_env = "NAME" in the profile (in a header: "$NAME").'
)


def _refuse_secrets(data: Mapping[str, object], path: str = "") -> None:
    for key, value in data.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            _refuse_secrets(value, where)
            continue
        if not isinstance(value, str) or re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]*", value):
            continue
        if _SECRET_NAME.fullmatch(key.lower()) or _SECRET_VALUE.fullmatch(value):
            raise InputError("API keys are not kept in the settings file.", _HOW, field=where)


def _with(data: Mapping[str, object], key: str, value: str | int | None) -> dict[str, object]:
    table, _, name = key.rpartition(".")
    new = dict(data)
    if value is None and (table or name) not in new:
        return new
    if table:
        inner = new.get(table)
        new[table] = _with(inner if isinstance(inner, Mapping) else {}, name, value)
    elif value is None:
        new.pop(name, None)
    else:
        new[name] = value
    return new
