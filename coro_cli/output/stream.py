"""Writing to a stream that may be gone, full, or unable to encode what is written."""

from __future__ import annotations

import os

from coro_cli.errors import CoroError

# `typing` alone would make `coro --version` a quarter slower.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


class OutputLost(CoroError):
    """The output could not be written."""

    code = "output"


def say(stream: TextIO | None, text: str) -> bool:
    """Write `text` and a line end, and flush. False when nobody listens any more (`coro jobs | head -1`).

    What the stream cannot encode becomes `?`. Raises OutputLost when the data is lost otherwise (a full disk).
    """
    return pour(stream, text + "\n")


def pour(stream: TextIO | None, text: str) -> bool:
    """`say` without the line end."""
    if stream is None or stream.closed:
        return False
    try:
        stream.write(_encodable(text, stream))
        stream.flush()
    except BrokenPipeError:
        silence(stream)
        return False
    except OSError as problem:
        silence(stream)
        raise OutputLost(f"the output could not be written: {problem.strerror or problem}") from problem
    return True


def silence(stream: TextIO) -> None:
    """Send the rest to nowhere: the interpreter flushes the buffer once more at its end and would complain."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass  # it is closed: nothing will be flushed


def _encodable(text: str, stream: TextIO) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
