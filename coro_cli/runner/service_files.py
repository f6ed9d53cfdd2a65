"""`coro service`: the unit or agent that keeps `coro start` running, for systemd and launchd.

The unit kills only the runner, never its jobs (`KillMode=process`): they live on and are adopted by the next one
(https://www.freedesktop.org/software/systemd/man/latest/systemd.kill.html).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from coro_cli.errors import Conflict, CoroError
from coro_cli.system import paths, subprocesses

NAME = "coro"
LABEL = "dev.coro.runner"


class ServiceFailed(CoroError):
    """The service manager refused."""

    code = "service"


def is_mac() -> bool:
    """Whether launchd is the service manager here."""
    return sys.platform == "darwin"


def path(home: paths.Home) -> Path:
    """Where the unit or agent file belongs. One service a user: its file names its home."""
    if is_mac():
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "systemd" / "user" / f"{NAME}.service"


def is_installed(home: paths.Home) -> bool:
    """Whether its file is there."""
    return path(home).exists()


def text(home: paths.Home) -> str:
    """The file's content for this home and this Python."""
    return _agent(home) if is_mac() else _unit(home)


def _named(home: paths.Home) -> dict[str, str]:
    """What the service needs of our environment: never tokens, they belong into the configuration."""
    kept = {"PATH": os.environ.get("PATH", os.defpath)}
    return kept | ({"CORO_HOME": str(home.state)} if home.state == home.config else {})


def _unit(home: paths.Home) -> str:
    environment = "\n".join(f'Environment="{k}={_systemd(v)}"' for k, v in _named(home).items())
    return f"""[Unit]
Description=coro: resumes parked jobs
Documentation=man:systemd.service(5)
After=network-online.target

[Service]
ExecStart="{_systemd(sys.executable)}" -m coro_cli start --log-format text
{environment}
Restart=on-failure
RestartSec=5
# Only the runner is stopped: running jobs live on, and the next runner adopts them.
KillMode=process
UMask=0077

[Install]
WantedBy=default.target
"""


def _systemd(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "")


def _agent(home: paths.Home) -> str:
    variables = "\n".join(f"    <key>{escape(k)}</key><string>{escape(v)}</string>" for k, v in _named(home).items())
    log = escape(str(home.state / "start.log"))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>{LABEL}</string>
  <key>ProgramArguments</key>
  <array><string>{escape(sys.executable)}</string><string>-m</string><string>coro_cli</string><string>start</string></array>
  <key>EnvironmentVariables</key>
  <dict>
{variables}
  </dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>AbandonProcessGroup</key><true/>
  <key>StandardOutPath</key><string>{log}</string>
  <key>StandardErrorPath</key><string>{log}</string>
</dict>
</plist>
"""


def install(home: paths.Home) -> list[str]:
    """Write the file, enable and start it. Returns remarks for a person."""
    target = path(home)
    if target.exists() and target.read_text(encoding="utf-8") != text(home) and "coro_cli" not in target.read_text(encoding="utf-8"):
        raise Conflict(f"`{target}` is not ours", hint="move it away first")
    target.parent.mkdir(parents=True, exist_ok=True)
    home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.write_text(text(home), encoding="utf-8")
    for words in _enabling(target):
        _call(words)
    return _remarks()


def uninstall(home: paths.Home) -> bool:
    """Stop, disable and remove it; False if it was not there. Running jobs live on."""
    target = path(home)
    if not target.exists():
        return False
    for words in _disabling(target):
        _call(words, must=False)
    target.unlink()
    if not is_mac():
        _call(["systemctl", "--user", "daemon-reload"], must=False)
    return True


def status(home: paths.Home) -> dict[str, object]:
    """Whether it is installed, and what the service manager says of it."""
    words = ["launchctl", "list", LABEL] if is_mac() else ["systemctl", "--user", "is-active", f"{NAME}.service"]
    done = subprocesses.run(words, env=os.environ) if is_installed(home) else None
    active = done is not None and done.good
    return {"installed": is_installed(home), "path": str(path(home)), "active": active}


def _enabling(target: Path) -> list[list[str]]:
    if is_mac():
        return [["launchctl", "load", "-w", str(target)]]
    return [["systemctl", "--user", "daemon-reload"], ["systemctl", "--user", "enable", "--now", f"{NAME}.service"]]


def _disabling(target: Path) -> list[list[str]]:
    return [["launchctl", "unload", "-w", str(target)]] if is_mac() else [["systemctl", "--user", "disable", "--now", f"{NAME}.service"]]


def _call(words: list[str], *, must: bool = True) -> None:
    done = subprocesses.run(words, env=os.environ, seconds=30)
    if must and (done is None or not done.good):
        why = "is not here" if done is None else f"ended with {done.code}"
        raise ServiceFailed(
            f"the file is written, but `{' '.join(words)}` {why}", hint="start it by hand, or leave `coro start` running in a terminal"
        )


def _remarks() -> list[str]:
    user = os.environ.get("USER") or os.environ.get("LOGNAME") or ""
    if is_mac() or os.path.exists(f"/var/lib/systemd/linger/{user}"):
        return []
    return [f"it stops when you log out, unless: loginctl enable-linger {user}".rstrip()]
