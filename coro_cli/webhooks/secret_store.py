"""Webhook secrets at rest: `secrets.toml` in the home, 0600, or the system's keyring (the `keyring` extra)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coro_cli.errors import ConfigError
from coro_cli.system import files
from coro_cli.system.crash_points import reach

SERVICE = "coro webhook"


def put(home: Path, plugin: str, name: str, value: str) -> None:
    """Keep a secret."""
    _ask("set_password", SERVICE, _user(home, plugin, name), value)


def get(home: Path, plugin: str, name: str) -> str:
    """The secret, "" where the keyring has none."""
    return str(_ask("get_password", SERVICE, _user(home, plugin, name)) or "")


def drop(home: Path, plugin: str, name: str) -> None:
    """Forget it. One that is gone already is no trouble."""
    if get(home, plugin, name):
        _ask("delete_password", SERVICE, _user(home, plugin, name))


def _user(home: Path, plugin: str, name: str) -> str:
    return f"{home}:{plugin}:{name}"  # two homes may know the same plugin


def _ask(method: str, *words: str) -> Any:
    from importlib import import_module

    try:
        keyring = import_module("keyring")
    except ImportError as error:
        raise ConfigError("the keyring is not installed", hint="pip install 'coro-cli[keyring]'") from error
    try:
        return getattr(keyring, method)(*words)
    except Exception as error:  # each backend has errors of its own; their text may quote what was asked
        raise ConfigError(f"the keyring refuses: {type(error).__name__}", hint="unlock it, or keep secrets in the file") from error


# Webhook secrets at rest: `secrets.toml` in the home, 0600, or the system's keyring.
#
#     [[github]]
#     name = "default"
#     secret = "…"                         # or kept = "keyring", and the keyring holds it
#     created_at = 2026-11-23T10:00:00Z
#     until = 2026-11-24T10:00:00Z         # the end of an overlap


FILE, KEYRING = "file", "keyring"


@dataclass(frozen=True, slots=True)
class Entry:
    """One secret. kept: `file` or `keyring`. value: empty while the keyring has not been asked."""

    plugin: str
    name: str
    value: str = field(repr=False)
    created_at: float
    until: float | None = None
    kept: str = FILE


def read(path: Path) -> dict[str, list[Entry]]:
    """All secrets by plugin, newest first, without asking the keyring. ConfigError for a file that others can read."""
    try:
        found = files.read(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be read: {files.cause(error)}") from error
    if found.shared:
        raise ConfigError(f"`{path}` holds secrets, but others can read it", hint=f"run `chmod 600 {path}`, then rotate them")
    return _entries(path, _parsed(path, found.data))


def _parsed(path: Path, data: bytes) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError):
        # Not chained and not quoted: the parser's message may hold a piece of a secret.
        raise ConfigError(f"`{path}` cannot be understood", hint="mend it by hand, or move it away and add the secrets again") from None


def _entries(path: Path, parsed: Mapping[str, Any]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for plugin, blocks in parsed.items():
        for block in blocks if isinstance(blocks, list) else [None]:
            found.setdefault(plugin, []).append(_entry(path, plugin, block))
        found[plugin].sort(key=lambda entry: entry.created_at, reverse=True)
    return found


def _entry(path: Path, plugin: str, block: Any) -> Entry:
    try:
        until = block.get("until")
        return Entry(
            plugin, str(block["name"]), str(block.get("secret", "")), block["created_at"].timestamp(),
            until.timestamp() if until is not None else None, str(block.get("kept", FILE)),
        )  # fmt: skip
    except (AttributeError, KeyError, TypeError):
        raise ConfigError(f"`{path}` has an entry for `{plugin}` that is no secret", hint="mend it by hand") from None


@contextmanager
def changing(path: Path) -> Iterator[dict[str, list[Entry]]]:
    """Change the secrets: alone among all processes, all or nothing. The block works on the dictionary it is given."""
    import fcntl

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        entries = read(path)
        yield entries
        _write(path, entries)
    finally:
        os.close(lock)


def _write(path: Path, entries: Mapping[str, Sequence[Entry]]) -> None:
    import tomli_w

    document = {plugin: [_block(entry) for entry in them] for plugin, them in entries.items() if them}
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)  # what a crash left behind; the lock is ours
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:
            file.write(tomli_w.dumps(document).encode())
            file.flush()
            os.fsync(handle)
        reach("secret.written")
        os.replace(fresh, path)
        _sync(path.parent)
        reach("secret.replaced")
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise ConfigError(f"`{path}` cannot be written: {files.cause(error)}") from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _block(entry: Entry) -> dict[str, Any]:
    from datetime import UTC, datetime

    block: dict[str, Any] = {"name": entry.name}
    block |= {"kept": KEYRING} if entry.kept == KEYRING else {"secret": entry.value}
    block["created_at"] = datetime.fromtimestamp(entry.created_at, UTC)
    if entry.until is not None:
        block["until"] = datetime.fromtimestamp(entry.until, UTC)
    return block
