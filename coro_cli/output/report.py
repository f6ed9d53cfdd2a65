"""The page that `coro drill --report` writes: a timeline picture per scenario, the promise beside the measurement, no outside assets."""

from __future__ import annotations

import html
import os
import re
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from coro_cli import __version__
from coro_cli.errors import CoroError, UsageError
from coro_cli.output.terminal import clean

# The picture, in pixels: the times, the axis on which the dots lie, and beside it what happened.
WIDTH, ROW, LINE, LEFT, AXIS, TEXT = 900, 26, 17, 64, 260, 350
COLUMNS = 66
_STYLE = """
:root { --ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --ground: #fff; --ok: #1a7f37; --late: #9a6700; --bad: #cf222e;
  --host: #8250df; --you: #1f2328; --coro: #0969da; --command: #1a7f37; --band: #ddf4ff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9198a1; --line: #3d444d; --ground: #0d1117; --ok: #3fb950;
  --late: #d29922; --bad: #f85149; --host: #ab7df8; --you: #e6edf3; --coro: #4493f8; --command: #3fb950; --band: #12304f; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); max-width: 900px; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .3rem; }
.ok { color: var(--ok); } .late { color: var(--late); } .bad { color: var(--bad); } small, dt, footer { color: var(--faint); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
td:first-child, td:nth-child(3), td.n, th.n { white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } svg { display: block; margin: .6rem 0; }
svg text { font: 12px ui-monospace, monospace; fill: var(--ink); } svg .faint { fill: var(--faint); }
svg line { stroke: var(--line); } svg .band { fill: var(--band); } svg .took { fill: var(--coro); }
.host { fill: var(--host) !important; } .you { fill: var(--you) !important; } .coro { fill: var(--coro) !important; }
.command { fill: var(--command) !important; }
dl { display: grid; grid-template-columns: 7rem 1fr; margin: .4rem 0; } dd { margin: 0; }
code { font: 13px ui-monospace, monospace; } code + code { margin-left: 1.2rem; } a { color: inherit; } footer { margin-top: 3rem; }
@media print { h2 { break-after: avoid; } section { break-inside: avoid; } }
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
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime())
    rows = "".join(_summary(s) for s in stories)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>coro drill, {day}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Tabletop drill: {_passed(stories)}</h1>\n"
        f"<p>Played on {day} with coro {__version__}: real processes, a simulated host over real HTTP.</p>\n"
        '<div class="wide"><table><tr><th>scenario</th><th>what happens</th><th>verdict</th>'
        '<th class="n">promised</th><th class="n">measured</th></tr>\n'
        f"{rows}</table></div>\n{''.join(_section(s) for s in stories)}"
        "<footer>Promised is at most; what is measured is said below each picture. There the pale bar is the promise, and the line in "
        "it the measurement.</footer>\n</body></html>\n"
    )


def _passed(stories: Sequence[dict[str, Any]]) -> str:
    late = sum(s["passed"] and s["late"] for s in stories)
    return f"{sum(s['passed'] for s in stories)} of {len(stories)} as promised" + (f", {late} of them late" if late else "")


def _verdict(story: dict[str, Any]) -> tuple[str, str]:
    """Class and word."""
    if not story["passed"]:
        return "bad", "failed"
    return ("late", "late") if story["late"] else ("ok", "as promised")


def _summary(story: dict[str, Any]) -> str:
    style, word = _verdict(story)
    name = _text(story["scenario"])
    cells = (f'<a href="#{name}">{name}</a>', _text(story["title"]), f'<span class="{style}">{word}</span>')
    times = "".join(f'<td class="n">{_seconds(story[key])}</td>' for key in ("promise", "measured"))
    return f"<tr>{''.join(f'<td>{c}</td>' for c in cells)}{times}</tr>\n"


def _section(story: dict[str, Any]) -> str:
    facts = [
        ("failed", f'<span class="bad">{_prose(story["failed"])}</span>' if story["failed"] else ""),
        ("what you see", _prose(story["sees"])),
        ("what helps", "".join(f"<code>{_text(line)}</code>" for line in _lines(story["helps"]))),
    ]  # fmt: skip
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts if value)
    name = _text(story["scenario"])
    return f'<section id="{name}"><h2>{_text(story["title"])}</h2>\n<div class="wide">{picture(story)}</div><dl>{listed}</dl></section>\n'


def picture(story: dict[str, Any]) -> str:
    """The timeline as SVG: a row a moment, its dot where it happened in time; below it the promise and what it took."""
    moments = story["moments"]
    timed = story["since"] is not None and story["measured"] is not None
    ends = [story["since"] + max(story["promise"], story["measured"])] if timed else []
    scale = AXIS / max([m["at"] for m in moments] + ends + [0.1])
    parts: list[str] = []
    y = 18
    for moment in moments:
        lines = textwrap.wrap(clean(moment["text"]), COLUMNS, break_long_words=True) or [""]
        parts += _row(moment, lines, y, LEFT + 10 + scale * moment["at"])
        y += ROW + LINE * (len(lines) - 1)
    if timed:
        parts += _bar(story, y, LEFT + 10 + scale * story["since"], scale)
        y += ROW
    head = f'<svg viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img" aria-label="timeline of {_text(story["scenario"])}">'
    return "\n".join([head, f'<line x1="{LEFT + 10}" y1="4" x2="{LEFT + 10}" y2="{y - 6}"/>', *parts, "</svg>\n"])


def _row(moment: dict[str, Any], lines: list[str], y: float, x: float) -> Iterator[str]:
    who = _text(moment["who"])
    yield f'<text class="faint" x="{LEFT}" y="{y + 4}" text-anchor="end">{moment["at"]:.2f} s</text>'
    yield f'<line x1="{LEFT + 10}" y1="{y}" x2="{x:.1f}" y2="{y}"/><circle class="{who}" cx="{x:.1f}" cy="{y}" r="5"/>'
    yield f'<text class="{who}" x="{TEXT}" y="{y + 4}">{who}</text>'
    yield from (f'<text x="{TEXT + 64}" y="{y + 4 + LINE * n}">{_text(line)}</text>' for n, line in enumerate(lines))


def _bar(story: dict[str, Any], y: float, x: float, scale: float) -> Iterator[str]:
    yield f'<rect class="band" x="{x:.1f}" y="{y - 6}" width="{scale * story["promise"]:.1f}" height="12" rx="2"/>'
    yield f'<rect class="took" x="{x:.1f}" y="{y - 2}" width="{max(scale * story["measured"], 1):.1f}" height="4"/>'
    yield f'<text class="faint" x="{TEXT}" y="{y + 4}">{_text(_timed(story))}</text>'


def markdown(stories: Sequence[dict[str, Any]]) -> str:
    """The same as Markdown, the timelines as code blocks."""
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime())
    lines = [
        f"# Tabletop drill: {_passed(stories)}", "",
        f"Played on {day} with coro {__version__}: real processes, a simulated host over real HTTP.", "",
        "| scenario | what happens | verdict | promised | measured |", "|---|---|---|--:|--:|",
    ]  # fmt: skip
    for s in stories:
        lines.append(f"| {s['scenario']} | {_cell(s['title'])} | {_verdict(s)[1]} | {_seconds(s['promise'])} | {_seconds(s['measured'])} |")
    for s in stories:
        lines += ["", f"## {s['title']}", "", *(f"    {m['at']:6.2f} s  {m['who']:<8} {clean(m['text'])}" for m in s["moments"]), ""]
        facts = (
            ("failed", clean(s["failed"] or "")), ("measured", _timed(s)), ("what you see", clean(s["sees"])),
            ("what helps", ", ".join(f"`{clean(line)}`" for line in _lines(s["helps"]))),
        )  # fmt: skip
        lines += [f"* **{name}**: {value}" for name, value in facts if value]
    return "\n".join(lines) + "\n"


def _timed(story: dict[str, Any]) -> str:
    if story["measured"] is None:
        return ""
    return f"{story['measures']}: {_seconds(story['measured'])}, promised within {_seconds(story['promise'])}"


def _lines(text: str) -> list[str]:
    """The commands of a line that names several, three blanks apart."""
    return [part.strip() for part in text.split("   ") if part.strip()]


def _seconds(value: float | None) -> str:
    return f"{value:.2f} s" if value is not None else ""


def _text(value: Any) -> str:
    return html.escape(clean(str(value or "")))


def _prose(value: Any) -> str:
    """Text with its backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(value))


def _cell(value: str) -> str:
    return clean(value).replace("|", "\\|")
