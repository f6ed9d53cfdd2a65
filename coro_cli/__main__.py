"""The entry point: a fast way for `--version`, else the command line."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run coro; ends the process with the contract's exit code."""
    _open_standard_streams()
    _forget_coercion()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from coro_cli import __version__, output

        return _leave(output.plainly(f"coro {__version__}"))
    if sys.argv[1:2] == ["__complete"]:
        from coro_cli import complete

        complete.main(sys.argv[2:])
        return
    gc.disable()  # what is imported stays: looking for garbage in it costs 6 ms of every call; the command enables it again
    from coro_cli.system.lazy_import import later

    with later():
        from coro_cli.commands import index

    _leave(index.run(sys.argv[1:]))


def _open_standard_streams() -> None:
    """Where a caller closed stdin, stdout or stderr, the next file opened would become it: the lock, the store."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _forget_coercion() -> None:
    """In the C locale Python sets LC_CTYPE for itself and its children (PEP 538). Nobody asked for it: a job's command is
    promised the locale of the park, and a terminal in that locale draws no more than it did. Linux alone tells what was given.
    """
    if os.environ.get("LC_CTYPE") not in ("C.UTF-8", "C.utf8", "UTF-8"):
        return
    try:
        with open("/proc/self/environ", "rb") as given:
            if b"\0LC_CTYPE=" not in b"\0" + given.read():
                del os.environ["LC_CTYPE"]
    except OSError:
        pass


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
