"""One item of a run in full: what was asked, the answers, and what the judges said of them."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from judgetui.core.certainty import certainty, is_uncertain
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.scale import Scale
from judgetui.core.session import Version
from judgetui.services.juries import jury_words
from judgetui.services.reading import verdict_text
from judgetui.tui.widgets.answers import Answers, TextPane, background
from judgetui.tui.widgets.items import ItemTable, Rows
from judgetui.tui.widgets.verdict import VerdictView, verdict_content
from judgetui.tui.workspace import Detail


class ItemSide(Vertical):
    """Answers above, verdict below.

    Attributes:
        detail: what is shown; None while nothing is.
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.detail: Detail | None = None
        self._rows: Rows | None = None
        self._version: Version | None = None
        self._swapped = False

    def compose(self) -> ComposeResult:
        """The panes."""
        yield Answers()
        yield TextPane("verdict")

    def put(self, detail: Detail, rows: Rows, version: Version | None) -> None:
        """Show an item; the reader's place in its texts stays where it is the item shown already."""
        before = None if self._rows is None or self.detail is None else (self._rows.run.id, self.detail.item)
        again = before == (rows.run.id, detail.item)
        self.detail, self._rows, self._version = detail, rows, version
        if not again:
            self._show_answers()
        self.show_verdict(keep_place=again)

    def clear(self) -> None:
        """Show that an item is being read."""
        self.detail = None
        for pane in self.query(TextPane):
            pane.put("reading …", "")

    def swap(self) -> bool:
        """Swap the sides of the answers; False where there are no two."""
        if self.detail is None or len(self.detail.item.item.responses) < 2:
            return False
        self._swapped = not self._swapped
        self.query_one(Answers).swap()
        return True

    def turn(self, by: int) -> bool:
        """Show another answer of several; False where there are no more than two."""
        return self.detail is not None and self.query_one(Answers).turn(by)

    @property
    def pair(self) -> tuple[int, ...]:
        """The answers side by side, in the item's order, counted from 0; fewer than two where there are no two."""
        return tuple(sorted(self.query_one(Answers).shown))

    @property
    def scale(self) -> Scale | None:
        """The run's scale; None where verdicts need none."""
        if self._version is None:
            return None
        protocol = get_protocol(self._version.rubric.protocol)
        return None if protocol.default_scale is None else scale_of(protocol, self._version.rubric)

    @property
    def reads_logprobs(self) -> bool:
        """Whether the run's protocol reads results from token probabilities."""
        return self._version is not None and get_protocol(self._version.rubric.protocol).uses_logprobs

    @property
    def _jury(self) -> str:
        """What the judges of the item come to; empty for one judge, and in a cascade, where the last one decides."""
        rows, version, detail = self._rows, self._version, self.detail
        if rows is None or version is None or detail is None or rows.run.settings.cascade is not None:
            return ""
        there = [judgement for judgement in detail.judgements if judgement is not None]
        return jury_words(there, version.rubric) if len(there) > 1 else ""

    def _waiting(self, place: int) -> str:
        """What is to be said of the judge at this place while there is no judgement of it."""
        rows, detail = self._rows, self.detail
        if rows is None or detail is None:
            return ""
        run, said = rows.run, detail.judgements
        word = rows.waiting(detail.item.position, run.judges[place])
        threshold = run.settings.cascade
        if threshold is None or place == 0 or word == "running":
            return word
        before = said[place - 1]
        if before is None:
            return "not asked"
        if is_uncertain(before, threshold):
            return word
        return (
            f"not asked: {run.judges[place - 1]} is certain enough ({certainty(before):.2f} of {threshold:g})"
        )

    @property
    def _inputs(self) -> list[str]:
        return [] if self._version is None else [spec.name for spec in self._version.rubric.inputs]

    def _show_answers(self) -> None:
        if self.detail is None or self._rows is None:
            return
        position, item = self.detail.item.position, self.detail.item.item
        category = f" · {item.category}" if item.category else ""
        title = f"{position + 1} of {len(self._rows.items)} · {item.id}{category}"
        self.query_one(Answers).put(item, title, self._inputs, self._swapped)

    def show_verdict(self, *, keep_place: bool = True) -> None:
        """Write the verdict for the width there is now."""
        if self.detail is None or self._rows is None:
            return
        item, judges, found = self.detail.item, self._rows.run.judges, self.detail.judgements
        frame = 3 if self.screen.has_class("-narrow") else 5
        view = VerdictView(
            item=item.item,
            judgements=dict(zip(judges, found, strict=True)),
            waiting={judge: self._waiting(place) for place, judge in enumerate(judges)},
            scale=self.scale,
            background=background(item.item, self._inputs),
            width=max(20, self.screen.size.width - self.screen.query_one(ItemTable).cells - frame),
            short=self.screen.has_class("-short"),
            jury=self._jury,
            writing={judge: self._rows.writing(item.position, judge) for judge in judges},
        )
        title = f"verdict · {judges[0]}" if len(judges) == 1 else f"verdicts of {len(judges)} judges"
        content = verdict_content(view)
        pane = self.query_one("#verdict", TextPane)
        written = any(view.writing[judge] for judge, said in zip(judges, found, strict=True) if said is None)
        ended = pane.is_anchored and not written
        # While a reply is written its end stays in sight, unless the reader scrolls; its verdict begins at the top.
        pane.put(title, content.plain, content, keep_place=keep_place and not ended)
        if written != pane.is_anchored:
            pane.anchor(written)
        texts = [verdict_text(each) for each in found if each is not None]
        pane.full = "\n\n".join([f"jury  {view.jury}", *texts] if view.jury else texts) or content.plain
