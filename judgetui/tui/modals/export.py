"""The export dialog: choose targets, read the files, see the proof, write."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from judgetui.errors import JudgetuiError
from judgetui.interchange.base import ExportContext
from judgetui.interchange.registry import Exported
from judgetui.services.exchange import Written, chosen_targets, prepare, write_exports
from judgetui.tui.external import typed_path
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.text import literal, one_line, visible
from judgetui.tui.widgets.text_areas import Area
from judgetui.tui.workspace import Workspace


class ExportDialog(Dialog[None]):
    """Shows every target's files before anything is written.

    Args:
        space: what is open; the rubric is exported as it stands, edits included.
    """

    DEFAULT_CSS = """
    ExportDialog #export-columns { min-height: 7; }
    ExportDialog #text { min-height: 3; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "write", "write", tooltip="Write the highlighted target's files to the folder"),
        Binding("y", "copy", "copy", tooltip="Copy the highlighted target's text"),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]
    MORE_KEYS = (("j k, arrows", "Go to another target"), ("enter", "In the folder's line: write the target"))

    def __init__(self, space: Workspace) -> None:
        super().__init__()
        self._space = space
        self._made: list[Exported | Written] = []

    def body(self) -> ComposeResult:
        """Targets left, the text right, the folder below."""
        with Vertical(classes="dialog full", id="export"):
            name = "" if self._space.rubric is None else self._space.rubric.name
            yield Static(literal(f"Export {name}", "bold"), classes="dialog-title")
            with Horizontal(id="export-columns"):
                yield OptionList(id="targets", classes="pane")
                with Vertical():
                    yield Static(id="proof", classes="state")
                    yield Area(id="text", read_only=True, soft_wrap=True)
            yield Input(str(Path.cwd() / "exports"), id="folder", placeholder="folder to write to")
            yield Static(
                literal(
                    "w or enter in the folder line writes the target · y copies its text · esc closes",
                    "dim",
                ),
                classes="dialog-hint -keys",
            )

    def on_mount(self) -> None:
        """Make all exports in memory."""
        rubric = self._space.rubric
        if rubric is None:
            return
        try:
            self._made = prepare(rubric, chosen_targets(["all"]), self._for_export)
        except JudgetuiError as error:
            self.query_one("#proof", Static).update(literal(str(error), "$error"))
            return
        targets = self.query_one("#targets", OptionList)
        targets.add_options(
            [
                Option(literal(made.target.title + (" (cannot)" if isinstance(made, Written) else "")))
                for made in self._made
            ]
        )
        targets.highlighted = 0
        targets.focus()

    @property
    def _for_export(self) -> ExportContext:
        working = self._space.working
        number = working.base.number if working is not None and not working.changed else None
        return ExportContext(number, self._space.judge, tuple(self._space.items[:3]))

    @property
    def _chosen(self) -> Exported | Written | None:
        index = self.query_one("#targets", OptionList).highlighted
        return None if index is None or not self._made else self._made[index]

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        made, proof = self._chosen, self.query_one("#proof", Static)
        area = self.query_one("#text", TextArea)
        if made is None:
            return
        if isinstance(made, Written):
            proof.update(literal(made.refused, "$warning"))
            area.load_text("")
            return
        if made.differences:
            told = "Read back by the tool's own rules, it differs: " + "; ".join(made.differences)
            proof.update(literal(one_line(told, 400), "$warning"))
        else:
            proof.update(
                literal("Read back by the tool's own rules: identical to the prompt here.", "$success")
            )
        area.load_text(visible(self._text(made)))

    def _text(self, made: Exported) -> str:
        if len(made.files) == 1:
            return made.files[0].text
        return "\n".join(f"# {made.target.folder}/{file.path}\n{file.text}" for file in made.files)

    @on(Input.Submitted, "#folder")
    def _submitted(self) -> None:
        self.action_write()

    @work(group="export", exclusive=True, exit_on_error=False)
    async def action_write(self) -> None:
        """Write the highlighted target."""
        made, rubric = self._chosen, self._space.rubric
        if made is None or rubric is None or isinstance(made, Written):
            self.judgetui.tell("This target cannot carry the rubric.", severity="warning")
            return
        out = typed_path(self.query_one("#folder", Input).value)
        try:
            written = write_exports(rubric, (made.target,), self._for_export, out)
        except (JudgetuiError, OSError) as error:
            self.judgetui.complain(error)
            return
        paths = ", ".join(str(path) for path in written[0].files)
        self.judgetui.tell(f"Wrote {paths}")

    def action_copy(self) -> None:
        """Copy the highlighted target's text."""
        made = self._chosen
        if isinstance(made, Exported):
            self.judgetui.copy(self._text(made), f"the {made.target.title} export")

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        targets = self.query_one("#targets", OptionList)
        targets.action_cursor_down() if by > 0 else targets.action_cursor_up()
