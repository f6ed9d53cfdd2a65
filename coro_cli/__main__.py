"""The entry point: a fast way for `--version`, else the command line."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run coro; ends the process with the contract's exit code."""
    _open_standard_streams()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from coro_cli import __version__, output

        return _leave(output.plainly(f"coro {__version__}"))
    if sys.argv[1:2] == ["__complete"]:
        from coro_cli import completing

        completing.main(sys.argv[2:])
        return
    gc.disable()  # what is imported stays: looking for garbage in it costs 6 ms of every call; the command enables it again
    from coro_cli.commands import index

    _leave(index.run(sys.argv[1:]))


def _open_standard_streams() -> None:
    """Where a caller closed stdin, stdout or stderr, the next file opened would become it: the lock, the store."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _leave(code: int) -> None:
    """End at once. Everything is closed and written; taking five hundred modules apart would cost another 13 ms."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # closed, or nobody reads it: `emit` has told what there was to tell
    os._exit(code)


if __name__ == "__main__":
    main()
