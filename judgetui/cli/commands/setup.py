"""Commands about judgetui itself: where its files are, its keys, its settings, completion."""

from __future__ import annotations

from dataclasses import fields

import click

from judgetui.cli.options import json_option
from judgetui.errors import ExitCode


@click.command()
@json_option
def paths(as_json: bool) -> int:
    """Show where files live.

    JUDGETUI_HOME moves everything; else the current folder is used as it is if it has rubrics/ and sessions/;
    else the platform's own folders are.
    """
    from judgetui.cli.output import put, put_json
    from judgetui.config.paths import find_paths

    found = find_paths()
    values = {each.name: str(getattr(found, each.name)) for each in fields(found)}
    if as_json:
        put_json(values)
        return ExitCode.DONE
    names = {"home": "chosen by", "config_file": "settings"}
    for name, value in values.items():
        put(f"{names.get(name, name):<10} {value}")
    return ExitCode.DONE


@click.command()
@click.option("--markdown", is_flag=True, help="As the page docs/keys.md.")
@json_option
def keys(markdown: bool, as_json: bool) -> int:
    """List the keys of the app."""
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.config.keymap import ACTIONS, Scope, actions, keys_markdown

    if as_json:
        put_json(
            [
                {"id": a.id, "scope": a.scope.value, "keys": list(a.keys), "label": a.label, "help": a.help}
                for a in ACTIONS
            ]
        )
        return ExitCode.DONE
    if markdown:
        put(keys_markdown().rstrip("\n"))
        return ExitCode.DONE
    put_table(
        ("where", "key", "what it does"),
        [(scope.value, action.shown_keys, action.help) for scope in Scope for action in actions(scope)],
    )
    return ExitCode.DONE


@click.group()
def config() -> None:
    """Check the settings file."""


@config.command("check")
@json_option
def check(as_json: bool) -> int:
    """Read the settings file and show what holds; a mistake in it is told with its line."""
    from judgetui.cli.output import put, put_json
    from judgetui.config.paths import find_paths
    from judgetui.config.settings import load_settings

    file = find_paths().config_file
    settings = load_settings(file)
    values: dict[str, object] = {
        "judge": settings.judge or None,
        "theme": settings.theme or None,
        "concurrency": settings.concurrency,
        "timeout": settings.timeout,
        "max_retries": settings.max_retries,
        "local.threads": settings.local.threads,
        "local.context": settings.local.context,
    }
    profiles = {
        profile.name: {
            "base_url": profile.base_url,
            "key_env": profile.key_env or None,
            "headers": sorted(profile.headers),
        }
        for profile in settings.profiles.values()
    }
    if as_json:
        put_json({"file": str(file), "exists": file.exists(), "settings": values, "profiles": profiles})
        return ExitCode.DONE
    put(f"{file}: {'no mistakes' if file.exists() else 'is not there; the defaults hold'}")
    for name, value in values.items():
        put(f"{name:<14} {'(not set)' if value is None else value}")
    for name, profile in profiles.items():
        put(f"{name + ':MODEL':<14} {profile['base_url']}, {_key_words(profile['key_env'])}")
    return ExitCode.DONE


def _key_words(variable: object) -> str:
    import os

    if not variable:
        return "no key"
    return f"{variable} is {'set' if os.environ.get(str(variable), '').strip() else 'not set'}"


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> int:
    """Print the script that completes commands in a shell.

    \b
    bash: judgetui completion bash > ~/.local/share/bash-completion/completions/judgetui
    zsh:  judgetui completion zsh > a file _judgetui in a folder of your $fpath
    fish: judgetui completion fish > ~/.config/fish/completions/judgetui.fish
    """
    from click.shell_completion import get_completion_class

    from judgetui.cli.group import COMPLETION, PROGRAM, judgetui
    from judgetui.cli.output import put

    maker = get_completion_class(shell)
    assert maker is not None
    put(maker(judgetui, {}, PROGRAM, COMPLETION).source().rstrip("\n"))
    return ExitCode.DONE
