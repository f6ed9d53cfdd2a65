"""The entry point: a fast way for `--version`, else the command line."""

from __future__ import annotations

import sys


def main() -> None:
    """Run coro; ends the process with the contract's exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from coro_cli import __version__

        sys.stdout.write(f"coro {__version__}\n")
        return
    if sys.argv[1:2] == ["__complete"]:
        from coro_cli import completing

        completing.main(sys.argv[2:])
        return
    from coro_cli.commands import index

    sys.exit(index.run(sys.argv[1:]))


if __name__ == "__main__":
    main()
