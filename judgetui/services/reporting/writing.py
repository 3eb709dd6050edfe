"""A report as the text of a file, by the file's ending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from judgetui.errors import InputError
from judgetui.services.alignment import Study
from judgetui.services.reporting.blocks import Document
from judgetui.services.reporting.document import document
from judgetui.services.reporting.gather import gather
from judgetui.services.reporting.html import page
from judgetui.services.reporting.markdown import markdown
from judgetui.storage.database import SessionFile

Writer = Callable[[Document], str]

WRITERS: Final[Mapping[str, Writer]] = {
    ".html": page,
    ".htm": page,
    ".md": markdown,
    ".markdown": markdown,
}
"""How a report is written, by ending."""


def writer_for(path: Path) -> Writer:
    """What writes files of that ending.

    Raises:
        InputError: naming the endings there are.
    """
    found = WRITERS.get(path.suffix.lower())
    if found is None:
        raise InputError(
            f"{path.name} does not say what to write.",
            f"End it in {' or '.join(('.html', '.md'))}.",
            field="--out",
        )
    return found


async def report_text(
    session: SessionFile, study: Study, write: Writer = page, day: date | None = None
) -> str:
    """The report of a study; the same session gives the same text.

    Args:
        day: the day in the report's head; None for that of the run.

    Raises:
        InputError: if the judge has judged nothing.
    """
    found = await gather(session, study, day)
    return await asyncio.to_thread(lambda: write(document(found)))
