"""The composition root: paths, settings, open judges and the open session, made once and handed around."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from judgetui.config.paths import Paths, find_paths
from judgetui.config.settings import Settings, load_settings

if TYPE_CHECKING:
    # Imported where they are used: `judgetui` alone needs none of them for its first screen.
    from judgetui.providers.base import JudgeListing, JudgeProvider
    from judgetui.services.authoring import Authoring
    from judgetui.services.running import Runner
    from judgetui.storage.database import SessionFile

DEFAULT_JUDGE = "local:smollm2"


@dataclass(slots=True)
class Context:
    """What a front end needs to do anything.

    Args:
        settings: as loaded; a screen that changes one replaces it here.
    """

    paths: Paths
    settings: Settings
    _judges: dict[str, JudgeProvider] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Self:
        """Find the folders and read the settings.

        Raises:
            InputError: if the settings file is broken.
        """
        paths = find_paths()
        return cls(paths, load_settings(paths.config_file))

    def judge(self, name: str) -> JudgeProvider:
        """The judge of that name, `provider:model`; the same object every time.

        Raises:
            InputError: if the name cannot be read.
            NoJudgeError: if the judge is not set up.
        """
        found = self._judges.get(name)
        if found is None:
            from judgetui.providers.registry import open_judge

            found = self._judges[name] = open_judge(name, self.settings, self.paths)
        return found

    def add_judge(self, judge: JudgeProvider) -> None:
        """Put a judge in place under its own name, such as recorded replies under the name of who gave them."""
        self._judges[judge.judge] = judge

    def judges(self) -> list[JudgeListing]:
        """Every judge that is set up or could be; no network is touched."""
        from judgetui.providers.registry import list_judges

        return list_judges(self.settings, self.paths)

    @property
    def default_judge(self) -> str:
        """The judge to start with."""
        return self.settings.judge or DEFAULT_JUDGE

    def runner(self, session: SessionFile) -> Runner:
        """A runner over a session."""
        from judgetui.services.running import Runner

        return Runner(session, self.judge, limits=self.settings.limits)

    def authoring(self, session: SessionFile) -> Authoring:
        """The editor of a session's rubrics."""
        from judgetui.services.authoring import Authoring

        return Authoring(session)

    def session_path(self, name: str) -> Path:
        """Where the session of that name lives."""
        return self.paths.sessions / f"{name}.db"

    async def close(self) -> None:
        """Free the judges."""
        for judge in self._judges.values():
            await judge.close()
        self._judges.clear()
