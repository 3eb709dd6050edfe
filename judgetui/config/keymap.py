"""Every action of the app: its id, keys, words and place. Keys, footer, help, palette and docs come from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Where an action works."""

    APP = "everywhere"
    HOME = "home"
    RUBRIC = "rubric"
    COMPARE = "compare"
    LABEL = "label"
    DASHBOARD = "dashboard"
    RUNS = "runs"
    ITEMS = "items"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a user can do.

    Args:
        id: `scope.name`; `name` is the method `action_name` of the screen or app.
        keys: Textual key names, the first is the one shown.
        label: two or three words for the footer.
        help: one sentence for help and palette.
        footer: whether the footer shows it.
        vital: whether it works while a text field has the focus (its keys must reach the app from there).
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    footer: bool = False
    vital: bool = False

    @property
    def scope(self) -> Scope:
        """Where it works."""
        return Scope[self.id.partition(".")[0].upper()]

    @property
    def name(self) -> str:
        """The method's name without `action_`."""
        return self.id.partition(".")[2]

    @property
    def shown_keys(self) -> str:
        """All keys as people read them."""
        return keys_shown(self.keys)


_KEY_WORDS = {
    "question_mark": "?",
    "slash": "/",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "comma": ",",
    "asterisk": "*",
    "escape": "esc",
}


def keys_shown(keys: Iterable[str]) -> str:
    """Textual's names of keys as people read them."""
    return ", ".join(_KEY_WORDS.get(key, key) for key in keys)


ACTIONS: tuple[Action, ...] = (
    Action(
        "app.run", ("f5", "ctrl+j", "alt+enter", "ctrl+enter"), "run", "Run the rubric on items", True, True
    ),
    Action("app.cancel_run", ("x",), "stop run", "Stop the run; what has finished is kept"),
    Action("app.pause_run", ("h",), "pause", "Pause the run, or go on with it; calls under way finish", True),
    Action("app.save", ("ctrl+s", "f2"), "save", "Save the rubric as a version, with a note", True, True),
    Action("app.palette", ("ctrl+p", "f8"), "more", "Search everything there is to do", True, True),
    Action("app.help", ("f1", "question_mark"), "help", "Show the keys that work here", True, True),
    Action("app.go_to", ("ctrl+g",), "go to", "Go to a screen by its number", False, True),
    Action("app.screen_home", ("1",), "home", "Go to the sessions"),
    Action("app.screen_rubric", ("2",), "rubric", "Go to the rubric"),
    Action("app.screen_compare", ("3",), "compare", "Go to the answers and verdicts"),
    Action("app.screen_label", ("4",), "label", "Go to labelling"),
    Action("app.screen_dashboard", ("5",), "dashboard", "Go to agreement with people, and bias"),
    Action("app.screen_runs", ("6",), "runs", "Go to the runs"),
    Action("app.screen_items", ("7",), "items", "Go to the items"),
    Action("app.choose_judge", ("ctrl+o",), "judge", "Choose and test a judge", False, True),
    Action("app.export", ("ctrl+e",), "export", "Write the prompt for other tools"),
    Action(
        "app.maximise",
        ("f10",),
        "maximise",
        "Give the pane with the focus the whole screen, or back",
        False,
        True,
    ),
    Action("app.theme", ("f9",), "theme", "Choose light, dark or the terminal's own colours", False, True),
    Action(
        "app.debug", ("f12",), "debug", "Show versions, folders and settings for a bug report", False, True
    ),
    Action(
        "app.quit", ("ctrl+q",), "quit", "Leave; unsaved edits and finished judgements are kept", False, True
    ),
    # home
    Action("home.open", ("enter",), "open", "Open the session", True),
    Action("home.new", ("a",), "new", "Make a session from a starter rubric", True),
    Action("home.demo", ("D",), "demo", "Open the demo session", True),
    Action("home.filter", ("slash",), "filter", "Filter the list by name", True),
    Action("home.rename", ("r",), "rename", "Rename the session"),
    Action("home.copy", ("c",), "copy", "Copy the session to a new file"),
    Action("home.delete", ("d",), "delete", "Delete the session's file"),
    Action("home.compact", ("z",), "compact", "Make the session's file smaller"),
    # rubric
    Action("rubric.next_rubric", ("ctrl+r",), "next rubric", "Go to the session's next rubric", False, True),
    Action("rubric.protocol", ("P",), "protocol", "Read about the protocols and choose the rubric's"),
    Action("rubric.add", ("a",), "add", "Add a criterion"),
    Action("rubric.rename", ("r",), "rename", "Rename the criterion or change its weight"),
    Action("rubric.delete", ("d",), "delete", "Delete the criterion (u brings it back)"),
    Action("rubric.undo", ("u",), "undo", "Undo the last change of protocol, criteria, scale or steps"),
    Action("rubric.move_up", ("alt+up",), "up", "Move the criterion or step up", False, True),
    Action("rubric.move_down", ("alt+down",), "down", "Move the criterion or step down", False, True),
    Action("rubric.generate", ("E", "ctrl+n"), "steps", "Let the judge write evaluation steps", True, True),
    Action("rubric.freeze", ("f",), "freeze", "Freeze the proposed steps, or thaw the frozen ones"),
    Action("rubric.preview", ("p",), "prompt", "Show the prompt as it will be sent"),
    Action("rubric.steps", ("s",), "steps list", "Show the evaluation steps"),
    Action("rubric.yaml", ("y",), "YAML", "Edit the rubric as YAML"),
    Action("rubric.editor", ("f4",), "$EDITOR", "Edit the rubric's YAML in $EDITOR", False, True),
    Action("rubric.next_item", ("right_square_bracket",), "next item", "Preview with the next item"),
    Action("rubric.previous_item", ("left_square_bracket",), "previous item", "Preview with the item before"),
    Action("rubric.import_items", ("i",), "add items", "Add items from a file or a paste, after a preview"),
    Action(
        "rubric.versions", ("v", "ctrl+l"), "versions", "Versions: what changed, and going back", True, True
    ),
    Action("rubric.discard", ("ctrl+t",), "discard", "Drop unsaved edits (asks first)", False, True),
    # compare
    Action("compare.next_item", ("right_square_bracket", "n"), "next", "Go to the next item"),
    Action("compare.previous_item", ("left_square_bracket", "N"), "previous", "Go to the item before"),
    Action("compare.whole", ("space",), "whole text", "Show the whole text of the pane with the focus"),
    Action("compare.raw", ("r",), "raw", "Show the raw replies", True),
    Action("compare.prompt", ("p",), "prompt", "Show the prompts exactly as sent", True),
    Action("compare.logprobs", ("l",), "probs", "Show the token probabilities at the score", True),
    Action("compare.swap", ("s",), "swap", "Swap the sides of the two answers"),
    Action(
        "compare.next_answer", ("a",), "next answer", "Of several answers show the next, where the focus is"
    ),
    Action("compare.previous_answer", ("A",), "answer before", "Of several answers show the one before"),
    Action("compare.diff", ("i",), "diff", "Show what differs between the two answers"),
    Action("compare.rejudge", ("t",), "again", "Judge this item again", True),
    Action("compare.rerun_failed", ("R",), "failed", "Ask again for what failed; all else stays"),
    Action("compare.copy_verdict", ("y",), "copy", "Copy the verdict and rationale"),
    Action("compare.copy_prompt", ("Y",), "copy prompt", "Copy the prompt as sent"),
    # label
    Action(
        "label.point",
        ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0"),
        "point",
        "Give the point, label or answer of that number; ctrl+g goes to other screens",
    ),
    Action("label.first", ("a",), "A", "Say that A is the better one of a pair"),
    Action("label.second", ("b",), "B", "Say that B is the better one of a pair"),
    Action("label.tie", ("t",), "tie", "Say that neither of a pair is better"),
    Action("label.both_bad", ("w",), "both weak", "Say that both of a pair are weak"),
    Action("label.skip", ("s",), "skip", "Pass the item over", True),
    Action("label.note", ("n",), "note", "Write a note on the item", True),
    Action("label.flag", ("f",), "flag", "Flag the item, or take its flag away", True),
    Action("label.undo", ("u",), "undo", "Take back the last label, skip, note or flag", True),
    Action("label.redo", ("U",), "redo", "Do again what was taken back last"),
    Action(
        "label.reveal", ("space",), "reveal", "Show what the judge said; the label is not blind then", True
    ),
    Action("label.next_item", ("right_square_bracket",), "next", "Go to the next item of the queue"),
    Action(
        "label.previous_item", ("left_square_bracket",), "previous", "Go to the item before, to change it"
    ),
    Action("label.queue", ("Q",), "queue", "Choose queue, pick, split and rater", True),
    Action(
        "label.after", ("v",), "verdicts", "After each answer show what the judge said of it, or stop that"
    ),
    Action(
        "label.who", ("i",), "who", "While settling disagreements, show whose answers they are, or hide it"
    ),
    Action(
        "label.whole", ("o",), "whole", "Show the whole text of the pane with the focus, or of the answer"
    ),
    # dashboard
    Action("dashboard.next_view", ("f",), "next view", "Look at the criterion's next view", True),
    Action("dashboard.previous_view", ("F",), "view before", "Look at the view before"),
    Action("dashboard.next_criterion", ("c",), "criterion", "Go to the next criterion", True),
    Action(
        "dashboard.choose", ("v",), "versions", "Choose the run, and its judge, that the figures are of", True
    ),
    Action("dashboard.split", ("p",), "split", "Count only the items of the next split, or all again"),
    Action(
        "dashboard.rater", ("w",), "whose", "Count only the labels of the next person, or everybody's again"
    ),
    Action("dashboard.open", ("enter",), "open", "Show the disagreement with its answers and verdicts", True),
    # items
    Action("items.use", ("enter",), "prompt", "Show the rubric's prompt with this item", True),
    Action("items.whole", ("space",), "whole item", "Show all of the item"),
    Action(
        "items.filter", ("slash",), "filter", "Filter the list by words, split:test, label:none, flag …", True
    ),
    Action(
        "items.sort", ("o",), "sort", "Sort by the next of id, category, split, length, label, result", True
    ),
    Action("items.reverse", ("O",), "reverse", "Turn the order round"),
    Action(
        "items.import_items", ("a", "i"), "import", "Add items from a file or a paste, after a preview", True
    ),
    Action("items.mark", ("m",), "mark", "Mark the item, or take its mark away"),
    Action("items.mark_all", ("asterisk",), "mark all", "Mark all items that are shown, or none of them"),
    Action("items.run_these", ("r",), "run these", "Run the rubric on the marked items, or on this one"),
    Action("items.delete", ("d",), "delete", "Delete the marked items, or this one (u brings them back)"),
    Action(
        "items.undo", ("u",), "undo", "Bring back what was deleted last, labels too, or the splits that were"
    ),
    Action("items.splits", ("S",), "splits", "Divide the items into train, development and test"),
    Action("items.duplicates", ("D", "equals_sign"), "duplicates", "Show items that are nearly the same"),
    Action("items.write", ("w",), "write", "Write the marked items, or all that are shown, to a JSONL file"),
    # runs
    Action("runs.open", ("enter",), "open", "Show the run's judgements", True),
    Action(
        "runs.resume", ("u",), "resume", "Go on with a run that was cut short, or paused by its budget", True
    ),
    Action("runs.rerun_failed", ("R",), "failed", "Ask again for what failed in the run; all else stays"),
    Action(
        "runs.differences",
        ("equals_sign",),
        "changes",
        "What changed since the rubric's run before this one",
        True,
    ),
    Action("runs.write", ("w",), "write", "Write the judgements to a JSONL file"),
    Action("runs.delete", ("d",), "delete", "Delete the run and its judgements"),
)


def actions(scope: Scope) -> tuple[Action, ...]:
    """The actions of one place, in the order they are listed."""
    return tuple(action for action in ACTIONS if action.scope is scope)


def keys_markdown() -> str:
    """The table of keys, as docs/keys.md holds it."""
    lines = ["# Keys", "", "Generated by `judgetui keys --markdown`; a test keeps it so.", ""]
    for scope in Scope:
        found = actions(scope)
        if not found:
            continue
        lines += [f"## {scope.value.capitalize()}", "", "| key | action |", "|---|---|"]
        lines += [f"| {action.shown_keys.replace('|', chr(92) + '|')} | {action.help} |" for action in found]
        lines.append("")
    lines.append(
        "In lists: `j` `k` or arrows move, `g` first, `G` last. `tab` goes to the next pane, `esc` one step back. "
        "In dialogs the last line and `f1` show the keys."
    )
    return "\n".join(lines) + "\n"
