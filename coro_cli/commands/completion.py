"""coro completion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.completion import SHELLS, Line, Verb, Word, script
from coro_cli.output.result import Result

# The metavar of an option or argument tells what can stand there.
_KINDS = {
    "ID": "job", "[ID]": "job", "[ID]...": "job", "EVENTS": "event", "NAME": "event", "S": "state", "DIR": "dir", "FILE": "file",
    "[TOPIC]": "topic", "[SCENARIO]...": "scenario", "SHELL": "shell", "WHO": "who", "hold|rerun": "interrupt",
    "text|json": "format", "[BODY|-]": "file", "F": "file",
}  # fmt: skip


@verb
def command(
    call: Call,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell")],
) -> Result:
    """Print the completion script of a shell. Job ids, events, states and topics are completed as well.

    \b
    Examples:
      coro completion bash > ~/.local/share/bash-completion/completions/coro
      coro completion zsh > "${fpath[1]}/_coro"
      coro completion fish > ~/.config/fish/completions/coro.fish
      coro completion powershell | Out-String | Invoke-Expression
    """
    if shell not in SHELLS:
        raise UsageError(f"there is no completion for `{shell[:40]}`", hint=f"the shells are {', '.join(SHELLS)}")
    text = script(shell, described())
    return Result({"shell": shell, "script": text}, lines=tuple(text.rstrip("\n").split("\n")))


def described() -> Line:
    """The whole command line, read off the commands themselves."""
    from coro_cli import guides
    from coro_cli.commands import index
    from coro_cli.domain import events, states
    from coro_cli.drills import scenes

    shorts = dict.fromkeys(n.partition(":")[2] for n in events.EVENT_NAMES if not n.startswith("job:"))
    words = {
        "event": (*shorts, *events.EVENT_NAMES), "state": (*states.ALL, "live", "stopped"), "topic": tuple(guides.TOPICS),
        "scenario": ("all", *scenes.SCENES), "shell": SHELLS, "who": ("trusted", "anyone", "self"),
        "interrupt": ("hold", "rerun"), "format": ("text", "json"),
    }  # fmt: skip
    root = index.group("coro", "", index.TABLE, "coro_cli.commands")
    return Line(tuple(_verbs(root, ())), words)


def _verbs(command: Any, path: tuple[str, ...]) -> Iterator[Verb]:
    context = typer.Context(command, info_name="coro")
    below = tuple(command.list_commands(context)) if hasattr(command, "list_commands") else ()
    options = tuple(_word(p) for p in command.params if p.param_type_name == "option")
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    argument = _KINDS.get(arguments[-1].metavar or "", "") if arguments else ""
    help_word = Word(("--help",), "Show this message and exit.")
    yield Verb(path, command.short_help or "", (*options, help_word), argument, below)
    for name in below:
        yield from _verbs(command.get_command(context, name), (*path, name))


def _word(option: Any) -> Word:
    takes = not (option.is_flag or option.count)
    kind = "text" if "--suffix" in option.opts else _KINDS.get(option.metavar or "", "text")  # its S is no state
    return Word(tuple(option.opts), option.help or "", kind if takes else "")
