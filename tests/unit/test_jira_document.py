"""Jira's document format as plain text: words stay, shapes become marks, nothing makes the reader stumble."""

from __future__ import annotations

from typing import Any

import pytest

from coro_cli.plugins.jira.document import plain


def text(words: str, *marks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": words, "marks": list(marks)}


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "content": list(content), "attrs": attrs}


def paragraph(*content: Any) -> dict[str, Any]:
    return node("paragraph", *content)


def item(*content: Any) -> dict[str, Any]:
    return node("listItem", *content)


LINK = {"type": "link", "attrs": {"href": "https://acme.dev/x"}}
ROWS: list[tuple[str, list[Any], str]] = [
    ("words", [paragraph(text("one ")), paragraph(text("two"))], "one \n\ntwo"),
    ("a link", [paragraph(text("here", LINK))], "here (https://acme.dev/x)"),
    ("a bare link", [paragraph(text("https://acme.dev/x", LINK))], "https://acme.dev/x"),
    ("code in a line", [paragraph(text("rm -rf", {"type": "code"}))], "`rm -rf`"),
    ("a mention", [paragraph(node("mention", text="@Alice", id="1"), text(" hi"))], "@Alice hi"),
    ("a mention of somebody nameless", [paragraph(node("mention", id="557058:1"))], "@557058:1"),
    ("an emoji", [paragraph(node("emoji", text="🎉", shortName=":tada:"), node("emoji", shortName=":acme:"))], "🎉:acme:"),
    ("a break", [paragraph(text("a"), node("hardBreak"), text("b"))], "a\nb"),
    ("a heading", [node("heading", text("Title"), level=2), paragraph(text("x"))], "Title\n\nx"),
    ("bullets", [node("bulletList", item(paragraph(text("a"))), item(paragraph(text("b"))))], "- a\n- b"),
    ("bullets within", [node("bulletList", item(paragraph(text("a")), node("bulletList", item(paragraph(text("b"))))))], "- a\n  - b"),
    ("numbers", [node("orderedList", item(paragraph(text("a"))), item(paragraph(text("b"))), order=9)], "9. a\n10. b"),
    ("tasks", [node("taskList", node("taskItem", text("a"), state="DONE"), node("taskItem", text("b"), state="TODO"))], "[x] a\n[ ] b"),
    ("a code block", [node("codeBlock", text("if x:\n  y"), language="python")], "```python\nif x:\n  y\n```"),
    ("a quote", [node("blockquote", paragraph(text("a")), paragraph(text("b")))], "> a\n>\n> b"),
    ("a panel", [node("panel", paragraph(text("Mind")), panelType="warning")], "[warning] Mind"),
    ("an expand", [node("expand", paragraph(text("in")), title="More")], "More\nin"),
    ("a rule", [paragraph(text("a")), node("rule"), paragraph(text("b"))], "a\n\n---\n\nb"),
    (
        "a table",
        [node("table", node("tableRow", node("tableHeader", paragraph(text("A"))), node("tableCell", paragraph(text("b")))))],
        "| A | b |",
    ),
    ("a picture", [node("mediaSingle", node("media", alt="shot.png", id="x"))], "[attachment: shot.png]"),
    ("a nameless picture", [node("mediaSingle", node("media"))], "[attachment]"),
    ("a card", [paragraph(node("inlineCard", url="https://acme.dev/y"))], "https://acme.dev/y"),
    ("a date", [paragraph(node("date", timestamp="1700000000000"))], "2023-11-14"),
    ("a date that is none", [paragraph(node("date", timestamp="soon"), text("x"))], "x"),
    ("a status", [paragraph(node("status", text="DONE"))], "[DONE]"),
    ("a node of tomorrow", [node("hologram", paragraph(text("still read")))], "still read"),
    ("nulls and odd types", [None, 7, {"type": "paragraph", "content": "x"}, {"type": "text", "text": 3}, paragraph(text("ok"))], "ok"),
    ("right to left", [paragraph(text("\u05e9\u05dc\u05d5\u05dd"))], "\u05e9\u05dc\u05d5\u05dd"),
]


@pytest.mark.parametrize(("content", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_document_reads_as_one_would_read_it_aloud(content: list[Any], wanted: str) -> None:
    assert plain({"type": "doc", "version": 1, "content": content}) == wanted


@pytest.mark.parametrize(("value", "wanted"), [(None, ""), ("h1. Plain", "h1. Plain"), (7, ""), ([], ""), ({}, "")])
def test_what_is_no_document_is_itself_or_nothing(value: Any, wanted: str) -> None:
    assert plain(value) == wanted


def test_a_document_that_is_nested_to_break_readers_ends_early() -> None:
    inner = paragraph(text("deep"))
    for _ in range(500):
        inner = node("blockquote", inner)
    assert plain({"type": "doc", "content": [inner]}).endswith("…")


def test_a_megabyte_is_read_quickly() -> None:
    words = "x" * 1000
    assert len(plain({"type": "doc", "content": [paragraph(text(words)) for _ in range(1000)]})) > 1_000_000
