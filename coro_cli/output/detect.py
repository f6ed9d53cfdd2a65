"""What a stream can show, read from the stream and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

_DEFAULT_WIDTH = 80
# Terminals that draw OSC 8 links, https://github.com/Alhadis/OSC8-Adoption
_LINKING_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby", "WarpTerminal"})
_LINKING_TERMS = frozenset({"xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "contour", "wezterm"})
_LINKING_VARIABLES = (
    "WT_SESSION",
    "KITTY_WINDOW_ID",
    "WEZTERM_PANE",
    "ITERM_SESSION_ID",
    "DOMTERM",
    "GHOSTTY_RESOURCES_DIR",
)


def is_tty(stream: TextIO | None) -> bool:
    """Whether a person reads the stream; a missing or closed one is read by nobody."""
    try:
        return stream is not None and stream.isatty()
    except (ValueError, OSError):
        return False


def is_utf8(stream: TextIO | None) -> bool:
    """Whether the stream encodes as UTF-8; one without an encoding (in memory) takes everything."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return str(encoding).lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")


def colour(env: Mapping[str, str], tty: bool) -> bool:
    """https://no-color.org first, then https://bixense.com/clicolors, then whether it is a capable terminal."""
    if env.get("NO_COLOR"):
        return False
    if env.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return tty and env.get("CLICOLOR") != "0" and env.get("TERM") != "dumb"


def width(stream: TextIO | None, env: Mapping[str, str]) -> int:
    """Columns: `COLUMNS`, else what the terminal says, else 80."""
    said = env.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said[:6]) > 0:
        return int(said[:6])
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH if stream else _DEFAULT_WIDTH
    except (OSError, ValueError, AttributeError):
        return _DEFAULT_WIDTH


def unicode(stream: TextIO | None, env: Mapping[str, str]) -> bool:
    """Whether marks beyond ASCII will be drawn.

    The locale is asked too: under `LC_ALL=C` Python still encodes as UTF-8 (PEP 540), the terminal may not.
    The font of the Linux console holds few symbols.
    """
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or "UTF-8"
    foreign = locale in ("C", "POSIX") or ("." in locale and "utf" not in locale.partition(".")[2].lower())
    return is_utf8(stream) and not foreign and env.get("TERM") != "linux"


def links(env: Mapping[str, str], tty: bool) -> bool:
    """Whether the terminal is known to draw OSC 8 links; `FORCE_HYPERLINK` (`0` or `1`) overrules the table."""
    term = env.get("TERM", "")
    if not tty or term == "dumb":
        return False
    if forced := env.get("FORCE_HYPERLINK"):
        return forced != "0"
    if env.get("TMUX") or env.get("STY") or term.startswith(("screen", "tmux")):
        # What follows would tell of the terminal around the multiplexer, which may not pass links on.
        return False
    return (
        any(env.get(name) for name in _LINKING_VARIABLES)
        or env.get("TERM_PROGRAM", "") in _LINKING_PROGRAMS
        or term in _LINKING_TERMS
        or _number(env, "VTE_VERSION") > 5000  # 0.50.0 itself crashes on a link
        or _number(env, "KONSOLE_VERSION") >= 201200
    )


def _number(env: Mapping[str, str], name: str) -> int:
    said = env.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
