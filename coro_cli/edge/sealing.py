"""Webhook secrets at rest: AES-256-GCM, under a key that is never in the database.

CORO_EDGE_KEY holds the key, CORO_EDGE_KEY_FILE names a file with it, CORO_EDGE_KEY_COMMAND a program that prints it. Several
lines are several keys: the first one seals, all of them open. What was sealed for one place opens in no other: the place is
authenticated with it, so nobody who can only write to the database can move a secret to another team.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from coro_cli.errors import ConfigError
from coro_cli.system import files

LEAST = 32
_MAKE = "make one: openssl rand -base64 32"
_NONCE = 12
_MARK = 4


@dataclass(frozen=True, slots=True)
class Sealer:
    """Keys that seal and open."""

    keys: tuple[bytes, ...] = field(repr=False)

    def seal(self, value: bytes, place: str) -> bytes:
        """Seal a value for one place."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, nonce = self.keys[0], os.urandom(_NONCE)
        return _mark(key) + nonce + AESGCM(key).encrypt(nonce, value, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The value. ConfigError where no key opens it."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce, rest = sealed[_MARK : _MARK + _NONCE], sealed[_MARK + _NONCE :]
        for key in self.keys:
            if _mark(key) == sealed[:_MARK]:
                try:
                    return AESGCM(key).decrypt(nonce, rest, place.encode())
                except InvalidTag:
                    break
        raise ConfigError("a webhook's secret cannot be opened", hint="it was sealed with another key: add that one as a second line")


def _mark(key: bytes) -> bytes:
    """Which key it was; says nothing about the key itself."""
    return hashlib.sha256(b"coro edge mark" + key).digest()[:_MARK]


def find(env: Mapping[str, str]) -> Sealer:
    """The sealer of this environment. ConfigError where there is no key, or a weak one."""
    text, source = _text(env)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ConfigError("there is no key to seal secrets with", hint=f"set CORO_EDGE_KEY or CORO_EDGE_KEY_FILE; {_MAKE}")
    if any(len(line) < LEAST for line in lines):
        raise ConfigError(f"the key in {source} is shorter than {LEAST} characters", hint=_MAKE)
    return Sealer(tuple(hashlib.sha256(b"coro edge key" + line.encode()).digest() for line in lines))


def _text(env: Mapping[str, str]) -> tuple[str, str]:
    if env.get("CORO_EDGE_KEY"):
        return env["CORO_EDGE_KEY"], "`CORO_EDGE_KEY`"
    if env.get("CORO_EDGE_KEY_FILE"):
        return _file(env["CORO_EDGE_KEY_FILE"], env.get("CREDENTIALS_DIRECTORY", "")), "`CORO_EDGE_KEY_FILE`"
    if env.get("CORO_EDGE_KEY_COMMAND"):
        return _printed(env["CORO_EDGE_KEY_COMMAND"]), "`CORO_EDGE_KEY_COMMAND`"
    return "", ""


def _file(path: str, credentials: str) -> str:
    try:
        found = files.read(path)
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be read: {files.cause(error)}", hint="it is CORO_EDGE_KEY_FILE") from error
    # systemd gives a service its credentials by an access list, which a mode shows as its group's (systemd.exec, CREDENTIALS).
    if found.shared and not (credentials and os.path.dirname(os.path.abspath(path)) == os.path.abspath(credentials)):
        raise ConfigError(f"`{path}` holds the edge's key, but others can read it", hint=f"run `chmod 600 {path}`")
    return found.data.decode(errors="replace")


def _printed(command: str) -> str:
    import shlex
    import subprocess

    try:
        done = subprocess.run(shlex.split(command), capture_output=True, timeout=30, check=True, stdin=subprocess.DEVNULL)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        hint = "try it by hand; it has no terminal to ask on"
        raise ConfigError(f"CORO_EDGE_KEY_COMMAND fails: {type(error).__name__}", hint=hint) from None
    return done.stdout.decode(errors="replace")
