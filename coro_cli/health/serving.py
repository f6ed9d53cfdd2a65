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
    yield Check("service", OK, f"installed: {service_files.path(patient.home)}")
    if sys.platform.startswith("linux") and not os.path.exists(f"/var/lib/systemd/linger/{_user()}"):
        yield Check("service", WARNING, "it stops when you log out", f"loginctl enable-linger {_user()}")


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or str(os.getuid())
