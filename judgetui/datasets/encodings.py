"""Which encoding a file is in, and its lines as UTF-8.

A byte order mark decides (Unicode Standard, section 23.8); what is valid UTF-8 throughout is UTF-8; all else is guessed
by charset-normalizer, and whoever shows the items says that it was a guess.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Final

from judgetui.errors import InputError, ItemError, Place

MAX_LINE: Final = 64_000_000
"""Bytes in a line; a file without line breaks is no reason to fill the memory."""

_CHUNK: Final = 1 << 20
_HEAD: Final = 1 << 16
_SAMPLE: Final = 1 << 16
"""Bytes of lines with other characters than ASCII that a guess is made from."""

_MARKS: Final = (  # UTF-32's begins as UTF-16's does
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY: Final = (
    (b"PAR1", "a Parquet file", "Name it .parquet."),
    (b"PK\x03\x04", "a packed file, such as a spreadsheet", "Unpack it, or save the sheet as CSV."),
    (b"\x1f\x8b", "a gzip file", "Unpack it with gunzip."),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "Unpack it with unzstd."),
    (
        b"SQLite format 3\x00",
        "a database",
        "A session's items are written by `judgetui session items --out`.",
    ),
    (b"%PDF-", "a PDF file", "Save its text as CSV or JSON lines."),
)
_OTHERS: Final = re.compile(rb"[\x80-\xff]+")
_NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "utf-32-le": "UTF-32 (little endian)",
    "utf-32-be": "UTF-32 (big endian)",
    "iso8859-1": "ISO 8859-1 (Latin-1)",
    "shift_jis": "Shift JIS",
    "cp932": "Windows-932 (Shift JIS)",
    "euc_jp": "EUC-JP",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "mac-roman": "Mac Roman",
}
_WESTERN: Final = frozenset("“”‘’„…–—•€£§°·«»¿¡™®©ŒœŠšŽžŸªº\xa0") | frozenset(map(chr, range(0xC0, 0x100)))
"""Characters of Windows-1252 that texts in Western European languages have."""

_USUAL: Final = frozenset(
    {f"cp125{digit}" for digit in range(9)}
    | {"cp932", "shift_jis", "euc_jp", "gb2312", "gbk", "gb18030", "big5", "euc_kr", "cp949", "koi8-r"}
)
"""Encodings that spreadsheets and exports are in; among guesses that are as good they go before others."""

_NEAR: Final = 0.02
"""Difference of charset-normalizer's measure of disorder at which two guesses are as good."""

_UNREADABLE: Final = "\udcff"
"""Stands for bytes that the encoding has no character for; no file can hold it."""

codecs.register_error("judgetui.unreadable", lambda error: (_UNREADABLE, error.end))  # type: ignore[attr-defined]


class Found(StrEnum):
    """How an encoding became known."""

    MARK = "mark"
    VALID = "valid"
    GUESS = "guess"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes are read as text.

    Args:
        codec: as Python names it.
        found: how it became known.
        mark: bytes of a byte order mark, which are no text.
    """

    codec: str
    found: Found
    mark: int = 0

    @property
    def name(self) -> str:
        """As people know it."""
        if self.codec in _NAMES:
            return _NAMES[self.codec]
        if self.codec.startswith("cp125"):
            return f"Windows-{self.codec[2:]}"
        return self.codec.replace("iso8859-", "ISO 8859-").replace("_", "-")

    @property
    def words(self) -> str:
        """What to tell of it: `UTF-8`, or `Windows-1252 (a guess)`."""
        return f"{self.name} (a guess)" if self.found is Found.GUESS else self.name


UTF8: Final = Encoding("utf-8", Found.VALID)


def chosen(text: str) -> Encoding:
    """The encoding that a user named.

    Raises:
        InputError: if there is none of that name, or it is none of text.
    """
    try:
        codec = codecs.lookup(text.strip())
        b"a".decode(codec.name)
    except (LookupError, ValueError):
        raise InputError(
            f"there is no encoding {text!r}.",
            "Use a name such as utf-8, cp1252 or shift_jis.",
            field="--encoding",
        ) from None
    name = "utf-8" if codec.name == "utf-8-sig" else codec.name
    return Encoding(name, Found.CHOSEN)


def detect(file: IO[bytes], name: str) -> Encoding:
    """The encoding of a file, which is read through and left at its start.

    A file of which most lines with other characters than ASCII are UTF-8 is UTF-8, with mistakes in it.

    Args:
        file: that can be read from its start again.
        name: for messages.

    Raises:
        ItemError: if the file is no text, or in no encoding that is known.
    """
    head = file.read(_HEAD)
    file.seek(0)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, Found.MARK, len(mark))
    for magic, what, hint in _BINARY:
        if head.startswith(magic):
            raise ItemError(f"this is {what}.", hint, place=Place(name))
    if b"\0" in head:
        return Encoding(_without_mark(head, name), Found.GUESS)
    if _is_utf8(file):
        return UTF8
    right, wrong, sample = _other_lines(file)
    if right > wrong:
        return UTF8
    return Encoding(_guess(sample, name), Found.GUESS)


def with_mark(encoding: Encoding, file: IO[bytes]) -> Encoding:
    """A chosen encoding for a file, which is left at its start, with the mark it may begin with."""
    head = file.read(4)
    file.seek(0)
    for mark, codec in _MARKS:
        if head.startswith(mark) and encoding.codec in (codec, codec[:6]):
            return Encoding(codec, encoding.found, len(mark))
    return encoding


def utf8_lines(file: IO[bytes], encoding: Encoding) -> Iterator[bytes]:
    """The lines of a file in UTF-8, with their endings and without a byte order mark.

    What the encoding has no character for comes out as half a surrogate pair, which is no UTF-8: whoever decodes a
    line strictly finds it there. A line that is too long comes out cut, by one byte longer than `MAX_LINE`.
    """
    file.seek(encoding.mark)
    if encoding.codec == "utf-8":
        yield from _cut(file)
        return
    rest = ""
    for text in _decoded(file, encoding.codec):
        *lines, rest = (rest + text).split("\n") if "\n" in text else (rest + text,)
        for line in lines:
            yield _bytes(line + "\n")
        if len(rest) > MAX_LINE:
            break
    if rest:
        yield _bytes(rest)


def require_short(line: bytes, name: str, number: int) -> None:
    """Complain of a line that was cut.

    Raises:
        ItemError: if it was.
    """
    if len(line) > MAX_LINE:
        raise ItemError(
            f"the line is longer than {MAX_LINE // 1_000_000} MB.",
            "Write one item a line, and shorten it.",
            place=Place(name, number),
        )


def _cut(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE + 1):
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n") and (more := file.readline(_CHUNK)):
            if more.endswith(b"\n"):
                break


def _decoded(file: IO[bytes], codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)("judgetui.unreadable")
    while chunk := file.read(_CHUNK):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_utf8(file: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def _other_lines(file: IO[bytes]) -> tuple[int, int, bytes]:
    """How many lines with other characters than ASCII are UTF-8, how many are not, and a sample of the latter."""
    right = wrong = 0
    sample = bytearray()
    for line in _cut(file):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            right += 1
        except UnicodeDecodeError:
            wrong += 1
            if len(sample) < _SAMPLE:
                sample += line[:_SAMPLE].rstrip(b"\r\n") + b"\n"
    file.seek(0)
    return right, wrong, bytes(sample)


def _without_mark(head: bytes, name: str) -> str:
    """UTF-16 without a mark has a NUL in every second place of mostly Western text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if min(even, odd) * 20 < max(even, odd) and max(even, odd) * 4 > len(head) // 2:
        return "utf-16-le" if odd > even else "utf-16-be"
    line = head.count(b"\n", 0, head.index(b"\0")) + 1
    raise ItemError(
        "there is a NUL byte here: the file is no text, or damaged.",
        "Save it as UTF-8 text.",
        place=Place(name, line),
    )


def _guess(sample: bytes, name: str) -> str:
    if _is_western(sample):
        return "cp1252"
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample))
    best = [match for match in matches if match.chaos <= matches[0].chaos + _NEAR]
    names = [
        codecs.lookup(each).name for match in best for each in (match.encoding, *match.could_be_from_charset)
    ]
    for each in names:
        if each in _USUAL:
            return each
    if names:
        return names[0]
    raise ItemError(
        "the file is not UTF-8, and no encoding that is known.",
        "Save it as UTF-8, or name its encoding (--encoding).",
        place=Place(name),
    )


def _is_western(sample: bytes) -> bool:
    """Whether the other characters stand alone or in twos, as accents and quotes do, and are such in Windows-1252."""
    runs = _OTHERS.findall(sample)
    if sum(map(len, runs)) > 2 * len(runs):
        return False
    try:
        return set(b"".join(runs).decode("cp1252")) <= _WESTERN
    except UnicodeDecodeError:
        return False
