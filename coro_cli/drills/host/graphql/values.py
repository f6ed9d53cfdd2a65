"""Values: literals with their variables, and whether they fit the type that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coro_cli.drills.host.graphql.document import Enum, Variable
from coro_cli.drills.host.graphql.schema import Schema


def value_of(value: Any, variables: Mapping[str, Any]) -> Any:
    """A literal with its variables filled in; enums are their names."""
    match value:
        case Variable():
            return variables.get(value.name)
        case Enum():
            return value.name
        case list():
            return [value_of(v, variables) for v in value]
        case dict():
            return {k: value_of(v, variables) for k, v in value.items()}
    return value


def fits(schema: Schema, written: str, value: Any, *, literal: bool) -> bool:
    """Whether a value may stand where a type is written. A single value may stand for a list of one."""
    if written.endswith("!"):
        return value is not None and fits(schema, written[:-1], value, literal=literal)
    if value is None or isinstance(value, Variable):
        return True
    if written.startswith("["):
        inner = written[1:-1]
        return all(fits(schema, inner, v, literal=literal) for v in (value if isinstance(value, list) else [value]))
    if written in schema.enums:
        name = value.name if isinstance(value, Enum) else value if not literal else None
        return name in schema.enums[written]
    if written in schema.inputs:
        return isinstance(value, dict)
    kinds = {"Int": (int,), "Float": (int, float), "Boolean": (bool,), "ID": (str, int)}.get(written, (str,))
    return isinstance(value, kinds) and isinstance(value, bool) == (written == "Boolean")


def agree(declared: str, wanted: str, *, has_default: bool) -> bool:
    """Whether a variable so declared may stand where this type is wanted."""
    if wanted.endswith("!") and not declared.endswith("!") and not has_default:
        return False
    return declared.replace("!", "") == wanted.replace("!", "")
