"""Run a checked operation over the schema's resolvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coro_cli.drills.host.graphql.check import Check, Error
from coro_cli.drills.host.graphql.document import Document, Field, Operation, Selection, Spread, SyntaxFault
from coro_cli.drills.host.graphql.parse import parse
from coro_cli.drills.host.graphql.schema import Refused, Schema
from coro_cli.drills.host.graphql.values import value_of


@dataclass(slots=True)
class Prepared:
    """A query that may be run: `check.errors` is empty, `check.requests` and `check.nodes` say what it asks for."""

    schema: Schema
    document: Document
    operation: Operation
    variables: Mapping[str, Any]
    check: Check


def prepare(schema: Schema, text: str, variables: Mapping[str, Any], name: str | None = None) -> Prepared | list[Error]:
    """Parse and check; the errors, in the form the hosts send, when it cannot be run."""
    try:
        document = parse(text)
    except SyntaxFault as fault:
        return [{"message": str(fault), "locations": [{"line": fault.at.line, "column": fault.at.column}]}]
    chosen = [op for op in document.operations if name in (None, "", op.name)]
    if len(chosen) != 1:
        return [{"message": "An operation name is required" if len(chosen) > 1 else f'No operation named "{name}"'}]
    operation = chosen[0]
    if operation.kind != "query":
        return [{"message": f"This host answers no {operation.kind}s"}]
    filled = {n: value_of(default, {}) for n, (_, default, has) in operation.variables.items() if has} | dict(variables)
    check = Check(schema, document, operation, filled).run()
    return check.errors or Prepared(schema, document, operation, filled, check)


def execute(prepared: Prepared) -> dict[str, Any]:
    """`{"data": …}`, with `errors` beside it where a resolver refused."""
    run = _Run(prepared)
    data = run.object(None, "Query", (prepared.operation.selections,), [])
    return {"data": data, "errors": run.errors} if run.errors else {"data": data}


@dataclass(slots=True)
class _Run:
    prepared: Prepared
    errors: list[Error] = field(default_factory=list)

    def object(self, value: Any, type: str, selections: tuple[tuple[Selection, ...], ...], path: list[Any]) -> Any:
        fields: dict[str, list[Field]] = {}
        for some in selections:
            self._collect(some, type, fields)
        return {key: self._field(value, type, many, [*path, key]) for key, many in fields.items()}

    def _collect(self, selections: tuple[Selection, ...], type: str, into: dict[str, list[Field]]) -> None:
        for selection in selections:
            if not self._included(selection):
                continue
            if isinstance(selection, Field):
                into.setdefault(selection.key, []).append(selection)
                continue
            on, inner = self._fragment(selection)
            if not on or type in self.prepared.schema.members(on):
                self._collect(inner, type, into)

    def _fragment(self, spread: Spread) -> tuple[str, tuple[Selection, ...]]:
        return self.prepared.document.fragments[spread.name] if spread.name else (spread.on, spread.selections)

    def _included(self, selection: Selection) -> bool:
        said = {name: value_of(args.get("if"), self.prepared.variables) for name, args in selection.directives.items()}
        return bool(said.get("include", True)) and not said.get("skip", False)

    def _field(self, value: Any, type: str, many: list[Field], path: list[Any]) -> Any:
        asked = many[0]
        if any((other.name, other.args) != (asked.name, asked.args) for other in many):
            text = f"Field '{asked.key}' has an argument conflict"
            self.errors.append({"message": text, "path": path, "extensions": {"code": "fieldConflict"}})
        if asked.name == "__typename":
            return type
        known = self.prepared.schema.types[type][asked.name]
        args = {name: value_of(written, self.prepared.variables) for name, written in asked.args.items()}
        try:
            found = known.resolve(value, args)
        except Refused as no:
            found = no
        return self._complete(found, known.type, many, path)

    def _complete(self, found: Any, type: str, many: list[Field], path: list[Any]) -> Any:
        if isinstance(found, Refused):
            at = {"line": many[0].at.line, "column": many[0].at.column}
            self.errors.append({"type": found.kind, "path": path, "locations": [at], "message": str(found)})
            return None
        if isinstance(found, list):
            return [self._complete(one, type, many, [*path, index]) for index, one in enumerate(found)]
        if found is None or not type:
            return found
        schema = self.prepared.schema
        concrete = schema.name_of(found) if type in schema.abstract else type
        return self.object(found, concrete, tuple(asked.selections for asked in many), path)
