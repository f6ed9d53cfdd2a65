"""Atlassian Document Format as plain text (https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/).

What a reader would read aloud stays: words, mentions, emoji, list marks, code, tables cell by cell, links behind their
words, and a placeholder where a picture was. Unknown nodes give the text inside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coro_cli.plugins.protocol import items, maybe, text

Node = Mapping[str, Any]
# Deeper than any editor lets one nest; a document beyond it was made to break readers.
DEEPEST = 60


def plain(document: Any) -> str:
    """The text of a document; a plain string (API version 2) is itself, anything else nothing."""
    if isinstance(document, str):
        return document.strip()
    if not isinstance(document, dict):
        return ""
    return _block(document, 0).strip("\n")


def _children(node: Node) -> Sequence[Node]:
    return items(node.get("content"))


def _block(node: Node, depth: int) -> str:
    """A node that stands on lines of its own."""
    if depth > DEEPEST:
        return "…"
    kind = text(node, "type")
    maker = _BLOCKS.get(kind)
    if maker is not None:
        return maker(node, depth)
    inline = _INLINES.get(kind)
    return inline(node, depth) if inline is not None else _flow(node, depth)


def _flow(node: Node, depth: int) -> str:
    """The children: inline ones joined, blocks on lines of their own, an empty line between paragraphs."""
    parts: list[str] = []
    run = ""
    for child in _children(node):
        if text(child, "type") in _INLINES:
            run += _INLINES[text(child, "type")](child, depth + 1)
            continue
        parts += [run] if run else []
        run = ""
        parts.append(_block(child, depth + 1))
    parts += [run] if run else []
    return ("\n" if text(node, "type") in _TIGHT else "\n\n").join(part for part in parts if part)


def _indented(body: str, first: str, rest: str = "") -> str:
    lines = body.split("\n")
    return "\n".join([first + lines[0], *(((rest or " " * len(first)) + line).rstrip() for line in lines[1:])])


def _bullets(node: Node, depth: int) -> str:
    return "\n".join(_indented(_flow(item, depth + 1), "- ") for item in _children(node))


def _numbers(node: Node, depth: int) -> str:
    start = maybe(node, "attrs", "order")
    first = start if isinstance(start, int) and not isinstance(start, bool) else 1
    return "\n".join(_indented(_flow(item, depth + 1), f"{at}. ") for at, item in enumerate(_children(node), first))


def _tasks(node: Node, depth: int) -> str:
    done = {"DONE": "[x] ", "DECIDED": "[x] "}
    return "\n".join(
        _block(item, depth + 1)
        if text(item, "type") in ("taskList", "decisionList")
        else _indented(_flow(item, depth + 1), done.get(text(item, "attrs", "state"), "[ ] "))
        for item in _children(node)
    )


def _code(node: Node, depth: int) -> str:
    return f"```{text(node, 'attrs', 'language')}\n{_flow(node, depth)}\n```"


def _quote(node: Node, depth: int) -> str:
    return _indented(_flow(node, depth), "> ", "> ")


def _panel(node: Node, depth: int) -> str:
    return _indented(_flow(node, depth), f"[{text(node, 'attrs', 'panelType') or 'panel'}] ", "  ")


def _expand(node: Node, depth: int) -> str:
    return "\n".join(part for part in (text(node, "attrs", "title"), _flow(node, depth)) if part)


def _table(node: Node, depth: int) -> str:
    rows = ([_flow(cell, depth + 2).replace("\n", " ") for cell in _children(row)] for row in _children(node))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _words(node: Node, depth: int) -> str:
    said = text(node, "text")
    for mark in items(node.get("marks")):
        address = text(mark, "attrs", "href")
        if text(mark, "type") == "link" and address and address != said:
            said = f"{said} ({address})"
        elif text(mark, "type") == "code":
            said = f"`{said}`"
    return said


def _mention(node: Node, depth: int) -> str:
    name = text(node, "attrs", "text") or text(node, "attrs", "id")
    return name if name.startswith("@") else f"@{name}"


def _emoji(node: Node, depth: int) -> str:
    return text(node, "attrs", "text") or text(node, "attrs", "shortName")


def _media(node: Node, depth: int) -> str:
    name = text(node, "attrs", "alt") or text(node, "attrs", "url") or text(node, "attrs", "id")
    return f"[attachment: {name}]" if name else "[attachment]"


def _card(node: Node, depth: int) -> str:
    return text(node, "attrs", "url") or text(node, "attrs", "data", "url") or text(node, "attrs", "data", "name")


def _date(node: Node, depth: int) -> str:
    from coro_cli.domain.durations import rfc3339

    try:
        return rfc3339(int(str(maybe(node, "attrs", "timestamp"))) / 1000).partition("T")[0]
    except ValueError:
        return ""


def _status(node: Node, depth: int) -> str:
    return f"[{text(node, 'attrs', 'text')}]"


_Maker = Callable[[Node, int], str]
_TIGHT = frozenset({"listItem", "taskItem", "tableCell", "tableHeader", "caption", "mediaGroup", "mediaSingle"})
_BLOCKS: dict[str, _Maker] = {
    "bulletList": _bullets, "orderedList": _numbers, "taskList": _tasks, "decisionList": _tasks, "codeBlock": _code,
    "blockquote": _quote, "panel": _panel, "expand": _expand, "nestedExpand": _expand, "table": _table,
    "media": _media, "blockCard": _card, "embedCard": _card, "rule": lambda node, depth: "---",
}  # fmt: skip
_INLINES: dict[str, _Maker] = {
    "text": _words, "mention": _mention, "emoji": _emoji, "hardBreak": lambda node, depth: "\n", "inlineCard": _card,
    "mediaInline": _media, "date": _date, "status": _status, "placeholder": lambda node, depth: text(node, "attrs", "text"),
}  # fmt: skip
