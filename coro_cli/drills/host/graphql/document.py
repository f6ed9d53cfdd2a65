"""The parts of a GraphQL document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class SyntaxFault(ValueError):
    """The text is no GraphQL."""

    def __init__(self, message: str, at: Place) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name` where a value may be."""

    name: str


@dataclass(frozen=True, slots=True)
class Enum:
    """A bare word where a value may be."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """`alias: name(args) @directives { selections }`."""

    name: str
    alias: str
    args: dict[str, Any]
    directives: dict[str, dict[str, Any]]
    selections: tuple[Selection, ...]
    at: Place

    @property
    def key(self) -> str:
        """Its name in the answer."""
        return self.alias or self.name


@dataclass(frozen=True, slots=True)
class Spread:
    """`...name` or `... on Type { selections }`: exactly one of `name` and `selections` is set."""

    name: str
    on: str
    directives: dict[str, dict[str, Any]]
    selections: tuple[Selection, ...]
    at: Place


Selection = Field | Spread


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. variables: name → (type as written, default or None, whether there is a default)."""

    kind: str
    name: str
    variables: dict[str, tuple[str, Any, bool]]
    selections: tuple[Selection, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Document:
    """What one query text holds. fragments: name → (type condition, selections)."""

    operations: tuple[Operation, ...]
    fragments: dict[str, tuple[str, tuple[Selection, ...]]]
