"""Items divided into training, development and test: asked for, shown, and only then written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Checkbox, Input, Static

from judgetui.core.item import Item
from judgetui.datasets.duplicates import Near, near_duplicates
from judgetui.errors import InputError, JudgetuiError
from judgetui.services.splitting import DEVELOPMENT, STRATA, TEST, TRAIN, Splitting, split_items
from judgetui.tui.aside import aside
from judgetui.tui.later import Later
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.toggles import Tick

SHARES: Final = {TRAIN: "0.6", DEVELOPMENT: "0.2", TEST: "0.2"}
"""The shares that are offered."""

PAUSE: Final = 0.3
"""Seconds without a key before the split is worked out anew."""

MANY: Final = 20_000
"""Items from which near-duplicates are looked for only when that is asked for: it takes a while."""

SHOWN: Final = 12
"""Strata and leaks that are listed."""


class SplitsDialog(Dialog[Mapping[str, str]]):
    """Shows what dividing comes to; gives the splits by id, of items that get another one, or None.

    Args:
        items: all of the session's.
    """

    DEFAULT_CSS = """
    SplitsDialog .line { height: 1; }
    SplitsDialog .line Static { width: 13; }
    SplitsDialog .line Input { width: 8; background: $boost; margin: 0 2 0 0; }
    SplitsDialog #by { width: 20; }
    SplitsDialog .line .words { width: 1fr; }
    SplitsDialog Checkbox { background: transparent; border: none; padding: 0; }
    SplitsDialog #result { height: 1fr; min-height: 4; margin: 1 0 0 0; }
    SplitsDialog #result Static { height: auto; }
    SplitsDialog .buttons { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "accept", "divide", tooltip="Put the items into these splits")
    ]
    MORE_KEYS = (("space", "Turn a tick on or off"),)

    def __init__(self, items: Sequence[Item]) -> None:
        super().__init__()
        self._items = items
        self._near: tuple[Near, ...] | None = None
        self._found: Splitting | None = None
        self._soon = Later(self, PAUSE, self._begin)

    def body(self) -> ComposeResult:
        """Shares, strata, seed and ticks over what comes of them."""
        with_split = sum(item.split is not None for item in self._items)
        with Vertical(classes="dialog full"):
            yield Static(literal(f"Divide {len(self._items):,} items", "bold"), classes="dialog-title")
            for name, share in SHARES.items():
                with Horizontal(classes="line"):
                    yield Static(literal(name))
                    yield Input(share, id=name, compact=True)
            with Horizontal(classes="line"):
                yield Static(literal("alike in"))
                yield Input(id="by", placeholder="nothing", compact=True)
                yield Static(literal(f"{', '.join(STRATA)}, or a field", "dim"), classes="words")
            with Horizontal(classes="line"):
                yield Static(literal("seed"))
                yield Input("0", id="seed", compact=True)
            yield Tick("keep near-duplicates in one split", len(self._items) <= MANY, id="near", compact=True)
            yield Tick(
                literal(f"deal out those that have a split again ({with_split:,})"), id="again", compact=True
            )
            with VerticalScroll(id="result"):
                yield Static(literal("working it out …"))
            with Horizontal(classes="buttons"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield Button("Divide (ctrl+s)", id="divide", variant="primary", compact=True, disabled=True)

    def on_mount(self) -> None:
        """Work out what is offered."""
        self.query_one(f"#{TRAIN}").focus()
        self._begin()

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _changed(self) -> None:
        self._found = None
        self.query_one("#divide", Button).disabled = True
        self._soon.ask()

    def _begin(self) -> None:
        self._work_out()

    @work(group="split", exclusive=True, exit_on_error=False)
    async def _work_out(self) -> None:
        """Divide, in another thread, and show what that comes to; nothing is written."""
        result = self.query_one("#result Static", Static)
        try:
            shares = {name: _share(name, self.query_one(f"#{name}", Input).value) for name in SHARES}
            seed = _seed(self.query_one("#seed", Input).value)
            by = self.query_one("#by", Input).value.strip() or None
            again, together = self.query_one("#again", Tick).value, self.query_one("#near", Tick).value
            if together and self._near is None:
                result.update(literal("looking for near-duplicates …"))
                self._near = (await aside(lambda: near_duplicates(self._items))).pairs
            near = (self._near or ()) if together else ()
            self._found = await asyncio.to_thread(
                split_items, self._items, shares, by=by, seed=seed, again=again, near=near
            )
        except JudgetuiError as error:
            result.update(literal(one_line(str(error), 400), "$text-error"))
            return
        result.update(splitting_content(self._found))
        self.query_one("#divide", Button).disabled = not self._found.splits

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_accept() if event.button.id == "divide" else self.action_leave()

    def action_accept(self) -> None:
        """Close with the splits."""
        if self._found is None:
            self.judgetui.tell("What this comes to is not worked out yet.")
        elif not self._found.splits:
            self.judgetui.tell("No item would get another split. A tick deals out again those that have one.")
        else:
            self.dismiss(self._found.splits)


def splitting_content(found: Splitting) -> Content:
    """What dividing comes to: sizes, strata, what stays together, and what leaks all the same."""
    sizes = ", ".join(f"{one_line(name, 30)} {count:,}" for name, count in found.counts.items())
    parts: list[tuple[str, str]] = [(f"{sizes}\n", "bold")]
    changed = len(found.splits)
    parts.append((f"{changed:,} item{' gets' if changed == 1 else 's get'} another split\n", ""))
    if found.clusters:
        stay = "group of items stays" if found.clusters == 1 else "groups of items stay"
        parts.append((f"{found.clusters:,} {stay} together\n", ""))
    if set(found.strata) - {""}:
        for name, table in list(found.strata.items())[:SHOWN]:
            counts = ", ".join(f"{one_line(split, 30)} {table.get(split, 0):,}" for split in found.counts)
            parts.append((f"  {one_line(name, 30) or 'nothing'}: {counts}\n", "dim"))
        if len(found.strata) > SHOWN:
            parts.append((f"  and {len(found.strata) - SHOWN:,} more\n", "dim"))
    if found.leaks:
        leaks = len(found.leaks)
        parts.append(
            (
                f"{leaks:,} leak{'' if leaks == 1 else 's'}: items that belong together lie apart\n",
                "$text-warning",
            )
        )
        for leak in found.leaks[:SHOWN]:
            ids = ", ".join(
                f"{one_line(each, 30)} in {one_line(split, 20)}"
                for each, split in zip(leak.ids[:4], leak.splits, strict=False)
            )
            parts.append((f"  {leak.why}: {ids}\n", "$text-warning"))
    return Content.assemble(*parts).rstrip()


def _share(name: str, text: str) -> float:
    try:
        return float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        raise InputError(f"{text!r} is no share.", "Write a number such as 0.2 or 20%.", field=name) from None


def _seed(text: str) -> int:
    try:
        return int(text.strip() or 0)
    except ValueError:
        raise InputError(f"{text!r} is no seed.", "Write a whole number.", field="seed") from None
