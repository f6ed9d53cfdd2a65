"""Mistakes of the command line in our own words: one sentence, then what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from typer._click import exceptions

from coro_cli.errors import UsageError, nearest, show

_VALUE = re.compile(r"'?(.*?)'? is not (?:in the range|a valid)", re.DOTALL)
_EXTRA = re.compile(r"Got unexpected extra arguments? ?\(?s?\)? ?\((.*)\)", re.DOTALL)


def no_command(name: str, known: Sequence[str], path: str) -> UsageError:
    """A command that is not there, with the nearest that is. path: `coro`, `coro webhook` …"""
    near = nearest(name, known)
    meant = f"did you mean `{path} {near}`? " if near else ""
    return UsageError(f"there is no command `{path} {show(name)}`", hint=f"{meant}all of them: {path} --help")


def told(error: exceptions.ClickException, words: Sequence[str]) -> UsageError:
    """What the parser found wrong. words: the command line, for the parser does not always say whose mistake it is."""
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", " ".join(["coro", *words[:1]]))
    message, hint = _said(error, context)
    return UsageError(message, hint=f"{hint}: {path} --help" if hint else f"{path} --help")


def _said(error: exceptions.ClickException, context: Any) -> tuple[str, str]:
    """The sentence, and what the hint begins with."""
    if isinstance(error, exceptions.NoSuchOption):
        return _no_option(error, context)
    if isinstance(error, exceptions.MissingParameter):
        return f"`{_name(error.param)}` is missing", ""
    if isinstance(error, exceptions.BadParameter):
        return _bad_value(error), ""
    if isinstance(error, exceptions.BadOptionUsage):
        wants = "takes no value" if "not take" in error.message else "needs a value"
        return f"`{error.option_name}` {wants}", ""
    if found := _EXTRA.search(error.message):
        return f"there is one argument too many: `{show(found[1])}`", ""
    text = error.format_message().strip().rstrip(".")
    return text[:1].lower() + text[1:], ""


def _no_option(error: exceptions.NoSuchOption, context: Any) -> tuple[str, str]:
    known = [name for parameter in context.command.params for name in parameter.opts if name.startswith("-")] if context else []
    near = nearest(error.option_name, [name for name in known if name.startswith("--")])
    takes_text = context is not None and any(p.param_type_name == "argument" for p in context.command.params)
    sentence = f"there is no option `{show(error.option_name)}`"
    if near:
        return sentence, f"did you mean `{near}`? all of them"
    return sentence, "what begins with a dash and is no option goes behind `--`" if takes_text else ""


def _bad_value(error: exceptions.BadParameter) -> str:
    kind = getattr(error.param, "type", None)
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    found = _VALUE.match(error.message)
    if found is None:
        return f"`{_name(error.param)}`: {error.message.rstrip('.')}"
    bounds = f" from {least} to {most}" if least is not None and most is not None else f" of at least {least}" if least is not None else ""
    return f"`{_name(error.param)}` takes a whole number{bounds}, not `{show(found[1])}`"


def _name(parameter: Any) -> str:
    if parameter is None:
        return "a value"
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name).strip("[].").replace("]", "")
