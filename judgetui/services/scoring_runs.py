"""Scores a file of recorded replies block by block, a large one on all processors."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from io import BytesIO
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Final

from judgetui.datasets import replacing
from judgetui.datasets.lines import STDIN, name_of, open_data
from judgetui.errors import InputError, JudgetuiError, Place
from judgetui.services.scoring import Choice, Scored, Scoring, Write
from judgetui.services.scoring_figures import Summary, Tally, load_figures
from judgetui.services.scoring_files import EXAMPLE, block_at, blocks

BLOCK: Final = 1 << 20
"""Bytes that are scored at a time."""

LARGE: Final = 16 << 20
"""Bytes of a file from which on more processes are worth their start."""

MOST_WORKERS: Final = 8
"""Processes that score; the disk is not quick enough for many more."""


class Run:
    """The judgements of one file of recorded replies, and their figures.

    Args:
        workers: processes that score when a file is written; None takes as many as there are processors for a
            large file, and this one alone for any other.
        block: bytes that are scored at a time.

    Raises:
        InputError: as `Scoring`.
    """

    def __init__(self, choice: Choice, workers: int | None = None, block: int = BLOCK) -> None:
        self._choice = choice
        self._scoring = Scoring(choice)
        self._workers = workers
        self._block = block
        self._tally = Tally()
        self._first: dict[str, int] = {}
        self._lines = 0

    def stream(self, path: Path, write: Write) -> None:
        """Judge what is recorded in a file, in its order, while it is read; only ids and figures are held.

        Args:
            path: JSONL, `-` for stdin.
            write: takes the judgements, a line at a time.

        Raises:
            InputError: with file, line and field: a line that cannot be read, an id that is there twice, or a file
                without replies.
        """
        name = name_of(path)
        for block in blocks(path, self._block):
            self._take(self._scoring.scored(block, name, write), name)
        self._require_some(name)

    def write(self, path: Path, out: Path) -> None:
        """Write the judgements of a file to another, in its order.

        Raises:
            InputError: as `stream`.
            ItemError: if the file cannot be written; what was there before is then untouched.
            JudgetuiError: if a process that scores was ended from outside; likewise.
        """
        workers = self._workers or _workers(path)
        if workers == 1:
            with replacing(out) as file:
                self.stream(path, file.write)
            return
        open_data(path).close()
        with replacing(out) as file:
            for number, future in enumerate(self._futures(path, Path(file.name), workers)):
                shift = self._lines + 1 if number else 0
                try:
                    scored = future.result()
                except InputError as error:
                    place = Place(str(path), error.place.line + shift, error.place.column)
                    raise error.at(place) from None
                except BrokenProcessPool:
                    raise JudgetuiError(
                        "a process that scores was ended from outside; nothing was written.",
                        "Is there enough memory? Score the file again.",
                    ) from None
                self._take(scored, str(path), shift)
            self._require_some(str(path))

    def summary(self) -> Summary:
        """What all that was scored came to."""
        return self._tally.summary(self._choice.failures)

    def _futures(self, path: Path, out: Path, workers: int) -> Iterator[Future[Scored]]:
        """The blocks of a file, scored and written by other processes; lines are counted as `block_at` does."""
        context = _context()
        starts = range(0, path.stat().st_size, self._block)
        pool = ProcessPoolExecutor(
            workers, context, _Worker.start, (self._choice, path, out, _Turns(context))
        )
        try:
            futures = deque(
                pool.submit(_Worker.score, number, start, start + self._block)
                for number, start in enumerate(starts)
            )
            load_figures()
            while futures:
                yield futures.popleft()
        finally:
            pool.shutdown(cancel_futures=True)

    def _take(self, scored: Scored, name: str, shift: int = 0) -> None:
        """Count some lines that were scored, of which none may have an id that was there before."""
        lines = [line + shift for line in scored.lines]
        found = dict(zip(scored.ids, lines, strict=True))
        if len(found) < len(lines) or not self._first.keys().isdisjoint(found):
            for identity, line in zip(scored.ids, lines, strict=True):
                if identity in self._first:
                    raise InputError(
                        f"the id {identity!r} is there twice, first on line {self._first[identity]}.",
                        "Write one line an item, with all its replies.",
                        field="id",
                        place=Place(name, line),
                    )
                self._first[identity] = line
        self._first.update(found)
        self._lines += scored.total
        self._tally.merge(scored.tally)

    def _require_some(self, name: str) -> None:
        if not self._first:
            raise InputError("the file holds no replies.", f"Write lines of {EXAMPLE}.", place=Place(name))


def _workers(path: Path) -> int:
    if path == STDIN or not path.is_file() or path.stat().st_size < LARGE:
        return 1
    # Those that this process may use; macOS has no such limit.
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST_WORKERS, own)


def _context() -> BaseContext:
    """A copy of this process is ready at once; but a copy of one with several threads may stand still for good."""
    alone = threading.active_count() == 1 and "fork" in multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("fork" if alone else "spawn")


class _Turns:
    """Gives every block its place in a file that several processes write."""

    def __init__(self, context: BaseContext) -> None:
        self._changed = context.Condition()
        self._turn = context.Value("q", 0, lock=False)
        self._end = context.Value("q", 0, lock=False)

    def place(self, number: int, size: int) -> int:
        """The offset behind all blocks with lower numbers, as soon as their sizes are known."""
        with self._changed:
            self._changed.wait_for(lambda: self._turn.value == number)
            start: int = self._end.value
            self._turn.value += 1
            self._end.value += size
            self._changed.notify_all()
        return start


class _Worker:
    """What a process of the pool scores with; it knows the lines that it has made."""

    _own: _Worker

    def __init__(self, choice: Choice, path: Path, out: Path, turns: _Turns) -> None:
        self._scoring = Scoring(choice)
        self._name = str(path)
        self._file = open_data(path)
        self._out = out.open("r+b")
        self._turns = turns
        self._lines = BytesIO()

    @classmethod
    def start(cls, choice: Choice, path: Path, out: Path, turns: _Turns) -> None:
        """Make a process ready."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends the others
        cls._own = cls(choice, path, out, turns)

    @classmethod
    def score(cls, number: int, start: int, end: int) -> Scored:
        """Score the lines that begin between two offsets, and write their judgements."""
        return cls._own._score(number, start, end)

    def _score(self, number: int, start: int, end: int) -> Scored:
        self._lines.seek(0)
        size = 0
        try:
            scored = self._scoring.scored(block_at(self._file, start, end), self._name, self._lines.write)
            size = self._lines.tell()
        finally:
            at = self._turns.place(number, size)
        self._out.seek(at)
        with self._lines.getbuffer() as written:
            self._out.write(written[:size])
            self._out.flush()
        return scored
