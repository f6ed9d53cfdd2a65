"""`config.toml` on the disk: read as it lies there, and edited key by key with comments, order and everything else kept."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coro_cli.config import plugins, schema
from coro_cli.config.show import secret_key
from coro_cli.errors import ConfigError, UsageError
from coro_cli.system import files

# The parser writes a section's name as `('plugins', 'github')`.
_TUPLE = re.compile(r"\((?:'[^']*'(?:, ?)?)+\)")
_HINT = "mend it by hand, or with `coro config edit`"


def read(path: Path) -> dict[str, Any]:
    """The parsed file; empty where there is none. Raises ConfigError."""
    try:
        found = files.read(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be read: {files.cause(error)}") from error
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


# Changing config.toml key by key: comments, order and everything else stay as they are.
#
# The new text is parsed and checked before it replaces the old one, in one rename: a half-written or nonsensical configuration
# never comes to be.


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def put(path: Path, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Set `plugins.work.api_url`, `poll.interval` …, all or none; returns the values as TOML read them.

    Raises ConfigError, UsageError.
    """
    read = {key: _value(value) for key, value in pairs}
    lines = _lines(path)
    for key, value in read.items():
        lines = _put(lines, *_split(key), value)
    _write(path, lines)
    return read


def _put(lines: list[str], section: str, name: str, value: Any) -> list[str]:
    start, end = _section(lines, section)
    line = f"{name} = {_dumped(value)}"
    at = _key(lines, start, end, name)
    if at is not None:
        stop = _end_of_value(lines, at, end)
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        lines[at:stop] = [f"{indent}{line}{_remark(lines[at:stop])}"]
    elif start is None:
        lines += ([""] if lines and lines[-1].strip() else []) + ([f"[{section}]"] if section else []) + [line]
        if not section:
            lines = [line, *lines[:-1]]
    else:
        while end > start and not lines[end - 1].strip():
            end -= 1
        lines.insert(end, line)
    return lines


def drop(path: Path, key: str) -> bool:
    """Remove a key; False if it was not there."""
    section, name = _split(key)
    lines = _lines(path)
    start, end = _section(lines, section)
    at = _key(lines, start, end, name) if start is not None else None
    if at is None:
        return False
    del lines[at : _end_of_value(lines, at, end)]
    _write(path, lines)
    return True


def check(text: str, base: Path) -> dict[str, Any]:
    """Parse and check a whole configuration. Raises ConfigError."""
    import tomllib

    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the configuration would not be TOML any more: {error}", hint="edit it: coro config edit") from error
    schema.settle(raw, {}, {})
    plugins.read(raw.get("plugins", {}), {}, base)
    return raw


def replace(path: Path, text: str) -> None:
    """Write a checked text, private to the owner, whole or not at all."""
    check(text, path.parent.absolute())
    path = Path(os.path.realpath(path))  # a link to a file elsewhere stays one
    try:
        files.folder(path.parent)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".config-")  # mode 0600
        try:
            with open(handle, "w", encoding="utf-8") as made:
                made.write(text)
                made.flush()
                os.fsync(made.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be written: {error.strerror}", hint="check its permissions, or name another home") from error


def placed(error: ConfigError, path: Path) -> ConfigError:
    """The error with the line of the key that its sentence begins with, where the file says it."""
    named = re.match(r"(?:there is no \w+ )?`([\w.-]+)`", error.message)
    line = _line_of(_lines(path), named[1]) if named else None
    return ConfigError(f"{error.message} (`{path}`, line {line})", hint=error.hint) if line else error


def _line_of(lines: list[str], key: str) -> int | None:
    """Counted from 1."""
    section, _, name = key.rpartition(".")
    at = _key(lines, *_section(lines, section), name)
    return at + 1 if at is not None else _section(lines, key)[0]  # what follows a header's index is the header's line


def must_be_writable(path: Path) -> None:
    """Raise ConfigError before anybody is asked what could not be written down."""
    there = Path(os.path.realpath(path)).parent
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK):
        hint = "check its permissions, or name another home with --home"
        raise ConfigError(f"`{path}` cannot be written: `{there}` is read-only", hint=hint)


def _split(key: str) -> tuple[str, str]:
    parts = key.split(".")
    if not all(_BARE.fullmatch(part) for part in parts) or len(parts) > 4:
        raise UsageError(f"`{key[:80]}` is not a key", hint="write `poll.interval` or `plugins.github.api_url`: coro config show")
    return ".".join(parts[:-1]), parts[-1]


def _value(text: str) -> Any:
    """As TOML reads it (`0.5`, `true`, `["a", "b"]`), else as the text it is."""
    import tomllib

    try:
        return tomllib.loads(f"x = {text}")["x"] if "\n" not in text else text
    except tomllib.TOMLDecodeError:
        return text


def _dumped(value: Any) -> str:
    import tomli_w

    return tomli_w.dumps({"x": value}).partition(" = ")[2].strip()


def _lines(path: Path) -> list[str]:
    try:
        return decoded(path, files.read(path).data).splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be read: {files.cause(error)}", hint="check its permissions") from error


def _section(lines: list[str], section: str) -> tuple[int | None, int]:
    """(index after the header, index of the next header) of a section; (None, end) where there is none."""
    headers = [i for i, line in enumerate(lines) if line.lstrip().startswith("[")]
    if not section:
        return (0, headers[0] if headers else len(lines)) if lines else (None, 0)
    for i in headers:
        if lines[i].strip().partition("]")[0].lstrip("[").replace('"', "").strip() == section:
            following = [h for h in headers if h > i]
            return i + 1, following[0] if following else len(lines)
    return None, len(lines)


def _key(lines: list[str], start: int | None, end: int, name: str) -> int | None:
    pattern = re.compile(rf'\s*"?{re.escape(name)}"?\s*=')
    return next((i for i in range(start or 0, end) if pattern.match(lines[i])), None) if start is not None else None


def _end_of_value(lines: list[str], at: int, end: int) -> int:
    """A value may take several lines (a list): it ends where what was read so far is TOML."""
    import tomllib

    for stop in range(at + 1, end + 1):
        try:
            tomllib.loads("\n".join(lines[at:stop]))
        except tomllib.TOMLDecodeError:
            continue
        return stop
    return at + 1


def _remark(value: list[str]) -> str:
    """The comment behind a value, with the blanks before it: `#` in a string is none, so TOML is asked."""
    import tomllib

    *before, last = value
    for at in (i for i, ch in enumerate(last) if ch == "#"):
        try:
            tomllib.loads("\n".join([*before, last[:at]]))
        except tomllib.TOMLDecodeError:
            continue
        return last[len(last[:at].rstrip()) :]
    return ""


def _write(path: Path, lines: list[str]) -> None:
    replace(path, "\n".join(lines) + "\n")
