"""A schema: object types with their fields, abstract types with their members, enumerations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Args = Mapping[str, Any]
Resolver = Callable[[Any, Args], Any]
PAGING = {"first": "Int", "last": "Int", "after": "String", "before": "String"}


class Refused(Exception):
    """A resolver's no: the field is null and the errors say why. kind is the host's word (`NOT_FOUND`)."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field of a type. type: the named type of its objects, empty for scalars. args: name → type as written.

    size: how many objects it may give, by its arguments (what limits and costs are counted with).
    """

    resolve: Resolver
    type: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    connection: bool = False
    size: Callable[[Args], int] = lambda args: 1


Fields = dict[str, FieldOf]


@dataclass(slots=True)
class Schema:
    """All types by name; `Query` is the root. name_of: the type name of a value behind an abstract type."""

    name_of: Callable[[Any], str]
    types: dict[str, Fields] = field(default_factory=dict)
    abstract: dict[str, tuple[str, ...]] = field(default_factory=dict)
    enums: dict[str, frozenset[str]] = field(default_factory=dict)
    inputs: frozenset[str] = frozenset()

    def members(self, name: str) -> frozenset[str]:
        """The object types a name stands for."""
        return frozenset(self.abstract.get(name, (name,)))

    def fields(self, name: str) -> Fields:
        """The fields one may ask of a type; of an interface or union those are kept under its own name."""
        return self.types.get(name, {})

    def knows(self, name: str) -> bool:
        """Whether there is such a type."""
        return name in self.types or name in self.abstract


def plain(resolve: Callable[[Any], Any]) -> FieldOf:
    """A scalar field without arguments."""
    return FieldOf(lambda value, args: resolve(value))


def to(type: str, resolve: Callable[[Any], Any]) -> FieldOf:
    """A field that leads to an object, without arguments."""
    return FieldOf(lambda value, args: resolve(value), type)
