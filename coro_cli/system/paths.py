"""Where everything lives. One directory holds all with CORO_HOME or --home; else the platform's own places."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from coro_cli.errors import ConfigError, show


@dataclass(frozen=True, slots=True)
class Home:
    """The directories of one coro. config: settings and secrets; state: store, logs, lock."""

    config: Path
    state: Path

    @property
    def store(self) -> str:
        """The SQLite file."""
        return str(self.state / "coro.db")

    @property
    def config_file(self) -> Path:
        """The user's settings."""
        return self.config / "config.toml"

    @property
    def runs(self) -> Path:
        """Logs, prompts and event files: `runs/<job>/<n>.log` …"""
        return self.state / "runs"

    @property
    def lock(self) -> Path:
        """Held by the one `coro start`; never deleted, for a new file would be a new lock."""
        return self.state / "runner.lock"

    @property
    def doorbell(self) -> Path:
        """A FIFO: one byte written to it makes a sleeping runner look."""
        return self.state / "doorbell"

    @property
    def secrets(self) -> Path:
        """Webhook secrets, 0600."""
        return self.config / "secrets.toml"


def find(option: str | None) -> Home:
    """The home of this call: `--home`, else CORO_HOME, else the platform's directories."""
    named = option or os.environ.get("CORO_HOME")
    if named:
        if "\x00" in named:
            raise ConfigError("the home's name holds a NUL byte")
        root = _root(named)
        return Home(root, root)
    import platformdirs  # 20 ms, and not needed where a home is named

    return Home(Path(platformdirs.user_config_dir("coro", False)), Path(platformdirs.user_state_dir("coro", False)))


def _root(named: str) -> Path:
    hint = "name a directory with --home or CORO_HOME"
    try:
        root = Path(named).expanduser().absolute()
        is_other = root.exists() and not root.is_dir()
    except (OSError, RuntimeError) as error:  # a name too long, a `~` of nobody, a relative name where we are is gone
        said = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"the home `{show(named)}` cannot be used: {said[:1].lower()}{said[1:].rstrip('.')}", hint=hint) from error
    if is_other:
        raise ConfigError(f"the home `{root}` is not a directory", hint=hint)
    return root
