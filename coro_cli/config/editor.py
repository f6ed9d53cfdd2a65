"""An editor on a copy of config.toml: what it leaves is checked before it replaces the file."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from pathlib import Path

from coro_cli.config import file
from coro_cli.errors import ConfigError, CoroError

_NEW = """# Settings of coro: `coro guide configuration` explains them, `coro config show` lists those in force.

# [poll]
# interval = "60s"

# [plugins.work]
# kind = "github"
# api_url = "https://git.acme.dev/api/v3"
# token_env = "WORK_TOKEN"
"""


class EditorFailed(CoroError):
    """The editor failed."""

    code = "editor"


def edit(path: Path) -> bool:
    """Returns whether it was changed. A mistake leaves the file as it was; the text is kept beside it."""
    import subprocess

    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    if not editor or shutil.which(editor[0]) is None:
        raise EditorFailed(f"the editor `{editor[0] if editor else ''}` was not found", hint="EDITOR=nano coro config edit")
    before = path.read_text(encoding="utf-8") if path.exists() else _NEW
    with tempfile.TemporaryDirectory() as folder:  # 0700: the text may hold a token
        copy = Path(folder) / "config.toml"
        copy.write_text(before, encoding="utf-8")
        if subprocess.run([*editor, str(copy)], check=False).returncode != 0:
            raise EditorFailed("the editor failed: nothing was changed", hint=f"the file is `{path}`")
        after = copy.read_text(encoding="utf-8", errors="replace")
    if after == before:
        return False
    try:
        file.replace(path, after)
    except ConfigError as error:
        raise ConfigError(f"nothing was changed: {error.message}", hint=_kept(path, after, error.hint)) from error
    return True


def _kept(path: Path, text: str, hint: str | None) -> str | None:
    """Keep what was refused, for its owner alone: half an hour of editing must not be gone for a missing quote."""
    beside = path.with_name(f"{path.name}.refused")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return hint
    return f"{hint or 'mend it'}; your text is in `{beside}`"
