"""judgetui: write, run and check LLM judges in the terminal.

The root imports nothing of the package: the import of any submodule runs it, and `judgetui --version` has to
answer at once.
"""

import os

TYPE_CHECKING = False  # type checkers take it for true, and typing takes longer to import than all of this


def checkout_version() -> str:
    """The version of a source tree that nobody installed, marked as such; read by hand, for speed."""
    folder = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120  # pathlib alone takes 10 ms to import
    try:
        with open(os.path.join(folder, "pyproject.toml"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    if 'name = "judgetui"' in lines:
        for line in lines:
            if line.startswith('version = "'):
                return line.split('"')[1] + "+checkout"
    return "0+unknown"


if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        """Read the version only when somebody asks, since `importlib.metadata` is slow to import."""
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("judgetui")
        except PackageNotFoundError:
            found = checkout_version()
        globals()["__version__"] = found
        return found
