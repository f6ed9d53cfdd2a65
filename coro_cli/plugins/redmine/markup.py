"""Textile and Markdown as plain text (https://www.redmine.org/projects/redmine/wiki/RedmineTextFormatting).

No answer tells which of the two a Redmine uses, so only what is markup in both, or nothing in the other, is taken away;
code stays letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# Every repetition is bounded, or stops at what could begin it anew: nothing takes quadratic time.
_CODE = re.compile(r"(<pre>(?:(?!<pre>).)*?</pre>|```.*?```)", re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"</?(?:pre|code)(?: class=\"[\w -]{0,40}\")?>", re.IGNORECASE)
_URL = r"https?://[^\s()<>\"]{1,1000}"
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?m)(?<=\|)(?:_|=|<|>|[\\/]\d{1,3})\.[ \t]?"), " "),
    (re.compile(r"(?m)^h[1-6](?:\([^)\n]{0,80}\))?\.[ \t]+"), ""),
    (re.compile(r"(?m)^p[<>=]?\.[ \t]+"), ""),
    (re.compile(r"(?m)^bq\.[ \t]+"), "> "),
    (re.compile(r"!\[([^\]\[\n]{0,300})\]\(([^()\s]{1,1000})[^()\n]{0,300}\)"), lambda hit: f"[image: {hit[1] or hit[2]}]"),
    (re.compile(rf"\[([^\]\[\n]{{1,300}})\]\(({_URL})[^()\n]{{0,300}}\)"), r"\1 (\2)"),
    (re.compile(rf'"([^"\n]{{1,300}})":({_URL}(?<=[\w/]))'), r"\1 (\2)"),
    (re.compile(r"(?<![\w!])!(?:[<>=]|\{[^}\n]{0,80}\})?([\w./:%?=&-]{1,300}\.\w{2,5})(?:\([^()\n]{0,300}\))?!(?!\w)"), r"[image: \1]"),
    (re.compile(r"\{\{thumbnail\(([^(),\n]{1,300})[^()\n]{0,300}\)\}\}"), r"[image: \1]"),
    (re.compile(r"(?<![\w@])@([^@\n]{1,300})@(?![\w@])"), r"`\1`"),
    (re.compile(r"(?<![\w*])\*\*(?=\S)([^*\n]{1,300})(?<=\S)\*\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,300})(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]{1,300})(?<=\S)_(?![\w_])"), r"\1"),
)  # fmt: skip


def plain(source: str) -> str:
    """The text without its markup."""
    parts = _CODE.split(source.replace("\r\n", "\n"))
    return "".join(_TAGS.sub("", part) if at % 2 else _unmarked(part) for at, part in enumerate(parts)).strip("\n")


def _unmarked(part: str) -> str:
    for pattern, instead in _RULES:
        part = pattern.sub(instead, part)
    return part
