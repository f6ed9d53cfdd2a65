"""A short form of `python -m tests.crash.matrix`: a cell of each path and column; the kills on the way have tests of their own."""

from __future__ import annotations

import sys

import pytest

from tests.crash import matrix
from tests.crash.strikes import FULL, KILL, LOCKED, TOLD

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc and mounts small disks")]


@pytest.mark.parametrize(
    ("point", "column", "verdict"),
    [
        ("park.committed", TOLD, "once"),
        ("record.committed", TOLD, "once"),
        ("claim.before-commit", FULL, "whole"),
        ("claim.committed", TOLD, "once"),
        ("supervise.running", LOCKED, "once"),
        ("first output", KILL, "interrupted, explained"),
        ("finish.before-commit", FULL, "once"),
        ("migrate.before-commit", KILL, "whole"),
        ("delivery.before-commit", TOLD, "whole"),
        ("secret.replaced", KILL, "once"),
        ("ack.before-send", TOLD, "once"),
    ],
)
def test_a_cell_of_the_crash_matrix_is_what_the_guide_says(point: str, column: str, verdict: str) -> None:
    found = matrix.cell(point, column)
    if found == "not tried":
        pytest.skip("no small disk can be mounted here")
    assert found == verdict


def test_every_point_has_its_row() -> None:
    assert [point for point in matrix.ROWS if point != "first output"] == list(matrix.POINTS)


def test_the_checker_sees_a_loss_a_doubling_and_a_job_that_is_stuck() -> None:
    """A checker that cannot say no proves nothing: it is shown each of the three."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from coro_cli.drills.host.github import GitHubHost
    from tests.crash.ways import Scene, Way

    with GitHubHost() as host, TemporaryDirectory() as folder:
        scene = Scene.made(Path(folder) / "home", Path(folder), host)
        scene.approve()
        scene.coro("poll", "--no-resume")
        asked = {"happened": True, "kept": True}
        assert matrix.decide(scene, **asked).startswith("stuck")
        Way().recover(scene)
        assert matrix.decide(scene, **asked) == "once"
        scene.did.write_text(scene.did.read_text() * 2)
        assert matrix.decide(scene, **asked).startswith("doubled")
        scene.did.unlink()
        assert matrix.decide(scene, **asked) == "lost"
