"""The command `judgetui` and the table of its commands, each loaded when it is used."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from judgetui.cli.talk import say
from judgetui.errors import ExitCode

PROGRAM: Final = "judgetui"

COMPLETION: Final = "_JUDGETUI_COMPLETE"
"""The variable by which a shell asks for completions."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command as the list shows it; its module is imported when it is used.

    Args:
        module: below `judgetui.cli`; the command stands in it under its own name, `-` written `_`.
        help: one line; a test keeps it equal to the command's own.
    """

    module: str
    help: str


COMMANDS: Final[Mapping[str, Entry]] = {
    "demo": Entry("commands.demo", "Try it: the demo session and the embedded model, no key, no network."),
    "run": Entry("commands.run", "Judge the items of a file by a rubric."),
    "resume": Entry("commands.run", "Go on with a run that was cut short; nothing is asked twice."),
    "reparse": Entry("commands.reparse", "Read a run's stored replies again, without a call."),
    "jury": Entry(
        "commands.jury",
        "Say what the judges of a run come to together, and how far each agrees with the rest.",
    ),
    "score": Entry("commands.score", "Judge recorded replies: no model is asked."),
    "compare": Entry(
        "commands.compare",
        "Show what changed between two versions, or two judges, and whether for the better.",
    ),
    "rate": Entry("commands.rate", "Rate models by the pairs they were judged in."),
    "label": Entry("commands.labels", "Label items line by line, without the app."),
    "win-rate": Entry(
        "commands.win_rate",
        "Say how often each model beats a baseline, and how often it would with answers of the baseline's length.",
    ),
    "people": Entry(
        "commands.people", "Choose the pairs that people should judge: those whose votes disagree most."
    ),
    "probe": Entry("commands.probe", "Probe a judge for bias, on your own rubric and items."),
    "agree": Entry("commands.agree", "Say how far judgements agree with people's labels."),
    "card": Entry("commands.card", "Write a judge's card: what it is, and how far it can be trusted."),
    "gate": Entry("commands.gate", "Fail when a judge does not clear its bars: for CI."),
    "report": Entry("commands.report", "Write a report of a run: one HTML file, or Markdown."),
    "steps": Entry("commands.steps", "Let a judge write G-Eval's evaluation steps for a rubric."),
    "rubric": Entry("commands.rubric", "Make, list, show, check and compare rubric files."),
    "session": Entry("commands.session", "List, show and keep session files."),
    "export": Entry("commands.export", "Write a rubric's prompt for other tools, and read it back."),
    "import": Entry("commands.imports", "Make rubrics of the files of published judges."),
    "targets": Entry("commands.export", "List the tools that rubrics are exported to and imported from."),
    "protocols": Entry("commands.protocols", "List the judging systems, or show one's card."),
    "models": Entry("commands.models", "List the judges that are set up or could be."),
    "model": Entry("commands.models", "Fetch models for judging on this machine."),
    "paths": Entry("commands.setup", "Show where files live."),
    "keys": Entry("commands.setup", "List the keys of the app."),
    "config": Entry("commands.setup", "Check the settings file."),
    "completion": Entry("commands.setup", "Print the script that completes commands in a shell."),
}


class Commands(click.Group):
    """Every command by name; a session file in a command's place opens the app."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = import_module(f"judgetui.cli.{entry.module}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A command by its name, else the app on a session file."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is not None:
            return name, command, args[1:]
        if name.endswith(".db") or Path(name).is_file():
            from judgetui.cli.commands.app import open_session

            return PROGRAM, open_session, args
        from judgetui.core.reading import nearest

        near = nearest(name, COMMANDS)
        hint = f"Did you mean {near}?" if near else f"{PROGRAM} --help lists the commands."
        raise click.UsageError(f"there is no command {name!r}. {hint}", ctx)


@click.command(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="[SESSION.db | COMMAND ...]",
    epilog="Exit codes: 0 done; 1 done, but the answer is no (items failed, lint found errors); 2 "
    "wrong usage or unreadable input; 3 no judge could be reached; 130 interrupted, with everything finished "
    "so far kept. With --json, stdout holds one JSON value and nothing else.",
)
@click.option("--version", "-V", is_flag=True, help="Show versions and exit.")
@click.pass_context
def judgetui(ctx: click.Context, version: bool) -> int:
    """Write, run and check LLM judges.

    Without a command the app opens, on a session file if one is given.

    \b
    Examples:
      judgetui                         the app
      judgetui summaries.db            the app on a session
      judgetui demo                    the app on the demo session
      judgetui run --rubric answer-correctness --data items.jsonl --judge openai:MODEL
      judgetui export better-explanation --to all --out prompts
    """
    if version:
        from judgetui.cli.output import put
        from judgetui.cli.version import version_text

        put(version_text())
        ctx.exit(ExitCode.DONE)
    if ctx.invoked_subcommand is None:
        from judgetui.cli.launch import open_app

        return open_app()
    return ExitCode.DONE


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code.

    Click's own `main` is not used: it ends the process on a closed pipe, and answers interrupts itself.

    Raises:
        Exception: what the command raised.
    """
    if instruction := os.environ.get(COMPLETION):
        from click.shell_completion import shell_complete

        return shell_complete(judgetui, {}, PROGRAM, COMPLETION, instruction)
    try:
        with judgetui.make_context(PROGRAM, list(arguments)) as context:
            code = judgetui.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:  # a group alone: what it holds is the answer
        from judgetui.cli.output import put

        put(error.format_message())
        return ExitCode.DONE
    except click.UsageError as error:
        say(f"error: {error.format_message()}{_where_help_is(error.ctx)}")
        return ExitCode.USAGE
    except click.ClickException as error:
        say(f"error: {error.format_message()}")
        return ExitCode.USAGE
    except click.Abort:
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else ExitCode.DONE


def _where_help_is(context: click.Context | None) -> str:
    if context is None:
        return ""
    named = context.command.name != PROGRAM
    return f" (see `{context.command_path if named else PROGRAM} --help`)"
