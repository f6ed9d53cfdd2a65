"""From query text to a document of operations and fragments."""

from __future__ import annotations

import json
import re
from typing import Any

from coro_cli.drills.host.graphql.document import Document, Enum, Field, Operation, Place, Selection, Spread, SyntaxFault, Variable

_TOKEN = re.compile(
    r'(?P<skip>[\s,\ufeff]+|#[^\n]*)|(?P<name>[A-Za-z_]\w*)|(?P<float>-?\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+))'
    r'|(?P<int>-?\d+)|(?P<block>"""(?:[^"]|"(?!""))*""")|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<mark>\.\.\.|[!$&():=@\[\]{}|])'
)


def parse(text: str) -> Document:
    """The document of a query text. Raises SyntaxFault with the place."""
    reader = _Reader(text)
    operations: list[Operation] = []
    fragments: dict[str, tuple[str, tuple[Selection, ...]]] = {}
    while reader.kind != "end":
        if reader.text == "fragment":
            reader.take("fragment")
            name = reader.name()
            reader.take("on")
            fragments[name] = (reader.name(), reader.selections())
        else:
            operations.append(reader.operation())
    return Document(tuple(operations), fragments)


class _Reader:
    """A cursor over the tokens."""

    def __init__(self, text: str) -> None:
        self._source, self._end, self._line, self._line_start = text, 0, 1, 0
        self.kind, self.text, self.at = "", "", Place(1, 1)
        self._next()

    def operation(self) -> Operation:
        at = self.at
        if self.text == "{":
            return Operation("query", "", {}, self.selections(), at)
        kind = self.name()
        if kind not in ("query", "mutation", "subscription"):
            raise SyntaxFault(f"Expected an operation, actual: {kind}", at)
        name = self.name() if self.kind == "name" else ""
        variables = dict(self._many("(", self._variable, ")")) if self.text == "(" else {}
        self._directives()
        return Operation(kind, name, variables, self.selections(), at)

    def selections(self) -> tuple[Selection, ...]:
        return tuple(self._many("{", self._selection, "}"))

    def name(self) -> str:
        if self.kind != "name":
            raise SyntaxFault(f"Expected NAME, actual: {self.text or 'end of query'}", self.at)
        return self._pop()

    def take(self, text: str) -> None:
        if self.text != text or self.kind in ("string", "block"):
            raise SyntaxFault(f'Expected "{text}", actual: {self.text or "end of query"}', self.at)
        self._next()

    def _selection(self) -> Selection:
        at = self.at
        if self.text != "...":
            return self._field(at)
        self.take("...")
        if self.kind == "name" and self.text != "on":
            return Spread(self._pop(), "", self._directives(), (), at)
        on = ""
        if self.text == "on":
            self.take("on")
            on = self.name()
        return Spread("", on, self._directives(), self.selections(), at)

    def _field(self, at: Place) -> Field:
        name, alias = self.name(), ""
        if self.text == ":":
            self.take(":")
            name, alias = self.name(), name
        args = dict(self._many("(", self._argument, ")")) if self.text == "(" else {}
        directives = self._directives()
        selections = self.selections() if self.text == "{" else ()
        return Field(name, alias, args, directives, selections, at)

    def _variable(self) -> tuple[str, tuple[str, Any, bool]]:
        self.take("$")
        name = self.name()
        self.take(":")
        written = self._type()
        if self.text != "=":
            return name, (written, None, False)
        self.take("=")
        return name, (written, self._value(), True)

    def _type(self) -> str:
        if self.text == "[":
            self.take("[")
            inner = f"[{self._type()}]"
            self.take("]")
        else:
            inner = self.name()
        if self.text == "!":
            self.take("!")
            return inner + "!"
        return inner

    def _argument(self) -> tuple[str, Any]:
        name = self.name()
        self.take(":")
        return name, self._value()

    def _directives(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        while self.text == "@":
            self.take("@")
            name = self.name()
            found[name] = dict(self._many("(", self._argument, ")")) if self.text == "(" else {}
        return found

    def _value(self) -> Any:
        match self.kind, self.text:
            case "int", text:
                self._next()
                return int(text)
            case "float", text:
                self._next()
                return float(text)
            case "string", text:
                self._next()
                return json.loads(text)
            case "block", text:
                self._next()
                return text[3:-3]
            case "mark", "$":
                self.take("$")
                return Variable(self.name())
            case "mark", "[":
                return self._many("[", self._value, "]", least=0)
            case "mark", "{":
                return dict(self._many("{", self._argument, "}", least=0))
        word = self.name()
        return {"true": True, "false": False, "null": None}.get(word, Enum(word))

    def _many(self, start: str, read: Any, end: str, least: int = 1) -> list[Any]:
        self.take(start)
        found: list[Any] = []
        while self.text != end or len(found) < least:
            found.append(read())
        self.take(end)
        return found

    def _pop(self) -> str:
        text = self.text
        self._next()
        return text

    def _next(self) -> None:
        while self._end < len(self._source):
            start = self._end
            self.at = Place(self._line, start - self._line_start + 1)
            match = _TOKEN.match(self._source, start)
            if match is None:
                raise SyntaxFault(f"Unexpected character {self._source[start]!r}", self.at)
            self._end = match.end()
            if "\n" in match.group():
                self._line += match.group().count("\n")
                self._line_start = self._source.rindex("\n", start, self._end) + 1
            if match.lastgroup != "skip":
                self.kind, self.text = str(match.lastgroup), match.group()
                return
        self.kind, self.text = "end", ""
