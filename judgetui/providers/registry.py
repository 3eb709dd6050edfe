"""From the text `provider:model` to a judge, and what judges there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

from judgetui.config.paths import Paths
from judgetui.config.secrets import keyring_installed
from judgetui.config.settings import PROVIDERS, Profile, Settings, address_trouble
from judgetui.core.reading import nearest
from judgetui.errors import InputError, NoJudgeError
from judgetui.providers.base import JudgeListing, JudgeProvider
from judgetui.providers.endpoints import is_loopback
from judgetui.providers.models import MODELS, model_path

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

_Opener = Callable[[str, Settings, Paths], JudgeProvider]


def parse_judge(judge: str, settings: Settings) -> tuple[str, str]:
    """Provider (or profile) and model of a judge's name.

    Raises:
        InputError: no colon, nothing behind it, or a provider that is not known.
    """
    provider, colon, model = judge.strip().partition(":")
    known = (*PROVIDERS, *settings.profiles)
    if not colon:
        hint = f"A judge is written provider:model, such as local:{next(iter(MODELS))} or openai:MODEL."
        raise InputError(f"{judge!r} is not a judge.", hint)
    if provider not in known:
        near = nearest(provider, known)
        hint = f"Did you mean {near}:{model}?" if near else f"The providers are {', '.join(known)}."
        raise InputError(f"There is no provider {provider!r}.", hint)
    if not model.strip():
        raise InputError(f"{judge!r} names no model.", f"Write {provider}:MODEL.")
    return provider, model.strip()


def open_judge(judge: str, settings: Settings, paths: Paths) -> JudgeProvider:
    """The judge that a name stands for. Nothing is loaded or sent yet.

    A key that is not in the environment is looked for in the system keyring, which may take up to two
    seconds.

    Raises:
        InputError: a name that stands for nothing.
        NoJudgeError: a missing key, model file or package, with what to do.
    """
    provider, model = parse_judge(judge, settings)
    if provider in settings.profiles:
        return _open_profile(provider, model, settings)
    return _OPENERS[provider](model, settings, paths)


def _open_openai(model: str, settings: Settings, paths: Paths) -> JudgeProvider:
    from judgetui.providers.openai.client import DEFAULT_URL

    url = os.environ.get("OPENAI_BASE_URL", "").strip() or DEFAULT_URL
    return _open_writing(f"openai:{model}", model, Profile("openai", url, "OPENAI_API_KEY"))


def _open_profile(name: str, model: str, settings: Settings) -> JudgeProvider:
    return _open_writing(f"{name}:{model}", model, settings.profiles[name])


def _open_writing(judge: str, model: str, profile: Profile) -> JudgeProvider:
    """By the API that the model's options choose."""
    from judgetui.providers.openai.chat import OpenAIJudge
    from judgetui.providers.openai.responses import ResponsesJudge
    from judgetui.providers.openai.writing import OPTIONS
    from judgetui.providers.options import split_options

    kind = ResponsesJudge if split_options(model, OPTIONS)[1].get("api") == "responses" else OpenAIJudge
    return kind.open(
        judge, model, base_url=profile.base_url, key_env=profile.key_env, headers=profile.headers
    )


def _open_anthropic(model: str, settings: Settings, paths: Paths) -> JudgeProvider:
    from judgetui.providers.anthropic.client import DEFAULT_URL
    from judgetui.providers.anthropic.messages import AnthropicJudge

    url = os.environ.get("ANTHROPIC_BASE_URL", "").strip() or DEFAULT_URL
    return AnthropicJudge.open(f"anthropic:{model}", model, base_url=url)


def _open_local(model: str, settings: Settings, paths: Paths) -> JudgeProvider:
    from judgetui.providers.local import LocalJudge

    return LocalJudge.open(model, settings.local, paths)


def _open_replay(model: str, settings: Settings, paths: Paths) -> JudgeProvider:
    from judgetui.providers.replay import ReplayJudge

    return ReplayJudge(Path(model))


def _open_scripted(model: str, settings: Settings, paths: Paths) -> JudgeProvider:
    from judgetui.providers.scripted import ScriptedJudge

    return ScriptedJudge(model)


def _open_decisions(model: str, settings: Settings, paths: Paths) -> JudgeProvider:
    from judgetui.providers.openai.client import DEFAULT_URL
    from judgetui.providers.openai.decisions import DecisionsJudge

    url = os.environ.get("OPENAI_BASE_URL", "").strip() or DEFAULT_URL
    return DecisionsJudge.open(f"decisions:{model}", model, base_url=url, key_env="OPENAI_API_KEY")


_OPENERS: Final[Mapping[str, _Opener]] = {
    "openai": _open_openai,
    "anthropic": _open_anthropic,
    "local": _open_local,
    "replay": _open_replay,
    "scripted": _open_scripted,
    "decisions": _open_decisions,
}


def list_judges(settings: Settings, paths: Paths) -> list[JudgeListing]:
    """Every judge and provider that this machine knows of, the user's own profiles before the vendors, ready ones
    told apart. At once, and nothing is loaded.

    The keyring is not asked: unlocking it may take a dialog.
    """
    return [
        *_local_listings(paths),
        *(
            _keyed(f"{profile.name}:MODEL", profile.key_env, profile.base_url, profile.headers)
            for profile in settings.profiles.values()
        ),
        _keyed("openai:MODEL", "OPENAI_API_KEY", os.environ.get("OPENAI_BASE_URL", "")),
        _keyed("decisions:MODEL", "OPENAI_API_KEY", os.environ.get("OPENAI_BASE_URL", "")),
        _keyed("anthropic:MODEL", "ANTHROPIC_API_KEY", os.environ.get("ANTHROPIC_BASE_URL", "")),
        JudgeListing("replay:FILE", True, "recorded replies, one JSON line each"),
        JudgeListing(
            "scripted:SEED", True, "a seeded stand-in, not a judge: for tests and documentation alone"
        ),
    ]


def require_ready(listing: JudgeListing) -> None:
    """Complain of a judge that cannot be asked.

    Raises:
        NoJudgeError: with what to do.
    """
    if not listing.ready:
        raise NoJudgeError(f"{listing.judge} is not ready.", listing.detail)


def _local_listings(paths: Paths) -> list[JudgeListing]:
    installed = find_spec("xllamacpp") is not None
    missing = 'needs the package xllamacpp: pip install "judgetui[local]"'
    found: list[JudgeListing] = []
    for name, model in MODELS.items():
        if not installed:
            found.append(JudgeListing(f"local:{name}", False, missing))
        elif model_path(name, paths).is_file():
            found.append(JudgeListing(f"local:{name}", True, model.about))
        else:
            found.append(JudgeListing(f"local:{name}", False, f"run: judgetui model pull {name}"))
    catalogued = {model_path(name, paths) for name in MODELS}
    files = sorted(paths.models.glob("*.gguf")) if paths.models.is_dir() else []
    for file in files:
        if file not in catalogued:
            found.append(JudgeListing(f"local:{file.stem}", installed, str(file) if installed else missing))
    return found


def _keyed(judge: str, variable: str, url: str, headers: Mapping[str, str] = _NO_HEADERS) -> JudgeListing:
    """Says what is sent; whether an endpoint wants a key is known to it alone."""
    also = "; the system keyring is asked when it is used" if keyring_installed() else ""
    if url and (trouble := address_trouble(url)):
        what, hint = trouble
        return JudgeListing(judge, False, f"its address {what}. {hint}")
    for value in headers.values():
        if value.startswith("$") and not os.environ.get(value[1:], "").strip():
            return JudgeListing(judge, False, f"{value[1:]} is not set{also}")
    if not variable:
        sent = "the profile's headers are sent, and no key" if headers else "no key is sent"
        return JudgeListing(judge, True, f"{sent}, to {url}")
    if os.environ.get(variable, "").strip():
        return JudgeListing(judge, True, f"{variable} is set{f', for {url}' if url else ''}")
    if is_loopback(url):
        return JudgeListing(judge, True, f"{variable} is not set{also}; {url} may do without a key")
    return JudgeListing(judge, False, f"{variable} is not set{also}")
