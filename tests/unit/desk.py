"""A user's desk for tests of credentials: a home, a PATH, and plugins to find tokens for."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from coro_cli.config import PluginConfig
from coro_cli.config.schema import PUBLIC, browser_url


class Desk:
    """A user's home and PATH, with nothing on them but what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.bin = root / "bin"
        self.home.mkdir()
        self.bin.mkdir()

    def env(self, **variables: str) -> dict[str, str]:
        """The environment, without any variable of the tests' own."""
        return {"HOME": str(self.home), "PATH": str(self.bin)} | variables

    def program(self, name: str, script: str) -> Path:
        """A program that writes down its arguments and environment, then does what the script says."""
        path = self.bin / name
        record = (
            f"#!{sys.executable} -S\nimport json, os, sys, time\n"
            f"asked = sys.stdin.read()\n"
            f"json.dump([sys.argv[1:], dict(os.environ), asked], open({str(path) + '.asked'!r}, 'w'))\n"
        )
        path.write_text(record + script)
        path.chmod(0o755)
        return path

    def asked(self, name: str) -> tuple[list[str], dict[str, str], str]:
        """What the program was asked: arguments, environment, stdin."""
        argv, env, text = json.loads((self.bin / f"{name}.asked").read_text())
        return argv, env, text

    def file(self, name: str, text: str, mode: int = 0o600) -> Path:
        """A file below the home."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path


def plugin(kind: str = "github", api_url: str = "", **more: Any) -> PluginConfig:
    api_url = api_url or PUBLIC[kind]
    return PluginConfig(name=kind, kind=kind, api_url=api_url, web_url=browser_url(api_url), **more)
