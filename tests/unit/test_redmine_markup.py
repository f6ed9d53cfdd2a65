"""Textile and Markdown as plain text: marks go, words and code stay."""

from __future__ import annotations

import time

import pytest

from coro_cli.plugins.redmine.parse import plain

ROWS = [
    ("h2. Title\n\nText", "Title\n\nText"),
    ("h3(#anchor). Title", "Title"),
    ("p. Text", "Text"),
    ("bq. said", "> said"),
    ("*bold* and _it_ and **more**", "bold and it and more"),
    ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
    ('see "the page":https://acme.dev/x.', "see the page (https://acme.dev/x)."),
    ("see [the page](https://acme.dev/x).", "see the page (https://acme.dev/x)."),
    ("!shot.png! and ![alt](a.png) and {{thumbnail(b.png, size=3)}}", "[image: shot.png] and [image: alt] and [image: b.png]"),
    ("Wow! Really! Yes!", "Wow! Really! Yes!"),
    ("run @make@ or mail a@b.dev and c@d.dev", "run `make` or mail a@b.dev and c@d.dev"),
    ('<pre><code class="ruby">*a* _b_\n</code></pre>', "*a* _b_"),
    ("```\n*a*\n```", "```\n*a*\n```"),
    ("|_. A|_. B|\n|c|d|", "| A| B|\n|c|d|"),
    ("line\r\nline", "line\nline"),
    ("# one\n# two", "# one\n# two"),
    ("\u05e9\u05dc\u05d5\u05dd *\u05e9\u05dc\u05d5\u05dd*", "\u05e9\u05dc\u05d5\u05dd \u05e9\u05dc\u05d5\u05dd"),
]


@pytest.mark.parametrize(("source", "wanted"), ROWS)
def test_marks_go_and_words_stay(source: str, wanted: str) -> None:
    assert plain(source) == wanted


LONG = ["*" * 100_000, '"' * 100_000, "_a " * 40_000, "<pre>" * 20_000, "[" * 100_000, "@a" * 50_000, "!a" * 50_000]


@pytest.mark.parametrize("source", LONG)
def test_no_text_takes_long(source: str) -> None:
    began = time.process_time()
    plain(source)
    assert time.process_time() - began < 2
