"""The list of checks, in the order in which trouble grows: what is broken first explains what follows."""

from __future__ import annotations

from collections.abc import Callable

from coro_cli.doctor import home, hosts
from coro_cli.doctor.home import FAILED, OK, Check, Checks, Patient
from coro_cli.errors import CoroError
from coro_cli.system import paths

ORDER: tuple[Callable[[Patient], Checks], ...] = (
    home.configuration, home.permissions, home.store, home.runner, home.runs, hosts.plugins, hosts.refs,
    hosts.detection, home.secrets, home.service,
)  # fmt: skip


def examine(home: paths.Home, *, fix: bool, tell: Callable[[str], None] = lambda _: None) -> list[Check]:
    """All checks; with `fix` those that are safe to mend are mended, and said so. tell: says what takes its time."""
    patient = Patient(home, tell)
    try:
        found = [check for look in ORDER for check in _kept(look, patient)]
    finally:
        if patient.fleet is not None:
            patient.fleet.close()
        if patient.db is not None and not fix:
            patient.db.close()
    fixed = [_mended(check) if fix and check.fix is not None else check for check in found]
    if patient.db is not None:
        patient.db.close()
    return fixed


def _kept(look: Callable[[Patient], Checks], patient: Patient) -> list[Check]:
    """A check that fails to run is a failed check, never the end of the examination."""
    try:
        return list(look(patient))
    except (CoroError, OSError) as error:
        return [Check(look.__name__, FAILED, f"could not be looked at: {error}")]


def _mended(check: Check) -> Check:
    assert check.fix is not None  # the caller asked
    try:
        check.fix()
    except (CoroError, OSError) as error:
        return Check(check.name, FAILED, f"{check.text}; mending it failed: {error}", check.mend)
    return Check(check.name, OK, f"{check.text}: mended")
