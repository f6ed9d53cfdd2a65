"""`[plugins.NAME]` blocks, and the plugins that are there without one.

A block's text keys can also come from the environment: CORO_PLUGINS_<NAME>_<KEY>, with `_` for `-`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coro_cli.config import schema
from coro_cli.config.model import PARALLEL, Origin, PluginConfig
from coro_cli.config.show import is_secret
from coro_cli.domain.ref import SHAPES
from coro_cli.errors import ConfigError, show

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_VARIABLE = re.compile(r"\s*[A-Za-z_][A-Za-z0-9_]*\s*(?:,\s*[A-Za-z_][A-Za-z0-9_]*\s*)*")
_TEXTS = ("kind", "api_url", "web_url", "user", "email", "token_env", "token_file", "token", "ca_file")
_KNOWN = (*_TEXTS, "token_command", "enabled", "parallel")
# An option that is nearly one of our keys is a slip, which would otherwise do nothing and say nothing.
_SLIP = 0.85


def read(blocks: Mapping[str, Any], env: Mapping[str, str], base: Path) -> tuple[dict[str, PluginConfig], dict[str, Origin]]:
    """All plugins by name, and where their keys come from. base: what relative paths start from. Raises ConfigError."""
    _check_names(blocks)
    plugins: dict[str, PluginConfig] = {}
    origins: dict[str, Origin] = {}
    unasked = [*schema.PUBLIC, *(kind for kind in schema.NAMED if schema.from_environment(kind, env))]
    for name in dict.fromkeys([*unasked, *blocks]):
        block, set_by = _block(name, blocks.get(name, {}), env)
        if _enabled(name, block):
            plugins[name] = _plugin(name, block, env, base, set_by)
            origins |= {f"plugins.{name}.{key}": origin for key, origin in set_by.items()}
    return plugins, origins


def _check_names(blocks: Mapping[str, Any]) -> None:
    seen: dict[str, str] = {}
    for name, block in blocks.items():
        if not isinstance(block, dict):
            hint = "write `[plugins.NAME]` and the keys below it"
            raise ConfigError(f"`plugins.{show(name)}` must be a section, not {schema.described(block)}", hint=hint)
        if not _NAME.fullmatch(name):
            hint = "use letters, digits, `-` and `_`, at most 64"
            raise ConfigError(f"a plugin cannot be named `{show(name)}`", hint=hint)
        # Refs and variables know no case: `Work:a/b#1` would mean both.
        twin = seen.setdefault(name.lower().replace("-", "_"), name)
        if twin != name:
            raise ConfigError(f"the plugins `{twin}` and `{name}` have nearly the same name", hint="rename one of them")


def _block(name: str, block: Mapping[str, Any], env: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Origin]]:
    """The file's block with what the environment says instead, and who said what."""
    merged, origins = dict(block), dict.fromkeys(block, "file")
    for key in (*_TEXTS, "token_command"):
        if value := env.get(_variable(name, key)):
            merged[key], origins[key] = value, "env"
    return merged, origins  # type: ignore[return-value]  # dict.fromkeys widens the literal


def _variable(name: str, key: str) -> str:
    return f"CORO_PLUGINS_{name}_{key}".replace("-", "_").upper()


def _enabled(name: str, block: Mapping[str, Any]) -> bool:
    enabled = block.get("enabled", True)
    if not isinstance(enabled, bool):
        raise _wrong(f"plugins.{name}.enabled", "`true` or `false`", enabled)
    return enabled


def _plugin(name: str, block: Mapping[str, Any], env: Mapping[str, str], base: Path, origins: dict[str, Origin]) -> PluginConfig:
    texts = {key: _text(name, key, block[key]) for key in _TEXTS if key in block}
    kind = _kind(name, texts.get("kind", ""))
    _check_options(name, kind, block)
    configured = bool(origins)
    api_url = _api_url(name, kind, texts, env, origins)
    return PluginConfig(
        name=name, kind=kind, api_url=api_url,
        web_url=_url(name, "web_url", texts["web_url"]) if texts.get("web_url") else schema.browser_url(api_url),
        user=texts.get("email") or texts.get("user", ""), token_env=_token_env(name, texts.get("token_env", "")),
        token_command=_command(name, block, base, origins), token=texts.get("token", ""),
        token_file=_path(base, texts.get("token_file", "")), ca_file=_path(base, texts.get("ca_file", "")),
        options={key: value for key, value in block.items() if key not in _KNOWN},
        parallel=_parallel(name, block.get("parallel", PARALLEL)), configured=configured or "api_url" in origins,
    )  # fmt: skip


def _parallel(name: str, value: Any) -> int:
    try:
        return schema.count(value)
    except (TypeError, ValueError) as error:
        raise _wrong(f"plugins.{name}.parallel", "a number from 1 to 256", value) from error


def _text(name: str, key: str, value: Any) -> str:
    try:
        return schema.text(value)
    except ValueError as error:
        raise _wrong(f"plugins.{name}.{key}", "text", value) from error


def _kind(name: str, kind: str) -> str:
    if not kind and name not in SHAPES:
        known = ", ".join(f"`{each}`" for each in SHAPES)
        raise ConfigError(f"`plugins.{name}` does not say its `kind`", hint=f'add `kind = "…"`: {known}')
    if kind and not _NAME.fullmatch(kind):
        raise _wrong(f"plugins.{name}.kind", "a word like `gitlab`", kind)
    return kind or name


def _check_options(name: str, kind: str, block: Mapping[str, Any]) -> None:
    for key in block:
        near = schema.nearest(key, _KNOWN, cutoff=_SLIP) if kind in SHAPES and key not in _KNOWN else None
        if near:
            raise schema.unknown("key", f"plugins.{name}.{key}", [f"plugins.{name}.{near}"])


def _api_url(name: str, kind: str, texts: Mapping[str, str], env: Mapping[str, str], origins: dict[str, Origin]) -> str:
    if texts.get("api_url"):
        return _url(name, "api_url", texts["api_url"])
    found = schema.from_environment(kind, env) if name == kind else None
    if found is not None:
        origins["api_url"] = "env"
        return _named_by(found[0], found[1], kind, env)
    public = schema.PUBLIC.get(kind, "")
    # Without this, a `web_url` alone would send that host's token to the public one.
    web_url = _url(name, "web_url", texts["web_url"]) if texts.get("web_url") else ""
    if kind in SHAPES and (not public or web_url not in ("", schema.browser_url(public))):
        hint = f'add its address, like `api_url = "{schema.EXAMPLES[kind]}"`'
        raise ConfigError(f"`plugins.{name}` has no `api_url`", hint=hint)
    return public


def _named_by(variable: str, url: str, kind: str, env: Mapping[str, str]) -> str:
    try:
        return schema.clean_url(url)
    except ValueError as error:
        raise _wrong(variable, f"a web address like `{schema.EXAMPLES[kind]}`", env[variable]) from error


def _url(name: str, key: str, value: str) -> str:
    try:
        return schema.clean_url(value)
    except ValueError as error:
        hint = "keep credentials out of it: name them with `token_env`" if "@" in value else None
        expects = "a plain web address like `https://git.example.org/api/v4`"
        raise _wrong(f"plugins.{name}.{key}", expects, value, hint=hint) from error


def _token_env(name: str, value: str) -> str:
    if value and not _VARIABLE.fullmatch(value):
        # Who mistakes the key for `token` has put the secret itself here: it is not shown.
        hint = 'write `token_env = "GH_TOKEN"`, and the token into that variable'
        raise ConfigError(f"`plugins.{name}.token_env` must be the name of a variable", hint=hint)
    return value


def _command(name: str, block: Mapping[str, Any], base: Path, origins: Mapping[str, Origin]) -> tuple[str, ...]:
    value = block.get("token_command")
    if value is None:
        return ()
    try:
        first, *rest = schema.argv(value) if origins.get("token_command") == "env" else schema.listed(value)
    except ValueError as error:
        raise _wrong(f"plugins.{name}.token_command", 'a list like `["gh", "auth", "token"]`', value) from error
    return _path(base, first) if "/" in first else first, *rest


def _path(base: Path, value: str) -> str:
    """An absolute path: `~` is the user's, all else starts beside config.toml, wherever coro is called."""
    return str(base / os.path.expanduser(value)) if value else ""


def _wrong(key: str, expects: str, value: Any, *, hint: str | None = None) -> ConfigError:
    shown = "" if is_secret(key.rpartition(".")[2]) else f", not {schema.described(value)}"
    return ConfigError(f"`{key}` must be {expects}{shown}", hint=hint)
