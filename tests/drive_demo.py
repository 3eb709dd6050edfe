"""Drive `make demo` as a newcomer would: wait for the first screen, time it, leave with ctrl+q.

Standard library only, so that it runs before anything is installed. `--help` lists the options; words after
`--` are the command, `make demo` if there are none.
"""

import argparse
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

CTRL_Q = b"\x11"
COLUMNS, ROWS = 100, 30
ENTERS_APP = "\x1b[?1049h"  # the alternate screen: what comes before it is make's and the installer's talk
LEAVES_APP = "\x1b[?1049l"
ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: title, clipboard
    r"|[PX^_].*?\x1b\\"  # DCS and its kin: answers, images
    r"|.)",
    re.DOTALL,
)
SETTLING = 3.0
TAIL = 3_000


class DemoError(Exception):
    """The demo did not do what a newcomer needs of it; the text says what."""


class Terminal:
    """A child process on a pseudo-terminal, and all that it has written so far."""

    def __init__(self, command: list[str]) -> None:
        self.written = ""
        self.status: int | None = None
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
                environment = {**os.environ, "TERM": "xterm-256color"}
                for name in ("COLUMNS", "LINES"):  # they would win over the window's real size
                    environment.pop(name, None)
                os.execvpe(command[0], command, environment)
            except OSError as error:
                os.write(2, f"{command[0]}: {error}\n".encode())
            finally:
                os._exit(127)

    def read(self, seconds: float) -> bool:
        """Take in what comes within so many seconds; false once the other side is closed."""
        ready, _, _ = select.select([self._fd], [], [], max(seconds, 0))
        if not ready:
            return True
        try:
            data = os.read(self._fd, 65_536)
        except OSError:  # how Linux says so
            data = b""
        if not data:
            return False
        self.written += self._decode(data)
        return True

    def send(self, keys: bytes) -> None:
        os.write(self._fd, keys)

    def wait(self, seconds: float) -> int:
        """The exit code, once the child has ended by itself."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.read(0.05):
                time.sleep(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                while select.select([self._fd], [], [], 0)[0] and self.read(0):
                    pass  # its last words
                return self.status
        raise DemoError(f"still running {seconds:.0f} s after ctrl+q")

    def stop(self) -> None:
        """End the child and all it started, if it is still there: it leads a session of its own."""
        if self.status is None:
            for name, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
                try:
                    os.killpg(self.pid, name)
                    self.wait(patience)
                except (ProcessLookupError, DemoError):
                    continue
                break
        os.close(self._fd)


def plain(written: str) -> str:
    """What a person reads of it, roughly: without the escape sequences."""
    return ESCAPES.sub("", written)


def drive(command: list[str], marker: str, patience: float, leaving: float) -> float:
    """Seconds from the start of the command to its first screen."""
    pattern = re.compile(marker, re.IGNORECASE)
    started = time.monotonic()
    terminal = Terminal(command)
    try:
        while True:
            _, entered, screen = terminal.written.partition(ENTERS_APP)
            if entered and pattern.search(plain(screen)):
                break
            left = patience - (time.monotonic() - started)
            if left <= 0:
                raise DemoError(f"no {marker!r} on a screen within {patience:.0f} s")
            if not terminal.read(min(left, 1)):
                raise DemoError(f"ended with code {terminal.wait(5)} before {marker!r} was on a screen")
        seconds = time.monotonic() - started

        painted = time.monotonic() + SETTLING
        before = ""
        while before != terminal.written and time.monotonic() < painted:  # let it finish painting
            before = terminal.written
            terminal.read(0.3)
        terminal.send(CTRL_Q)
        code = terminal.wait(leaving)
        if code != 0:
            raise DemoError(f"ended with code {code} after ctrl+q")
        if LEAVES_APP not in terminal.written:
            raise DemoError("left the terminal on the app's screen")
        return seconds
    except DemoError as error:
        end = re.sub(r"\s{3,}", "\n", plain(terminal.written))[-TAIL:]
        raise DemoError(f"{error}\n--- the end of what it wrote ---\n{end}") from None
    finally:
        terminal.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description="Drive `make demo` through a pseudo-terminal and time it.")
    parser.add_argument("--marker", default=r"f1\s*help", help="what the first screen shows (a pattern)")
    parser.add_argument("--patience", type=float, default=900, help="seconds to its first screen, at most")
    parser.add_argument("--leaving", type=float, default=20, help="seconds from ctrl+q to its end, at most")
    parser.add_argument("command", nargs="*", help="what to run instead of `make demo`")
    options = parser.parse_args()
    command = options.command or ["make", "demo"]
    try:
        seconds = drive(command, options.marker, options.patience, options.leaving)
    except DemoError as error:
        print(f"{' '.join(command)}: {error}", file=sys.stderr)
        return 1
    print(f"{' '.join(command)}: first screen after {seconds:.2f} s, left with code 0")
    return 0


if __name__ == "__main__":
    sys.exit(main())
