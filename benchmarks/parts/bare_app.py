"""The app that cold starts are compared with: header, one line, footer."""

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, Static


class Bare(App[None]):
    """Nothing but a frame."""

    def compose(self) -> ComposeResult:
        """Header, one line, footer."""
        yield Header()
        yield Static("the bare app is ready")
        yield Footer()


if __name__ == "__main__":
    Bare().run()
