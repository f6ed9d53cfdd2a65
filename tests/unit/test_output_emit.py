"""Printing: which stream, which shape, which exit code; streams that break, and what none of them may see."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coro_cli.errors import CoroError, NotFound, Unreachable
from coro_cli.output.emit import emit, emit_error
from coro_cli.output.result import Result, document

NOW = 1_767_355_200.0
JOB = {"id": "k7m2qp", "state": "parked", "title": "Grüße\x1b[2J", "waits": []}


class Stream(io.TextIOWrapper):
    def __init__(self, encoding: str = "utf-8", tty: bool = False) -> None:
        self.bytes = io.BytesIO()
        self.tty = tty
        super().__init__(self.bytes, encoding=encoding)

    def isatty(self) -> bool:
        return self.tty

    @property
    def text(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)


def emitted(
    result: Result,
    *,
    encoding: str = "utf-8",
    tty: bool = False,
    json: bool = False,
    quiet: bool = False,
    env: dict[str, str] | None = None,
) -> tuple[int, str, str]:
    out, err = Stream(encoding, tty), Stream(encoding, tty)
    code = emit(result, json=json, quiet=quiet, verbose=False, stdout=out, stderr=err, env=env or {}, now=NOW)
    return code, out.text, err.text


FULL = Result(
    [JOB], view="jobs", lines=("k7m2qp",), notes=("start it: coro start",), warnings=("the clock is off",), exit_code=5
)


def test_data_goes_to_stdout_and_all_else_to_stderr() -> None:
    code, out, err = emitted(FULL)
    assert code == 5
    assert out == "k7m2qp\nk7m2qp\tparked\t\tGrüße\t\t\t\n"
    assert err == "warning: the clock is off\nstart it: coro start\n"


def test_quiet_keeps_warnings_and_drops_notes() -> None:
    assert emitted(FULL, quiet=True)[2] == "warning: the clock is off\n"


def test_json_is_one_document_and_nothing_else() -> None:
    code, out, err = emitted(FULL, json=True)
    assert (code, json.loads(out)) == (5, [JOB])
    assert out.endswith("}]\n")
    assert out.count("\n") == 1
    assert err == "warning: the clock is off\n"


def test_json_on_a_terminal_is_indented_and_holds_no_control_character() -> None:
    out = emitted(Result({"t": "\x1b\x9b\u202e\u200b\ud800ü🙂\U000e0041\x7f"}), json=True, tty=True)[1]
    assert out == '{\n  "t": "\\u001b\\u009b\\u202e\\u200b\\ud800ü🙂\\udb40\\udc41\\u007f"\n}\n'


def test_json_is_ascii_where_the_stream_is_not_utf8() -> None:
    assert emitted(Result({"t": "ü漢"}), json=True, encoding="iso8859-1")[1] == '{"t": "\\u00fc\\u6f22"}\n'


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(ANY_JSON, st.booleans())
def test_every_document_can_be_read_back_strictly(data: Any, ascii_only: bool) -> None:
    text = document(data, ascii_only=ascii_only)
    json.loads(text, parse_constant=refuse)
    assert not any(0x7F <= ord(ch) < 0xA0 or ch < " " for ch in text)
    assert text.encode("ascii" if ascii_only else "utf-8")


def test_infinities_become_null_wherever_they_are() -> None:
    assert document({"a": [float("nan"), (1.5, float("-inf"))]}, ascii_only=True) == '{"a": [null, [1.5, null]]}'


def test_lines_are_cleaned_for_a_terminal_and_exact_for_a_script() -> None:
    result = Result(None, lines=("a\tb\x1b[2Jc",))
    assert emitted(result)[1] == "a\tb\x1b[2Jc\n"
    assert emitted(result, tty=True)[1] == "a    bc\n"


def test_warnings_and_notes_never_carry_controls() -> None:
    assert emitted(Result(None, notes=("\x1b]0;x\x07n",), warnings=("\x9b2Jw",)))[2] == "warning: w\nn\n"


def test_what_the_stream_cannot_encode_is_replaced() -> None:
    assert emitted(Result(None, lines=("漢 é",)), encoding="iso8859-1")[1] == "? é\n"


def complained(error: CoroError, *, json: bool = False, tty: bool = False) -> tuple[int, str, str]:
    out, err = Stream(tty=tty), Stream(tty=tty)
    return emit_error(error, json=json, stdout=out, stderr=err, env={}), out.text, err.text


def test_an_error_is_a_sentence_a_blank_line_and_a_hint() -> None:
    error = NotFound("there is no job `k7`\x1b[2J", hint="all jobs: coro jobs")
    assert complained(error) == (3, "", "error: there is no job `k7`\n\nhint: all jobs: coro jobs\n")
    assert complained(Unreachable()) == (6, "", "error: The provider cannot be reached.\n")


def test_an_error_in_json_is_a_document_on_stdout() -> None:
    code, out, err = complained(NotFound("no", hint=None), json=True)
    assert (code, err) == (3, "")
    assert json.loads(out) == {"error": {"code": "not-found", "message": "no", "hint": None}}


def test_an_error_is_red_on_a_terminal() -> None:
    assert complained(NotFound("no", hint="yes"), tty=True)[2].startswith("\x1b[1;31merror:\x1b[0m no\n")


PROGRAM = """
import sys
from coro_cli.errors import NotFound
from coro_cli.output.emit import emit, emit_error
from coro_cli.output.result import Result
result = Result(["x"] * int(sys.argv[1]), lines=("line",) * int(sys.argv[1]), exit_code=5)
streams = {"stdout": sys.stdout, "stderr": sys.stderr}
if sys.argv[2] == "error":
    sys.exit(emit_error(NotFound("no"), json=True, **streams))
sys.exit(emit(result, json=sys.argv[2] == "json", quiet=False, verbose=False, **streams))
"""
ROOT = Path(__file__).parents[2]


def ran(redirect: str, *arguments: str) -> tuple[int, str]:
    """Exit code and stderr of the program in a shell of its own, its stdout redirected."""
    script = f'"$0" -c "$1" "$2" "$3" {redirect}'
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {script}", sys.executable, PROGRAM, *arguments],
        # Buffered, as users have it: only a buffer is flushed once more when the interpreter ends.
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("shape", ["plain", "json"])
def test_a_reader_that_goes_away_is_no_error(shape: str) -> None:
    assert ran("| head -c 10 >/dev/null", "300000", shape) == (5, "")
    assert ran("| :", "1", shape) == (5, "")


def test_a_closed_stdout_is_no_error() -> None:
    assert ran(">&-", "10", "plain") == (5, "")
    assert ran(">&-", "10", "error") == (3, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told_and_is_not_success() -> None:
    code, told = ran("> /dev/full", "10", "json")
    assert (code, told) == (1, "error: the output could not be written: No space left on device\n")
    assert ran("> /dev/full", "1", "error")[0] == 3


def test_only_the_view_that_is_asked_for_is_imported_and_nothing_heavy() -> None:
    probe = (
        "import sys, io; from coro_cli.output.emit import emit; from coro_cli.output.result import Result\n"
        "emit(Result([{'id': 'a', 'title': 'plain', 'waits': []}], view='jobs'), json=False, quiet=False, "
        "verbose=False, stdout=io.StringIO(), stderr=io.StringIO(), env={})\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("coro_cli.output.views.")} == {"coro_cli.output.views.jobs"}
    heavy = {
        "rich",
        "httpx",
        "apscheduler",
        "asyncio",
        "logging",
        "subprocess",
        "difflib",
        "unicodedata",
        "platformdirs",
    }
    assert "coro_cli.output.emit" in loaded
    assert not heavy & loaded
