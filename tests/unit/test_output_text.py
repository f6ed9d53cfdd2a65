"""Text from outside: what is left of it, and how wide it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coro_cli.output.text import cell_width, clean, fold, quoted, shorten, take

ANY = st.text(st.one_of(st.characters(), st.sampled_from("\x1b[]m;\x9b\x07\r\n\u202e\u2028\ufe0f\u0301漢🙂 \ud800")))


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07text", "text"),
        ("\x1b]8;;http://e.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b2Jx", "x"),
        ("\x1bPdcs\x1b\\x", "x"),
        ("\x1bcx", "x"),
        ("\x1b]0;never ends", "0;never ends"),
        ("\x1b\x1b[31m[31mx", "�[31mx"),
        ("bell\x07 back\x08 del\x7f", "bell� back� del�"),
        ("admin\u202e}\u2066 if\u2069", "admin} if"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("fill\u3164er\u2800", "filler"),
        ("lone\ud800", "lone�"),
        ("a\r\nb\rc\u2028d\x85e\x0bf", "a b c d e f"),
        ("a\tb\u00a0c\u3000d", "a b c d"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
    ],
)
def test_hostile_text_becomes_harmless(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


def test_good_text_in_any_script_stays_as_it_is() -> None:
    for text in ("plain ASCII", "Grüße", "日本語 한국어", "العربية עברית", "हिन्दी", "ship it 🚀", "cafe\u0301"):
        assert clean(text) == text


def test_line_breaks_stay_only_where_they_are_asked_for() -> None:
    assert clean("a\r\nb\u2029c\td", newlines=True) == "a\nb\nc    d"


@given(ANY)
def test_cleaned_text_is_printable_and_cleaning_again_changes_nothing(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(clean(text)) == clean(text)
    assert clean(text, newlines=True).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("text", "cells"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("\uff46", 2), ("🙂", 2), ("", 0), ("…●│", 3)]
)
def test_width_is_counted_in_cells(text: str, cells: int) -> None:
    assert cell_width(text) == cells


def test_a_wide_letter_is_never_cut_in_half() -> None:
    assert take("漢字", 3) == "漢"
    assert shorten("漢字漢字", 6) == "漢字…"


def test_what_fits_is_not_shortened() -> None:
    assert shorten("seven c", 7) == "seven c"
    assert shorten("seven ch", 7) == "seven…"
    assert shorten("seven chars", 8, "...") == "seven..."


@given(ANY.map(clean), st.integers(0, 30), st.sampled_from(["…", "..."]))
def test_shortened_text_fits(text: str, width: int, ellipsis: str) -> None:
    assert cell_width(shorten(text, width, ellipsis)) <= width


@given(ANY.map(lambda text: clean(text, newlines=True)), st.integers(2, 30))
def test_folding_loses_nothing_but_blanks_and_fits(text: str, width: int) -> None:
    lines = list(fold(text, width))
    assert all(cell_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_folding_breaks_at_blanks_and_inside_words_only_when_it_must() -> None:
    assert list(fold("one two three", 8)) == ["one two", "three"]
    assert list(fold("a abcdefghij", 4)) == ["a", "abcd", "efgh", "ij"]
    assert list(fold("kept\n\nbreaks", 20)) == ["kept", "", "breaks"]


def test_folding_a_long_line_without_blanks_takes_no_longer_than_its_length() -> None:
    assert len(list(fold("é" * 200_000, 80))) == 2500


@pytest.mark.parametrize(
    ("argument", "typed"),
    [
        ("plain-1.0/x", "plain-1.0/x"),
        ("", "''"),
        ("two words", "'two words'"),
        ("it's", r"'it'\''s'"),
        ("$(rm)", "'$(rm)'"),
        ("a\x1b[0m\n", r"$'a\e[0m\n'"),
        ("back\\slash\t'", r"$'back\\slash\t\''"),
        ("byte\udcff", r"$'byte\xff'"),
        ("bidi\u202e", r"$'bidi\U0000202e'"),
    ],
)
def test_an_argument_is_shown_as_it_would_be_typed(argument: str, typed: str) -> None:
    assert quoted(argument) == typed


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
def test_a_shell_reads_the_same_argument_back(argument: str) -> None:
    shown = quoted(argument)
    assert shown.isprintable()
    if not shown.startswith("$'"):
        import shlex

        assert shlex.split(shown) == [argument]
