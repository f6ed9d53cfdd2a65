"""The system's keyring (the `keyring` extra) as a place for webhook secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coro_cli.errors import ConfigError

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
