"""The files of one run, all private to the owner: prompt, event file, log, lock and exit status.

    runs/<job>/<n>.prompt      the command's stdin
    runs/<job>/<n>.json        CORO_EVENT_FILE, kept until the job is pruned
    runs/<job>/<n>.log         stdout and stderr
    runs/<job>/<n>.lock        flock'd by the run's supervisor as long as it lives
    runs/<job>/<n>.exit        the exit status, written once, atomically
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from coro_cli.errors import StoreError
from coro_cli.system import files


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The paths of one run."""

    directory: Path
    number: int

    @classmethod
    def of(cls, runs: Path, job: str, number: int) -> RunFiles:
        """The files of run `number` of `job`."""
        return cls(runs / job, number)

    def path(self, ending: str) -> Path:
        """`3.log` for `log`."""
        return self.directory / f"{self.number}.{ending}"

    @property
    def log(self) -> Path:
        """Where the output goes."""
        return self.path("log")

    def create(self, ending: str, data: bytes) -> Path:
        """Write a private file whole. O_EXCL after a removal: never through somebody's symbolic link."""
        path = self.path(ending)
        try:
            files.folder(self.directory)
            path.unlink(missing_ok=True)
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb") as handle:
                handle.write(data)
        except OSError as error:
            raise StoreError(f"`{path}` cannot be written: {error.strerror}", hint="make room, or check the home's permissions") from error
        return path

    def exit_code(self) -> int | None:
        """The recorded status, or None while there is none. Raises StoreError where that cannot be told.

        Only a file that is not there is no status: after any other error the command has ended, and must not be run again.
        """
        path = self.path("exit")
        try:
            return int(path.read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None  # what is no number is damage: how the command ended is not known
        except OSError as error:
            raise _unreadable(path, error) from error

    def is_unbegun(self) -> bool:
        """Whether the supervisor's child has left word that it never became the command."""
        path = self.path("unbegun")
        try:
            os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise _unreadable(path, error) from error
        return True

    def clear(self) -> None:
        """Take away what an earlier run of this number has left, which an older store knows nothing of."""
        for ending in ("exit", "unbegun"):
            try:
                self.path(ending).unlink(missing_ok=True)
            except OSError as error:
                raise _unreadable(self.path(ending), error) from error

    def ended_since(self) -> list[int]:
        """The runs from this number on that have ended here: where the store knows none of them, it is an older one."""
        try:
            names = os.listdir(self.directory)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self.directory, error) from error
        numbers = [name.removesuffix(".exit") for name in names if name.endswith(".exit")]
        return sorted(int(number) for number in numbers if number.isdecimal() and int(number) >= self.number)


def _unreadable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"`{path}` cannot be read: {error.strerror}", hint="check the disk and the home's permissions: coro doctor")
