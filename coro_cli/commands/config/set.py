"""coro config set."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.domain.showing import show
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
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
    from coro_cli.configuring import editing

    words = [key, value, *(more or [])]
    if len(words) % 2:
        raise UsageError(f"`{show(words[-1])}` has no value", hint="coro config set KEY VALUE [KEY VALUE]…")
    pairs = list(zip(words[::2], words[1::2], strict=True))
    for name, text in pairs:
        _check(name, text)
    read = editing.put(call.home.config_file, pairs)
    notes = tuple(f"{name} is set in {call.home.config_file}" for name in read)
    return Result({"key": key, "value": read[key], "set": read}, notes=notes)


def _check(key: str, value: str) -> None:
    from coro_cli.configuring import secret

    if secret.is_secret(key.rpartition(".")[2]) and key.endswith(".token"):
        raise UsageError(
            "a token on the command line is seen by every process here",
            hint=f"name where it is: coro config set {key}_env VARIABLE, or write it with `coro config edit`",
        )
    if key.startswith("plugins.") and key.endswith(".kind"):
        from coro_cli.plugins import registry

        registry.plugin_class(value)  # the file may name a kind that is not installed yet, a slip of the keyboard may not
