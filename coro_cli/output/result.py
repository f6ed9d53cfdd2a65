"""What a command hands to `emit` (facts, and which view shows them), and the one JSON document, safe for every terminal."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple


class Result(NamedTuple):
    """The outcome of one command.

    data: what `--json` prints, as one document. view: the human view (`coro_cli.output.views`), `""` for none.
    lines: plain stdout lines for humans, printed before the view (the bare job id). notes: remarks on stderr that
    `--quiet` and `--json` leave out. warnings: on stderr, always.
    """

    data: Any
    view: str = ""
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    exit_code: int = 0


# One JSON document, safe for every stream and every terminal.

# JSON escapes C0 controls by itself. DEL, C1 (0x9b starts an escape sequence), bidi and zero-width characters and lone
# surrogates it leaves as they are; written as escapes they are the same value and harmless on a screen.
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def document(data: Any, *, ascii_only: bool, indent: int | None = None) -> str:
    """`data` as JSON text without a line end. NaN and infinities become null, which every reader can read."""
    try:
        text = json.dumps(data, ensure_ascii=ascii_only, allow_nan=False, indent=indent)
    except ValueError:
        text = json.dumps(_finite(data), ensure_ascii=ascii_only, allow_nan=False, indent=indent)
    return text if text.isascii() and "\x7f" not in text else _UNSAFE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    return data
