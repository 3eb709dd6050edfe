"""Prints docs/protocols.md: the card of every protocol."""

from __future__ import annotations

from judgetui.core.protocols.registry import get_protocol, protocol_names
from judgetui.services.protocol_cards import card_sections


def page() -> str:
    """The page as Markdown."""
    protocols = [get_protocol(name) for name in protocol_names()]
    parts = [
        "# Protocols",
        "Generated from the cards; a test keeps it so. `judgetui protocols NAME` shows one.",
    ]
    rows = ["| name | judges | system |", "|---|---|---|"]
    rows += [
        f"| [{p.card.name}](#{p.card.name}) | {p.card.task_type} | {_plain(p.card.title)} |"
        for p in protocols
    ]
    parts.append("\n".join(rows))
    for protocol in protocols:
        card = protocol.card
        lines = [f"- **{heading}:** {_plain(text)}" for heading, text in card_sections(protocol)]
        parts.append(f"## {card.name}\n\n{_plain(card.title)}, {card.task_type}.\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Text outside of code spans with Markdown's own signs escaped."""
    pieces = text.split("`")
    for index in range(0, len(pieces), 2):
        for sign in ("[", "]", "<", "*", "|", "_"):
            pieces[index] = pieces[index].replace(sign, f"\\{sign}")
    return "`".join(pieces)


if __name__ == "__main__":
    print(page(), end="")
