"""Look at the settings and change them. Precedence: flag, environment, file, default."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.errors import NotFound, UsageError, show
from coro_cli.output.result import Result

TABLE = {
    "path": (":path_command", "Print where config.toml is"),
    "show": (":show_command", "Show all settings in force, and where each comes from"),
    "get": (":get_command", "Print one setting"),
    "set": (":set_command", "Change one setting"),
    "unset": (":unset_command", "Remove one setting"),
    "edit": (":edit_command", "Open config.toml in $EDITOR, and check it"),
}


# coro config path.


@verb
def path_command(call: Call) -> Result:
    """Print where config.toml is, whether or not it is there yet.

    \b
    Examples:
      coro config path
      coro config path --json | jq -r .state     # where the store and the logs are
    """
    where = str(call.home.config_file)
    there = call.home.config_file.exists()
    return Result({"path": where, "exists": there, "state": str(call.home.state)}, lines=(where,))


# coro config show.


@verb
def show_command(
    call: Call,
    show_origin: Annotated[bool, typer.Option("--show-origin", help="Say where each value comes from.")] = False,
) -> Result:
    """Show all settings in force; secrets are masked.

    \b
    Examples:
      coro config show
      coro config show --show-origin
    """
    from coro_cli import config

    rows = [{"key": key, "value": value, "origin": origin} for key, value, origin in config.explain(config.load(call.home))]
    shown = rows if show_origin or call.json else [{k: v for k, v in row.items() if k != "origin"} for row in rows]
    return Result(shown, view="settings")


# coro config get.


@verb
def get_command(call: Call, key: Annotated[str, typer.Argument(metavar="KEY", help="For example poll.interval.")]) -> Result:
    """Print one setting in force; secrets are masked.

    \b
    Example:
      coro config get poll.interval
    """
    from coro_cli import config
    from coro_cli.config import schema

    rows = {name: (value, origin) for name, value, origin in config.explain(config.load(call.home))}
    if key not in rows:
        if key in {field.key for field in schema.FIELDS}:
            raise NotFound(f"`{key}` is not set", hint=f"set it: coro config set {key} VALUE")
        near = schema.nearest(key, rows)
        raise NotFound(f"there is no setting `{key[:80]}`", hint=f"did you mean `{near}`?" if near else "list them: coro config show")
    value, origin = rows[key]
    return Result({"key": key, "value": value, "origin": origin}, lines=(str(value),))


# coro config set.


@verb
def set_command(
    call: Call,
    key: Annotated[str, typer.Argument(metavar="KEY", help="For example poll.interval or plugins.work.api_url.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="As TOML, or a plain word.")],
    more: Annotated[list[str] | None, typer.Argument(metavar="[KEY VALUE]...", help="More of them, all or none.")] = None,
) -> Result:
    """Change settings in config.toml; comments stay. Nothing is written that could not be read again.

    \b
    Examples:
      coro config set poll.interval 30s
      coro config set notify.command '["mail", "-s", "coro", "me@acme.dev"]'
      coro config set plugins.work.kind github plugins.work.api_url https://git.acme.dev/api/v3
    """
    from coro_cli.config import file

    words = [key, value, *(more or [])]
    if len(words) % 2:
        raise UsageError(f"`{show(words[-1])}` has no value", hint="coro config set KEY VALUE [KEY VALUE]…")
    pairs = list(zip(words[::2], words[1::2], strict=True))
    for name, text in pairs:
        _check(name, text)
    read = file.put(call.home.config_file, pairs)
    notes = tuple(f"{name} is set in {call.home.config_file}" for name in read)
    return Result({"key": key, "value": read[key], "set": read}, notes=notes)


def _check(key: str, value: str) -> None:
    from coro_cli.config import show

    if show.is_secret(key.rpartition(".")[2]) and key.endswith(".token"):
        raise UsageError(
            "a token on the command line is seen by every process here",
            hint=f"name where it is: coro config set {key}_env VARIABLE, or write it with `coro config edit`",
        )
    if key.startswith("plugins.") and key.endswith(".kind"):
        from coro_cli.plugins import registry

        registry.plugin_class(value)  # the file may name a kind that is not installed yet, a slip of the keyboard may not


# coro config unset.


@verb
def unset_command(call: Call, key: Annotated[str, typer.Argument(metavar="KEY", help="For example poll.interval.")]) -> Result:
    """Remove one setting from config.toml: its default holds again.

    \b
    Example:
      coro config unset poll.interval
    """
    from coro_cli.config import file

    if not file.drop(call.home.config_file, key):
        raise NotFound(f"`{key[:80]}` is not set in `{call.home.config_file}`", hint="see what is: coro config show --show-origin")
    return Result({"key": key}, notes=(f"{key} is not set any more",))


# coro config edit.


@verb
def edit_command(call: Call) -> Result:
    """Open config.toml in $VISUAL or $EDITOR, and check it before it takes effect.

    \b
    Example:
      EDITOR=nano coro config edit
    """
    from coro_cli.config import editor

    changed = editor.edit(call.home.config_file)
    note = "the new configuration holds" if changed else "nothing was changed"
    return Result({"path": str(call.home.config_file), "changed": changed}, notes=(note,))
