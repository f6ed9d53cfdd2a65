"""The user's manual: Markdown pages that `coro guide` prints. Tests hold them against the code."""

from __future__ import annotations

import os

FOLDER = os.path.dirname(__file__)
# The order is the order of reading.
TOPICS: dict[str, str] = {
    "start": "A job parked, woken and watched, in two minutes",
    "waits": "What a job can wait for, and who counts",
    "events": "All events, on which host, and their keys",
    "commands": "What a job's command receives, and what its exit code means",
    "running": "The runbook: what is promised, leaving it on, speed, downtime",
    "troubleshooting": "When something is not as it should be",
    "configuration": "config.toml and tokens",
    "environment": "All variables",
    "hosts": "What each host can tell, and the permissions it needs",
    "webhooks": "Deliveries: verify, listen, rotate, replay",
    "team": "Team mode: the edge on PostgreSQL",
    "drills": "Tabletop drills",
    "recipes": "Jobs people run",
    "agents": "Parking an agent: Claude Code, Codex, aider",
    "ci": "In CI and in scripts",
    "plugins": "Writing a plugin for another host",
    "json": "The JSON of every command",
    "exit-codes": "Exit codes",
    "reference": "The help of every command, as it is printed",
    "reliability": "What it survives, as a table",
    "security": "Who can send what, and what it can do",
    "compared": "What coro is not, and how it compares",
}


def page(topic: str) -> str:
    """The Markdown of a topic. KeyError for an unknown one."""
    if topic not in TOPICS:
        raise KeyError(topic)
    with open(os.path.join(FOLDER, f"{topic}.md"), encoding="utf-8") as handle:
        return handle.read()


def written() -> list[str]:
    """The topics whose page is there."""
    return [topic for topic in TOPICS if os.path.exists(os.path.join(FOLDER, f"{topic}.md"))]
