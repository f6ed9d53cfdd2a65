"""The page that `coro drill --report` writes: a timeline picture per scenario, the promise beside the measurement, no outside assets."""

from __future__ import annotations

import html
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coro_cli import __version__
from coro_cli.errors import CoroError, UsageError
from coro_cli.output.terminal import clean

WIDTH, ROW, LEFT = 900, 26, 90
COLOURS = {"host": "#8250df", "you": "#1f2328", "coro": "#0969da", "command": "#1a7f37"}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; max-width: 860px; margin: 2rem auto; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .3rem; } .ok { color: #1a7f37; } .bad { color: #cf222e; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #d1d9e0; }
td:first-child, td:nth-child(3), td.n { white-space: nowrap; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; display: block; margin: .6rem 0; }
svg text { font: 12px ui-monospace, monospace; }
dl { margin: .4rem 0; } dt { float: left; width: 6rem; color: #59636e; } dd { margin-left: 6rem; }
code { font: 13px ui-monospace, monospace; margin-right: 1rem; } footer { color: #59636e; margin-top: 3rem; }
@media print { h2 { break-after: avoid; } section { break-inside: avoid; } }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3; } th, td { border-color: #3d444d; }
  svg .axis { stroke: #3d444d; } svg text { fill: #e6edf3; } .ok { color: #3fb950; } .bad { color: #f85149; } }
"""


class ReportFailed(CoroError):
    """The report could not be written."""

    code = "report"


def write(path: str, stories: Sequence[dict[str, Any]]) -> None:
    """Write the page; its ending tells whether it is HTML or Markdown."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in (".html", ".htm", ".md"):
        raise UsageError(f"a report ends in .html or .md, not `{ending or path[-40:]}`", hint="coro drill --report exercise.html")
    text = markdown(stories) if ending == ".md" else page(stories)
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportFailed(f"`{path}` cannot be written: {error.strerror}", hint="name a file in a directory of yours") from error


def page(stories: Sequence[dict[str, Any]]) -> str:
    """The whole HTML page."""
    passed = sum(s["passed"] for s in stories)
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime())
    rows = "".join(_summary(s) for s in stories)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>coro drill, {day}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Tabletop drill: {passed} of {len(stories)} as promised</h1>\n"
        f"<p>Played on {day} with coro {__version__}: real processes, a simulated host over real HTTP.</p>\n"
        "<table><tr><th>scenario</th><th>what happens</th><th>verdict</th><th>promised</th><th>measured</th></tr>\n"
        f"{rows}</table>\n{''.join(_section(s) for s in stories)}"
        "<footer>Promised and measured: seconds from the event to the command's start, where that is the point.</footer>\n</body></html>\n"
    )


def _summary(story: dict[str, Any]) -> str:
    verdict = '<span class="ok">as promised</span>' if story["passed"] else '<span class="bad">failed</span>'
    cells = (_text(story["scenario"]), _text(story["title"]), verdict)
    times = "".join(f'<td class="n">{_seconds(story[key])}</td>' for key in ("promise", "measured"))
    return f"<tr>{''.join(f'<td>{c}</td>' for c in cells)}{times}</tr>\n"


def _section(story: dict[str, Any]) -> str:
    facts = [("you see", _text(story["sees"])), ("it helps", " ".join(f"<code>{_text(line)}</code>" for line in _lines(story["helps"])))]
    if not story["passed"]:
        facts.insert(0, ("failed", f'<span class="bad">{_text(story["failed"])}</span>'))
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts if value)
    return f"<section><h2>{_text(story['title'])}</h2>\n{picture(story)}<dl>{listed}</dl></section>\n"


def picture(story: dict[str, Any]) -> str:
    """The timeline as SVG: a row a moment, its dot where it happened in time."""
    moments = story["moments"]
    span = max([m["at"] for m in moments] + [0.1])
    height = ROW * len(moments) + 20
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-label="timeline">']
    parts.append(f'<line class="axis" x1="{LEFT}" y1="6" x2="{LEFT}" y2="{height - 8}" stroke="#d1d9e0"/>')
    for row, moment in enumerate(moments):
        y, x = ROW * row + 18, LEFT + 130 * moment["at"] / span
        colour = COLOURS.get(moment["who"], "#59636e")
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{moment["at"]:.2f} s</text>')
        parts.append(f'<line class="axis" x1="{LEFT}" y1="{y}" x2="{x:.1f}" y2="{y}" stroke="#d1d9e0"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="{colour}"><title>{_text(moment["text"])}</title></circle>')
        text = moment["text"] if len(moment["text"]) <= 84 else f"{moment['text'][:83]}…"
        words = f'<tspan fill="{colour}">{_text(moment["who"])}</tspan> {_text(text)}'
        parts.append(f'<text x="{LEFT + 148}" y="{y + 4}">{words}</text>')
    return "\n".join(parts) + "</svg>\n"


def markdown(stories: Sequence[dict[str, Any]]) -> str:
    """The same as Markdown, the timelines as code blocks."""
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime())
    lines = [
        f"# Tabletop drill: {sum(s['passed'] for s in stories)} of {len(stories)} as promised", "",
        f"Played on {day} with coro {__version__}.", "",
        "| scenario | what happens | verdict | promised | measured |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for s in stories:
        verdict = "as promised" if s["passed"] else "**failed**"
        lines.append(f"| {s['scenario']} | {_cell(s['title'])} | {verdict} | {_seconds(s['promise'])} | {_seconds(s['measured'])} |")
    for s in stories:
        lines += ["", f"## {s['title']}", "", *(f"    {m['at']:6.2f} s  {m['who']:<8} {clean(m['text'])}" for m in s["moments"]), ""]
        facts = (("Failed", s["failed"]), ("You see", s["sees"]), ("It helps", ", ".join(f"`{line}`" for line in _lines(s["helps"]))))
        lines += [f"{name}: {clean(value)}" for name, value in facts if value]
    return "\n".join(lines) + "\n"


def _lines(text: str) -> list[str]:
    """The commands of a line that names several, three blanks apart."""
    return [part.strip() for part in text.split("   ") if part.strip()]


def _seconds(value: float | None) -> str:
    return f"{value:.2f} s" if value is not None else ""


def _text(value: Any) -> str:
    return html.escape(clean(str(value or "")))


def _cell(value: str) -> str:
    return clean(value).replace("|", "\\|")
