"""The output of a run on our stdout: raw into a pipe, made safe on a terminal, followed while it grows."""

from __future__ import annotations

import codecs
import sys
import time
from collections.abc import Callable
from pathlib import Path

from coro_cli.output.stream import OutputLost, pour, silence
from coro_cli.output.terminal import clean

CHUNK = 65536
LOOK_SECONDS = 0.1


def text(path: Path) -> str:
    """The whole log; bytes that are no UTF-8 become replacement characters."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def show(path: Path, goes_on: Callable[[], bool]) -> None:
    """Print the log, and what is added as long as `goes_on()`; then the rest of it, for it may end between two looks."""
    writer = _writer()
    try:
        with open(path, "rb") as log:
            while True:
                more = goes_on()
                while chunk := log.read(CHUNK):
                    if not writer(chunk):
                        return
                if not more:
                    return
                time.sleep(LOOK_SECONDS)
    except FileNotFoundError:
        return


def _writer() -> Callable[[bytes], bool]:
    if sys.stdout is None or sys.stdout.closed:
        return lambda _: False
    if not sys.stdout.isatty():
        return _raw
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return lambda chunk: pour(sys.stdout, "\n".join(clean(line) for line in decoder.decode(chunk).split("\n")))


def _raw(chunk: bytes) -> bool:
    try:
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        silence(sys.stdout)
        return False
    except OSError as error:
        silence(sys.stdout)
        raise OutputLost(f"the output could not be written: {error.strerror}") from error
    return True
