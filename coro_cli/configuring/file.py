"""config.toml as it lies on the disk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from coro_cli import private
from coro_cli.configuring.secret import secret_key
from coro_cli.errors import ConfigError

# The parser writes a section's name as `('plugins', 'github')`.
_TUPLE = re.compile(r"\((?:'[^']*'(?:, ?)?)+\)")
_HINT = "mend it by hand, or with `coro config edit`"


def read(path: Path) -> dict[str, Any]:
    """The parsed file; empty where there is none. Raises ConfigError."""
    try:
        found = private.read(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be read: {private.cause(error)}") from error
    parsed = _parsed(path, decoded(path, found.data))
    held = secret_key(parsed)
    if held and found.shared:
        raise ConfigError(f"`{path}` holds `{held}`, but others can read it", hint=f"run `chmod 600 {path}`")
    return parsed


def decoded(path: Path, data: bytes) -> str:
    """The file's bytes as text. Raises ConfigError that names the line."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"`{path}` is not UTF-8 at line {line}", hint="save it as UTF-8") from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, where = _place(str(error), text)
        raise ConfigError(f"`{path}` cannot be understood at {where}: {what}", hint=_HINT) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a thousand nested lists
        raise ConfigError(f"`{path}` holds a value that is out of all bounds", hint=_HINT) from error


def _place(said: str, text: str) -> tuple[str, str]:
    """The parser's sentence, and the line and column it names."""
    said = _TUPLE.sub(lambda hit: "`" + ".".join(re.findall(r"'([^']*)'", hit[0])) + "`", said)
    what, _, where = said.rpartition(" (at ")
    if match := re.fullmatch(r"(line \d+, column \d+)\)", where):
        return what[:1].lower() + what[1:], match[1]
    lines = text.splitlines() or [""]
    return (what or said)[:1].lower() + (what or said)[1:], f"its end, line {len(lines)}, column {len(lines[-1]) + 1}"
