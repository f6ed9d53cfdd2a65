"""The drills themselves: each plays as promised, and the page that is written of them holds no outside assets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from coro_cli.drills import scenes
from coro_cli.drills.story import Story
from coro_cli.errors import UsageError
from coro_cli.output import report


@pytest.mark.parametrize("name", scenes.SCENES)
def test_the_scenario_plays_as_promised(name: str) -> None:
    [story] = scenes.play([name])
    assert not story.failed
    assert story.sees and story.helps and story.moments
    assert story.measures and story.promise is not None and story.measured is not None


def test_the_readmes_first_command_shows_the_main_job() -> None:
    done = subprocess.run([sys.executable, "-m", "coro_cli", "drill"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "coro park https://github.com/acme/api/pull/42" in done.stdout
    assert "as promised" in done.stdout


def test_a_drill_that_fails_says_what_and_exits_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(stage: object) -> None:
        """Something is not as promised"""
        raise scenes.DrillFailed("the moon is in the way")

    monkeypatch.setattr(scenes, "load", lambda name: broken)
    [story] = scenes.play(["approval"])
    assert story.failed == "the moon is in the way"
    assert not story.as_json()["passed"]


def test_an_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(UsageError) as told:
        scenes.load("runner-kiled")
    assert told.value.hint is not None and "runner-killed" in told.value.hint


STORY = {
    "scenario": "approval", "title": "A <b>title</b>", "passed": True, "failed": None, "seconds": 1.5, "promise": 2.0, "measured": 1.01,
    "measures": "from the approval to the command", "since": 0.1, "late": False,
    "sees": "it works", "helps": "coro show k7m2qp   coro logs k7m2qp",
    "moments": [{"at": 0.1, "who": "you", "text": "coro park \x1b[31m<script>alert(1)</script>"}],
}  # fmt: skip


def test_the_page_has_a_picture_and_no_outside_assets(tmp_path: Path) -> None:
    target = tmp_path / "exercise.html"
    report.write(str(target), [STORY])
    text = target.read_text(encoding="utf-8")
    assert "<svg" in text and "1.01 s" in text and "2.00 s" in text
    assert "http" not in text and "<script" not in text and "\x1b" not in text


def test_what_came_late_is_told_on_every_page_and_is_no_failure() -> None:
    late = {**STORY, "measured": 2.5, "late": True}
    for text in (report.page([late]), report.markdown([late])):
        assert "1 of 1 as promised, 1 of them late" in text
    story = Story("approval", "A title", promise=2.0, measured=2.5)
    assert story.as_json()["late"] and story.as_json()["passed"]


def test_long_texts_are_folded_in_the_picture_and_never_cut() -> None:
    words = " ".join(f"word{n}" for n in range(60))
    picture = report.picture({**STORY, "moments": [{"at": 0.1, "who": "you", "text": words}]})
    assert all(f"word{n}" in picture for n in range(60)) and "…" not in picture


def test_the_page_as_markdown_has_the_same_facts(tmp_path: Path) -> None:
    target = tmp_path / "exercise.md"
    report.write(str(target), [STORY])
    text = target.read_text(encoding="utf-8")
    assert "| approval |" in text and "1.01 s" in text and "\x1b" not in text


def test_a_report_of_another_kind_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "coro_cli", "drill", "--report", str(tmp_path / "x.pdf"), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert ".html or .md" in json.loads(done.stdout)["error"]["message"]
