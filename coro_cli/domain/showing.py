"""Outside text in a sentence of ours."""

from __future__ import annotations

import re

LONGEST = 500
_USERINFO = re.compile(r"//[^/@\s]*@")


def show(text: str) -> str:
    """Outside text for an error's sentence: short, printable, without the password of a URL."""
    plain = "".join(c if c.isprintable() and c != "`" else "?" for c in _USERINFO.sub("//", text[:LONGEST]))
    return plain if len(plain) <= 80 else f"{plain[:79]}…"
