"""Reads plain mappings strictly: every key known, every value of the right type, every problem placed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from judgetui.errors import InputError


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None when none is near."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def type_name(value: object) -> str:
    """What a value is, in a reader's words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
    return type(value).__name__


class MappingReader:
    """Takes values out of a mapping and complains with the dotted path of the field.

    Args:
        data: the mapping as loaded.
        error: the exception class to raise.
        path: dotted path of this mapping in its document; empty at the top.
    """

    def __init__(self, data: object, error: type[InputError], path: str = "") -> None:
        self.error = error
        self.path = path
        if not isinstance(data, Mapping):
            raise self.fail("", f"this is {type_name(data)}, not a mapping.", "Write `key: value` lines.")
        self._data: dict[str, object] = {str(key): value for key, value in data.items()}
        self._seen: list[str] = []

    def fail(self, key: str, message: str, hint: str = "") -> InputError:
        """An error placed at `key`."""
        return self.error(message, hint, field=self.join(key))

    def join(self, key: str) -> str:
        """Dotted path of `key`."""
        return ".".join(part for part in (self.path, key) if part)

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self._data.get(key) is not None

    def take(self, key: str) -> object:
        """The raw value, None when absent."""
        self._seen.append(key)
        return self._data.get(key)

    def text(self, key: str, default: str | None = "") -> str:
        """Text, stripped at both ends; `default=None` makes it required."""
        value = self.take(key)
        if value is None:
            if default is None:
                self._refuse_misspelt(key)
                raise self.fail(key, "this is missing.", f"Add a line `{key}: ...`.")
            return default
        if not isinstance(value, str):
            raise self.fail(key, f"expected text, found {type_name(value)}.", "Put it in quotes.")
        return value.strip()

    def whole(self, key: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`, None when absent."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(key, f"expected a whole number, found {type_name(value)}.")
        if not low <= value <= high:
            raise self.fail(key, f"{value} is out of range.", f"Use {low} to {high}.")
        return value

    def number(self, key: str, low: float, high: float) -> float | None:
        """A number from `low` to `high`, None when absent."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(key, f"expected a number, found {type_name(value)}.")
        if not low <= value <= high:
            raise self.fail(key, f"{value} is out of range.", f"Use {low:g} to {high:g}.")
        return float(value)

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        """One of `choices`."""
        value = self.text(key, default)
        if value not in choices:
            near = nearest(value, choices)
            hint = f"Did you mean {near}?" if near else f"Use {', '.join(choices)}."
            raise self.fail(key, f"{value!r} is not known.", hint)
        return value

    def sequence(self, key: str) -> list[object]:
        """A list, empty when absent."""
        value = self.take(key)
        if value is None:
            return []
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise self.fail(
                key, f"expected a list, found {type_name(value)}.", "Write one `- ` line for each."
            )
        return list(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty when absent; blank ones are an error."""
        found: list[str] = []
        for index, value in enumerate(self.sequence(key)):
            if not isinstance(value, str):
                raise self.fail(
                    f"{key}.{index}", f"expected text, found {type_name(value)}.", "Put it in quotes."
                )
            if not value.strip():
                raise self.fail(f"{key}.{index}", "this is empty.", "Write something or remove the line.")
            found.append(value.strip())
        return tuple(found)

    def mapping(self, key: str) -> dict[object, object]:
        """A mapping, empty when absent."""
        value = self.take(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.fail(key, f"expected a mapping, found {type_name(value)}.", "Write {key: value, ...}.")
        return dict(value)

    def child(self, key: str) -> MappingReader:
        """A reader of the mapping under `key`."""
        return MappingReader(self.take(key), self.error, self.join(key))

    def children(self, key: str) -> list[MappingReader]:
        """Readers of the mappings in the list under `key`."""
        return [
            MappingReader(value, self.error, self.join(f"{key}.{index}"))
            for index, value in enumerate(self.sequence(key))
        ]

    def _refuse_misspelt(self, key: str) -> None:
        """Where a required key is missing, a key much like it is its misspelling."""
        near = nearest(key, [other for other in self._data if other not in self._seen])
        if near is not None:
            raise self.fail(near, f"{near!r} is not a known key.", f"Did you mean {key!r}?")

    def finish(self, inside: Mapping[str, str] | None = None) -> None:
        """Complain of any key that nobody asked for, naming the nearest known one.

        Args:
            inside: keys that are known one level down, with the key they belong under.
        """
        for key in self._data:
            if key not in self._seen and inside is not None and key in inside:
                raise self.fail(key, f"{key!r} is not known here.", f"Write it under `{inside[key]}`.")
            if key not in self._seen:
                near = nearest(key, self._seen)
                hint = f"Did you mean {near!r}?" if near else f"The known keys are {', '.join(self._seen)}."
                raise self.fail(key, f"{key!r} is not a known key.", hint)
