"""Webhook secrets, and the service that keeps `coro start` running."""

from __future__ import annotations

import os
import sys

from coro_cli.health.check import OK, WARNING, Check, Checks, Patient
from coro_cli.running import service_files


def secrets(patient: Patient) -> Checks:
    """Overlaps that end while deliveries still come in on the old secret; secrets past their age."""
    if not patient.home.secrets.exists():
        return
    from coro_cli.webhooks import checkup

    for text, mend in checkup.warnings(patient.home, patient.db):
        yield Check("webhook secrets", WARNING, text, mend)


def service(patient: Patient) -> Checks:
    """Is it installed, and will it live on after logout?"""
    if not service_files.is_installed(patient.home):
        return
    there = service_files.path(patient.home)
    if sys.executable not in there.read_text(encoding="utf-8", errors="replace"):
        yield Check("service", WARNING, f"{there} starts another coro than this one", "coro service install")
    elif not service_files.status(patient.home)["active"]:
        how = "coro service install" if service_files.is_mac() else "systemctl --user start coro; why not: journalctl --user -u coro"
        yield Check("service", WARNING, f"installed, but not active: {there}", how)
    else:
        yield Check("service", OK, f"active: {there}")
    if sys.platform.startswith("linux") and not os.path.exists(f"/var/lib/systemd/linger/{_user()}"):
        yield Check("service", WARNING, "it stops when you log out", f"loginctl enable-linger {_user()}")


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or str(os.getuid())
