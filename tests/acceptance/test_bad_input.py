"""Whatever a user or the outside may hand in: a sentence and an exit code, never a traceback (`coro` asserts that)."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest
from helpers import COMMAND, Coro

from coro_cli.drills.host.github import GitHubHost

REF = "github:acme/api#42"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((REF, "--on", "aproved"), "did you mean `approved`?"),
        ((REF, "--on", ","), "`--on` names no event"),
        ((REF, "--on", "issue:closed"), "never happens to a pull request"),
        (("github:acme/api#7", "--on", "merged"), "it happens to a pull request only"),
        ((REF, "--timeout", "5x"), "`5x` is not a duration"),
        ((REF, "--timeout", "-5"), "longer than nothing"),
        ((REF, "--timeout", "0"), "longer than nothing"),
        ((REF, "--since", "tomorrow"), "`tomorrow` is not an instant"),
        ((REF, "--since", "2999-01-01"), "lies in the future"),
        ((REF, "--match", "(unclosed"), "is not a regular expression"),
        ((REF, "--match", "x" * 501), "longer than 500"),
        ((REF, "--title", "x" * 100_000), "at most 500 characters"),
        ((REF, "--retries", "-1"), "`--retries` takes a whole number from 0 to 1000, not `-1`"),
        ((REF, "--on-interrupt", "maybe"), "`hold` or `rerun`"),
        ((REF, "--from", "two words"), "trusted, anyone, self or one login"),
        ((REF, "--cwd", "/nowhere/at/all", "--", "true"), "there is no directory"),
        ((REF, "--env", "1X=2"), "is not a variable's name"),
        ((REF, "--env", "CORO_JOB_ID=x"), "is coro's own variable"),
        ((REF, "--env", "NOT_SET_HERE"), "is not set here"),
        ((REF, "--"), "the command after `--` is missing"),
        ((REF, "--", "no-such-command-anywhere"), "was not found"),
        ((REF, "--", "make && ./ship.sh"), "no shell reads it: -- sh -c 'make && ./ship.sh'"),
        ((REF, "--on", "approved", "./ship.sh"), "a command stands after `--`"),
        ((REF, "--on", "approved,", "merged"), "no blanks between events: --on approved,merged"),
        ((REF, "--", "./plain.txt"), "is not executable"),
        ((REF, "--", "./folder"), "is a directory"),
        (("nohost:acme/api#1",), "there is no plugin `nohost`"),
        (("gihub:acme/api#1",), "did you mean `github`?"),
        (("jira:OPS-1",), "add `[plugins.jira]`"),
        (("https://gitlap.com/a/b/-/merge_requests/1",), "did you mean `gitlab.com`?"),
        ((REF, "--timeout", ""), "is not a duration"),
        ((REF, "--since", ""), "is not an instant"),
        (("https://example.org/a/b/pull/1",), "hint: "),
        (("github:acme/api#0",), "write it like `github:acme/api#42`"),
        (("",), "a ref is missing"),
        (("#42",), "this is no git checkout"),
        (("--job", "", REF), "the id of the job is empty"),
        ((REF, "--title"), "`--title` needs a value"),
        (tuple(f"github:acme/api#{n}" for n in range(1, 102)), "at most 100 refs"),
    ],
)  # fmt: skip
def test_a_park_that_cannot_be_is_refused_in_a_sentence(coro: Coro, host: GitHubHost, words: tuple[str, ...], said: str) -> None:
    host.pull("acme/api", 42)
    host.issue("acme/api", 7)
    (coro.cwd / "plain.txt").write_text("no program")
    (coro.cwd / "folder").mkdir()
    done = coro("park", *words)
    assert done.code == 2 and done.out == "" and said in done.err, done.err
    assert done.err.startswith("error: ") and done.err.count("\n") <= 3 and len(done.err) < 1500
    assert coro.json("jobs") == []


@pytest.mark.parametrize("number", ["0", "-1", "x", "1e3", "99999999999999999999999"])
@pytest.mark.parametrize("option", [("jobs", "--limit"), ("events", "--limit"), ("logs", "abc", "--run"), ("start", "--parallel")])
def test_a_number_out_of_bounds_is_named(coro: Coro, option: tuple[str, ...], number: str) -> None:
    done = coro(*option, number)
    assert done.code == 2 and f"`{option[-1]}` takes a whole number" in done.err and f"`{number}`" in done.err


def test_an_id_that_several_jobs_share_asks_for_one_more_character(coro: Coro) -> None:
    ids = ["abc123", "abd456"]
    for identity in ids:
        parked = coro("park", REF, "--on", "merged", "--no-check").id
        with sqlite3.connect(coro.home / "coro.db") as store:
            store.execute("UPDATE waits SET job = ? WHERE job = ?", (identity, parked))
            store.execute("UPDATE jobs SET id = ? WHERE id = ?", (identity, parked))
        store.close()
    done = coro("show", "ab")
    assert done.code == 3 and "several jobs begin with `ab`: abc123, abd456" in done.err
    for words in (("abc",), ("--job", "abc"), ("--job", "abc", "abc123")):
        assert coro("show", *words).out.startswith("abc123"), words
    assert coro("show", "--job", *ids).code == 2
    assert coro("wait", "abc", "--job", "abd", "--timeout", "0.1s").err.count("parked") == 2


@pytest.mark.parametrize("wrong", ["*", "%", "'; --", "../..", "A B", "\x1b[31m", "ж", "-", "a" * 10_000])
def test_an_id_that_cannot_be_one_is_not_found(coro: Coro, wrong: str) -> None:
    done = coro("show", "--", wrong)
    assert done.code == 3 and "\x1b" not in done.err and len(done.err) < 200


def test_words_in_another_encoding_are_read_as_well_as_can_be(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "merged", "--title", b"caf\xe9", "--phase", b"\xff", "--", "printf", b"caf\xe9").id
    assert coro.json("show", job)["title"] == "caf\N{REPLACEMENT CHARACTER}"
    coro("message", job, b"l\xe9ger", "--no-resume")
    assert coro("resume", job, "--message", b"\xfe").code == 0
    logged = subprocess.run([*COMMAND, "logs", job], env=coro.environment(), capture_output=True, check=True)
    assert logged.stdout == b"caf\xe9"  # the command got the very bytes, and its output comes out as it was
    assert coro("park", b"github:acme/api#\xff").code == 2
    assert coro("show", b"\xff").code == 3
    assert coro("cancel", job, "--reason", b"\xff").code == 5
    assert coro("park", REF, "--match", b"\xff").code == 2


def test_output_that_is_no_text_goes_through_a_pipe_unchanged(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "merged", "--", "printf", r"\377\000\033[2J\n").id
    done = subprocess.run([*COMMAND, "resume", job], env=coro.environment(), cwd=coro.cwd, capture_output=True, check=True)
    assert done.stdout == b"\xff\x00\x1b[2J\n"
    assert coro.json("logs", job)["output"] == "\N{REPLACEMENT CHARACTER}\x00\x1b[2J\n"


@pytest.mark.parametrize("text", ["", " \n", "\t"])
def test_an_empty_message_is_refused(coro: Coro, text: str) -> None:
    job = coro("park", REF, "--no-check", "--on", "merged").id
    for done in (coro("message", job, text), coro("message", "--job", job, "-", input=text), coro("message", job, input=text)):
        assert done.code == 2 and "the message is empty" in done.err
    assert coro("message", job, "two", "words").code == 2
    assert coro("message", input="text").code == 2


def test_a_message_from_stdin_is_taken_whole(coro: Coro) -> None:
    job = coro("park", REF, "--no-check", "--on", "merged").id
    text = "first\nsecond \N{SNOWMAN}\n" + "x" * 1_000_000
    assert coro("message", job, "--no-resume", "-", input=text).code == 0
    assert coro.json("show", job)["messages"][0]["text"] == text
    assert coro("message", job, "-", input=b"x" * (8 * 1024 * 1024 + 1)).code == 2


def test_a_comment_of_five_megabytes_reaches_the_command(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "commented", "--", "sh", "-c", 'wc -c; wc -c < "$CORO_EVENT_FILE"').id
    pr.comment("alice", "y" * 5_000_000, association="MEMBER")
    assert coro("poll").code == 0
    prompt, event = map(int, coro("logs", job).out.split())
    assert 64_000 < prompt < 70_000 and event > 5_000_000
    assert len(coro.json("events")[-1]["body"]) == 5_000_000


def test_a_home_that_cannot_be_is_named(coro: Coro, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home, codes in ((tmp_path / "file", {4}), (tmp_path / "file" / "below", {1, 4})):
        for words in (("jobs",), ("start",), ("park", REF, "--no-check"), ("status",)):
            done = coro("--home", str(home), *words)
            assert done.code in codes and str(home) in done.err and done.out == "", words
    assert coro("--home", "a\nb", "jobs").code in (0, 1, 4)
    for home in ("x" * 300, "~nobody-of-this-name/coro"):
        done = coro("--home", home, "jobs")
        assert done.code == 4 and "cannot be used" in done.err and home[:20] in done.err


def test_a_store_that_is_none_is_not_touched(coro: Coro) -> None:
    store = coro.home / "coro.db"
    store.write_text("something else " * 100)
    for words in (("jobs",), ("start",), ("poll",), ("webhook", "listen", "127.0.0.1:0"), ("park", REF, "--no-check", "--", "true")):
        done = coro(*words)
        assert done.code == 1 and done.err.startswith(f"error: the store `{store}` is damaged"), words
        assert "nothing was overwritten" in done.err and done.out == ""
    assert store.read_text() == "something else " * 100


@pytest.mark.parametrize("text", ["x = [", "[poll]\nbudget = 2.0", "[pol]\n", "\ufffd\0", "[plugins.x]\nkind = 3", "poll = 3"])
def test_a_configuration_that_cannot_be_used_is_named(coro: Coro, text: str) -> None:
    (coro.home / "config.toml").write_text(text)
    for words in (("status",), ("poll",), ("start",), ("park", REF)):
        done = coro(*words)
        assert done.code == 4 and done.err.startswith("error: "), words
    assert coro("jobs").code == 0


def test_the_present_directory_may_be_gone(coro: Coro, host: GitHubHost, tmp_path: Path) -> None:
    host.pull("acme/api", 42)
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f'cd "{gone}"; rmdir "{gone}"; exec "$@"'

    def there(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", "-c", script, "sh", str(Path(COMMAND[0])), "-I", "-c", "from coro_cli.__main__ import main; main()", *words]
        return subprocess.run(command, env=coro.environment(), capture_output=True, text=True, check=False)

    assert there("jobs").returncode == 0
    gone.mkdir()
    done = there("park", REF, "--", "true")
    assert done.returncode == 2 and "the present directory is gone" in done.stderr and "--cwd" in done.stderr


def test_a_job_whose_directory_is_gone_says_so_and_runs_once_it_is_back(coro: Coro, host: GitHubHost, tmp_path: Path) -> None:
    host.pull("acme/api", 42)
    gone = tmp_path / "gone"
    gone.mkdir()
    job = coro("park", REF, "--on", "merged", "--cwd", str(gone), "--", "pwd").id
    gone.rmdir()
    done = coro("resume", job)
    assert done.code == 1 and str(gone) in done.err
    gone.mkdir()
    assert coro("resume", job).code == 0
    assert str(gone) in coro("logs", job).out


def test_a_program_that_is_gone_when_its_time_comes_is_127(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    program = coro.cwd / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    job = coro("park", REF, "--on", "merged", "--retries", "0", "--", "./program").id
    program.unlink()
    assert coro("resume", job).code == 1
    assert coro.json("show", job)["runs_detail"][0]["exit_code"] == 127 and "./program" in coro("logs", job).out
