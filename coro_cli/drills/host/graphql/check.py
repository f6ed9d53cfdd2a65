"""What is wrong with a query before it runs, and what running it would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coro_cli.drills.host.graphql.document import Document, Field, Operation, Place, Selection, Spread, Variable
from coro_cli.drills.host.graphql.schema import FieldOf, Schema
from coro_cli.drills.host.graphql.values import agree, fits, value_of

Error = dict[str, Any]
PAGE_LIMIT = 100
NODE_LIMIT = 500_000


@dataclass(slots=True)
class Check:
    """One walk over an operation. errors: in the form the hosts send. requests and nodes: what it would ask for."""

    schema: Schema
    document: Document
    operation: Operation
    variables: Mapping[str, Any]
    errors: list[Error] = field(default_factory=list)
    requests: int = 0
    nodes: int = 0
    _used: set[str] = field(default_factory=set)
    _spread: set[str] = field(default_factory=set)

    def run(self) -> Check:
        """Walk, and return itself."""
        self._provided()
        self._walk(self.operation.selections, "Query", ["query"], 1, ())
        for name in self.operation.variables.keys() - self._used:
            text = f"Variable ${name} is declared by {self._name} but not used"
            self._say("variableNotUsed", text, self.operation.at)
        for name in self.document.fragments.keys() - self._spread:
            self._say("useAndDefineFragment", f"Fragment {name} was defined, but not used", self.operation.at)
        if self.nodes > NODE_LIMIT:
            text = f"This query requests up to {self.nodes:,} possible nodes"
            text = f"{text} which exceeds the maximum limit of {NODE_LIMIT:,}."
            self.errors.append({"type": "MAX_NODE_LIMIT_EXCEEDED", "message": text})
        return self

    @property
    def _name(self) -> str:
        return self.operation.name or f"anonymous {self.operation.kind}"

    def _provided(self) -> None:
        for name, (written, _, has_default) in self.operation.variables.items():
            missing = name not in self.variables and has_default
            if not missing and not fits(self.schema, written, self.variables.get(name), literal=False):
                text = f"Variable ${name} of type {written} was provided invalid value"
                self._say("", text, self.operation.at)

    def _walk(
        self, selections: tuple[Selection, ...], type: str, path: list[str], times: int, inside: tuple[str, ...]
    ) -> None:
        for selection in selections:
            self._directives(selection)
            if isinstance(selection, Spread):
                self._fragment(selection, type, path, times, inside)
            elif selection.name != "__typename":
                self._field(selection, type, [*path, selection.key], times, inside)

    def _fragment(self, spread: Spread, type: str, path: list[str], times: int, inside: tuple[str, ...]) -> None:
        on, selections = spread.on or type, spread.selections
        if spread.name:
            if spread.name not in self.document.fragments or spread.name in inside:
                text = f"Fragment {spread.name} was used, but not defined"
                return self._say("useAndDefineFragment", text, spread.at, path)
            self._spread.add(spread.name)
            on, selections = self.document.fragments[spread.name]
        if not self.schema.knows(on):
            text = f"No such type {on}, so it can't be a fragment condition"
            return self._say("undefinedType", text, spread.at, path)
        if not self.schema.members(on) & self.schema.members(type):
            text = f"Fragment on {on} can't be spread inside {type}"
            return self._say("cannotSpreadFragment", text, spread.at, path)
        self._walk(selections, on, path, times, (*inside, spread.name) if spread.name else inside)

    def _field(self, asked: Field, type: str, path: list[str], times: int, inside: tuple[str, ...]) -> None:
        known = self.schema.fields(type).get(asked.name)
        if known is None:
            text = f"Field '{asked.name}' doesn't exist on type '{type}'"
            return self._say("undefinedField", text, asked.at, path, typeName=type, fieldName=asked.name)
        self._arguments(asked, known, path)
        if bool(asked.selections) != bool(known.type):
            text = f"Selections can't be made on scalars (field '{asked.name}')"
            if known.type:
                text = f"Field must have selections (field '{asked.name}' returns {known.type} but has no selections.)"
            return self._say("selectionMismatch", text, asked.at, path)
        args = {name: value_of(value, self.variables) for name, value in asked.args.items()}
        size = self._sized(asked, known, args, path)
        if known.connection:
            self.requests += times
            self.nodes += times * size
        self._walk(asked.selections, known.type, path, times * max(1, size), inside)

    def _sized(self, asked: Field, known: FieldOf, args: dict[str, Any], path: list[str]) -> int:
        if not known.connection:
            return known.size(args)
        sizes = {name: args[name] for name in ("first", "last") if isinstance(args.get(name), int)}
        if not sizes:
            text = f"You must provide a `first` or `last` value to properly paginate the `{asked.name}` connection."
            self.errors.append(_error("MISSING_PAGINATION_BOUNDARIES", text, asked.at, path[1:]))
        for name, size in sizes.items():
            if size > PAGE_LIMIT:
                text = f"Requesting {size} records on the `{asked.name}` connection exceeds the `{name}` limit"
                text = f"{text} of {PAGE_LIMIT} records."
                self.errors.append(_error("EXCESSIVE_PAGINATION", text, asked.at, path[1:]))
        return known.size(args)

    def _arguments(self, asked: Field, known: FieldOf, path: list[str]) -> None:
        for name, value in asked.args.items():
            written = known.args.get(name)
            if written is None:
                text = f"Field '{asked.name}' doesn't accept argument '{name}'"
                self._say("argumentNotAccepted", text, asked.at, path, name=asked.name, argumentName=name)
                continue
            self._variables_in(value, written, asked, path)
            if not fits(self.schema, written, value, literal=True):
                text = f"Argument '{name}' on Field '{asked.name}' has an invalid value. Expected type '{written}'."
                self._say("argumentLiteralsIncompatible", text, asked.at, path, argumentName=name)
        for name, written in known.args.items():
            if written.endswith("!") and name not in asked.args:
                text = f"Field '{asked.name}' is missing required arguments: {name}"
                self._say("missingRequiredArguments", text, asked.at, path, arguments=name)

    def _variables_in(self, value: Any, written: str, asked: Field, path: list[str]) -> None:
        if isinstance(value, list):
            for inner in value:
                self._variables_in(inner, written.rstrip("!").strip("[]"), asked, path)
        if isinstance(value, dict):
            self._used.update(v.name for v in value.values() if isinstance(v, Variable))
        if not isinstance(value, Variable):
            return
        self._used.add(value.name)
        declared = self.operation.variables.get(value.name)
        if declared is None:
            text = f"Variable ${value.name} is used by {self._name} but not declared"
            return self._say("variableNotDefined", text, asked.at, path)
        if not agree(declared[0], written, has_default=declared[2]):
            text = f"Type mismatch on variable ${value.name} and argument ({declared[0]} / {written})"
            self._say("variableMismatch", text, asked.at, path)

    def _directives(self, selection: Selection) -> None:
        for args in selection.directives.values():
            self._used.update(value.name for value in args.values() if isinstance(value, Variable))

    def _say(self, code: str, message: str, at: Place, path: list[str] | None = None, **more: str) -> None:
        error = _error("", message, at, path)
        self.errors.append({**error, "extensions": {"code": code, **more}} if code else error)


def _error(kind: str, message: str, at: Place, path: list[str] | None) -> Error:
    named: Error = {"type": kind} if kind else {}
    where: Error = {"path": path} if path else {}
    return {**named, **where, "locations": [{"line": at.line, "column": at.column}], "message": message}
