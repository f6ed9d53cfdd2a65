"""Coverage-guided fuzzing of every parser of outside bytes: `python -m tests.fuzz [SECONDS [TARGET…]]`, after `pip install atheris`.

The targets are the tests of tests/unit/test_fuzz.py: the fuzzer chooses the bytes that their inputs are made of, and keeps
those that reach new lines. SECONDS (60) are for each target. Exit code 1 where one fails: its input is printed, and belongs
into that file as an example.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent / "unit"))


def targets() -> Iterator[tuple[str, Callable[[bytes], Any]]]:
    """Each fuzz test, by name; one that is there for every kind of plugin is one target a kind."""
    import test_fuzz
    from hypothesis import given

    for name, test in vars(test_fuzz).items():
        inner = getattr(getattr(test, "hypothesis", None), "inner_test", None)
        if inner is None or "tmp_path_factory" in inspect.signature(inner).parameters:
            continue
        if "kind" not in inspect.signature(inner).parameters:
            yield name, test.hypothesis.fuzz_one_input
            continue
        for kind in test_fuzz.KINDS:
            one = given(data=test_fuzz.st.data())(_named(partial(inner, kind), inner))
            yield f"{name}[{kind}]", test_fuzz.bounded(one).hypothesis.fuzz_one_input


def _named(act: Any, inner: Any) -> Any:
    def test(data: Any) -> Any:
        return act(data=data)

    test.__name__, test.__qualname__, test.__module__ = inner.__name__, inner.__qualname__, inner.__module__
    return test


def fuzz(wanted: str, seconds: int) -> None:
    """Fuzz one target in this process; it ends with the process."""
    import atheris

    with atheris.instrument_imports(include=["coro_cli"]):
        found = dict(targets())
    folder = tempfile.mkdtemp()
    words = [sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", f"-artifact_prefix={folder}/", "-verbosity=0"]
    atheris.Setup(words, found[wanted])
    atheris.Fuzz()


def main(words: list[str]) -> int:
    """Every target after another, each in a process of its own."""
    if find_spec("atheris") is None:
        print("error: atheris is not installed\n\nhint: pip install atheris", file=sys.stderr)
        return 2
    if words[:1] == ["--one"]:
        fuzz(words[2], int(words[1]))
    seconds, bad = words[0] if words else "60", 0
    for name, _ in targets():
        if words[1:] and name not in words[1:]:
            continue
        done = subprocess.run([sys.executable, "-m", "tests.fuzz", "--one", seconds, name], capture_output=True, text=True, check=False)
        bad += done.returncode != 0
        print(f"{name}: {'nothing found' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode != 0:
            print(f"{done.stdout}\n{done.stderr}"[-6000:])
    return int(bad > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
