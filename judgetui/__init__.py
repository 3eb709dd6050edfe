"""judgetui: write, run and check LLM judges in the terminal.

The root imports nothing of the package: the import of any submodule runs it, and `judgetui --version` has to
answer at once.
"""

TYPE_CHECKING = False  # type checkers take it for true, and typing takes longer to import than all of this

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
        except PackageNotFoundError:  # a source tree that nobody installed
            found = "0+unknown"
        globals()["__version__"] = found
        return found
