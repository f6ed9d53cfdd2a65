"""Textile and Markdown as plain text (https://www.redmine.org/projects/redmine/wiki/RedmineTextFormatting).

No answer tells which of the two a Redmine uses, so only what is markup in both, or nothing in the other, is taken away;
code stays letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_CODE = re.compile(r"(<pre>.*?</pre>|```.*?```)", re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"</?(?:pre|code)(?: class=\"[\w -]*\")?>", re.IGNORECASE)
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?m)^h[1-6](?:\([^)]*\))?\.\s+"), ""),
    (re.compile(r"(?m)^p[<>=]?\.\s+"), ""),
    (re.compile(r"(?m)^bq\.\s+"), "> "),
    (re.compile(r"!\[([^\]\n]*)\]\(([^)\s]+)[^)\n]*\)"), lambda hit: f"[image: {hit[1] or hit[2]}]"),
    (re.compile(r"\[([^\]\n]+)\]\((https?://[^)\s]+)[^)\n]*\)"), r"\1 (\2)"),
    (re.compile(r'"([^"\n]+)":(https?://[^\s<>]*[\w/])'), r"\1 (\2)"),
    (re.compile(r"(?<![\w!])!(?:[<>=]|\{[^}\n]*\})?([\w./:%?=&-]+\.\w{2,5})(?:\([^)\n]*\))?!(?!\w)"), r"[image: \1]"),
    (re.compile(r"\{\{thumbnail\(([^),\n]+)[^)\n]*\)\}\}"), r"[image: \1]"),
    (re.compile(r"(?<![\w@])@([^@\n]+)@(?![\w@])"), r"`\1`"),
    (re.compile(r"(?<![\w*])\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"\1"),
    (re.compile(r"(?m)(?<=\|)(?:_|=|<|>|[\\/]\d+)\.\s?"), " "),
)  # fmt: skip


def plain(source: str) -> str:
    """The text without its markup."""
    parts = _CODE.split(source.replace("\r\n", "\n"))
    return "".join(_TAGS.sub("", part) if at % 2 else _unmarked(part) for at, part in enumerate(parts)).strip("\n")


def _unmarked(part: str) -> str:
    for pattern, instead in _RULES:
        part = pattern.sub(instead, part)
    return part
