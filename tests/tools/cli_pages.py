"""Prints docs/cli.md: the help of every command, as the program gives it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from judgetui.cli.group import PROGRAM, judgetui

WIDTH = 100


def commands(
    command: click.Command, path: str, parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """Every command below one, itself first: its full name and its help."""
    context = click.Context(command, parent, path.rpartition(" ")[2], terminal_width=WIDTH)
    context.help_option_names = ["-h", "--help"]
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from commands(below, f"{path} {name}", context)


def page() -> str:
    """The page as Markdown."""
    parts = ["# Commands", "Generated from the program's own help; a test keeps it so."]
    parts += [f"## {path}\n\n```\n{text}\n```" for path, text in commands(judgetui, PROGRAM)]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(page(), end="")
