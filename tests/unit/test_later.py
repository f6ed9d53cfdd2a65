"""Modules that come when they are used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from threading import Thread

import pytest

from coro_cli.system.lazy_import import Later, later, without

NAME = "seldom_used"


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module that says how often it was loaded."""
    (tmp_path / f"{NAME}.py").write_text("import sys\nsys.loads = getattr(sys, 'loads', 0) + 1\nvalue = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "loads", 0, raising=False)
    yield
    sys.modules.pop(NAME, None)


def loads() -> int:
    return int(sys.loads)  # type: ignore[attr-defined]


def test_a_module_comes_when_it_is_used_and_once() -> None:
    with later((NAME,)):
        early = import_module(NAME)
    assert isinstance(early, Later) and loads() == 0
    assert early.value == 42 and early.value == 42 and loads() == 1
    assert import_module(NAME).value == 42 and loads() == 1


def test_whoever_imports_it_afterwards_gets_the_module_itself() -> None:
    with later((NAME,)):
        import_module(NAME)
    assert not isinstance(import_module(NAME), Later) and loads() == 1


def test_a_name_taken_from_it_at_once_is_the_real_one() -> None:
    with later((NAME,)):
        from seldom_used import value  # type: ignore[import-not-found]
    assert value == 42 and loads() == 1 and not isinstance(sys.modules[NAME], Later)


def test_a_module_that_is_loaded_already_stays_as_it_is() -> None:
    real = import_module(NAME)
    with later((NAME,)):
        assert import_module(NAME) is real


def test_what_a_module_lacks_is_told_as_ever() -> None:
    with later((NAME,)):
        early = import_module(NAME)
    with pytest.raises(AttributeError, match="missing"):
        early.missing  # noqa: B018


def test_threads_that_use_it_first_at_the_same_moment_load_it_once() -> None:
    with later((NAME,)):
        early = import_module(NAME)
    got: list[int] = []
    threads = [Thread(target=lambda: got.append(early.value)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [42] * 16 and loads() == 1


def test_whoever_can_do_without_a_module_does_and_the_others_get_it_afterwards() -> None:
    with without(NAME), pytest.raises(ImportError):
        import_module(NAME)
    assert import_module(NAME).value == 42


def test_a_module_that_is_there_is_not_taken_away() -> None:
    real = import_module(NAME)
    with without(NAME):
        assert import_module(NAME) is real
    assert import_module(NAME) is real
