"""What is read from a stream and its environment, and what a line makes of it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from coro_cli.output.terminal import Span, Terminal


class Screen(io.TextIOWrapper):
    """A text stream in memory that says it is a terminal, in the encoding asked for."""

    def __init__(self, encoding: str = "utf-8", tty: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self.said_tty = tty

    def isatty(self) -> bool:
        return super().isatty() or self.said_tty


def detected(env: dict[str, str], *, encoding: str = "utf-8", tty: bool = True) -> Terminal:
    return Terminal.detect(Screen(encoding, tty), {"TERM": "xterm-256color", **env}, 0.0)


@pytest.mark.parametrize(
    ("env", "tty", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, True, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"CLICOLOR_FORCE": "0"}, False, False),
        ({"CLICOLOR": "0"}, True, False),
        ({"CLICOLOR": "1"}, False, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_follows_the_habits_of_the_field(env: dict[str, str], tty: bool, coloured: bool) -> None:
    assert detected(env, tty=tty).colour is coloured


@pytest.mark.parametrize(
    ("env", "encoding", "drawn"),
    [
        ({}, "utf-8", True),
        ({"LANG": "de_DE.UTF-8"}, "utf-8", True),
        ({"LC_ALL": "C.utf8"}, "utf-8", True),
        ({"LANG": "C.UTF-8", "LC_ALL": "C"}, "utf-8", False),
        ({"LANG": "de_DE.ISO-8859-1"}, "utf-8", False),
        ({}, "iso8859-1", False),
        ({}, "ascii", False),
        ({"TERM": "linux"}, "utf-8", False),
    ],
)
def test_marks_are_ascii_where_the_terminal_may_not_draw_them(env: dict[str, str], encoding: str, drawn: bool) -> None:
    assert detected(env, encoding=encoding).unicode is drawn


@pytest.mark.parametrize(
    ("env", "linked"),
    [
        ({}, False),
        ({"VTE_VERSION": "7200"}, True),
        ({"VTE_VERSION": "5000"}, False),
        ({"VTE_VERSION": "many"}, False),
        ({"WT_SESSION": "x"}, True),
        ({"KITTY_WINDOW_ID": "1"}, True),
        ({"TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/x"}, False),
        ({"KONSOLE_VERSION": "201200"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "dumb", "WT_SESSION": "x"}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
        ({"FORCE_HYPERLINK": "0", "WT_SESSION": "x"}, False),
    ],
)
def test_links_are_drawn_only_where_they_are_known_to_work(env: dict[str, str], linked: bool) -> None:
    assert detected(env).links is linked
    assert detected(env, tty=False).links is False


@pytest.mark.parametrize(("columns", "width"), [("57", 57), ("", 80), ("0", 80), ("-3", 80), ("wide", 80), ("²", 80)])
def test_the_width_is_what_columns_says_where_it_says_a_number(columns: str, width: int) -> None:
    assert detected({"COLUMNS": columns}).width == width


def test_a_missing_or_closed_stream_is_no_terminal() -> None:
    closed = Screen()
    closed.close()
    for stream in (None, closed):
        terminal = Terminal.detect(stream, {}, 0.0)
        assert (terminal.tty, terminal.colour, terminal.width) == (False, False, 80)


FULL = Terminal(width=20, colour=True, tty=True, unicode=True, links=True)


def test_paint_and_link_wrap_the_text_and_end_what_they_began() -> None:
    assert FULL.paint("x", "bold red") == "\x1b[1;31mx\x1b[0m"
    assert FULL.hyperlink("https://a.example/1", "x") == "\x1b]8;;https://a.example/1\x1b\\x\x1b]8;;\x1b\\"
    assert Terminal().line(Span("x", "red", "https://a.example")) == "x"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "HTTPS",
        "",
        "https://a.example/\x1b\\evil",
        "https://a.example/\x07",
        "https://a.example/ü",
        "https://a.example/a b",
        "https://github.com@evil.example/",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_a_dishonest_url_is_never_linked(url: str) -> None:
    assert FULL.hyperlink(url, "text") == "text"


def test_an_at_sign_in_the_path_is_honest() -> None:
    assert "medium" in FULL.hyperlink("https://medium.example/@ada", "text")


def test_a_line_is_cut_at_the_edge_across_its_parts() -> None:
    plain = replace(FULL, colour=False, links=False)
    assert plain.line("twelve chars", Span(" and more than that", "red")) == "twelve chars and mo…"
    assert replace(plain, tty=False).line("x" * 50) == "x" * 50


def test_a_flow_goes_on_below_and_keeps_each_style() -> None:
    lines = list(FULL.flow("one two three ", Span("four five six", "red"), rest="> "))
    assert lines == ["one two three \x1b[31mfour\x1b[0m", "> \x1b[31mfive six\x1b[0m"]


def test_a_flow_keeps_a_comma_with_its_word_and_breaks_a_word_that_is_too_long() -> None:
    plain = replace(FULL, width=10, colour=False)
    assert list(plain.flow("a bcdefghi", Span(", then", "red"))) == ["a", "bcdefghi,", "then"]
    assert list(plain.flow("x" * 25, rest="  ")) == ["x" * 8, "  " + "x" * 8, "  " + "x" * 8, "  x"]
