"""The script for fish."""

from __future__ import annotations

from collections.abc import Iterator

from coro_cli.output.completion import LISTS, Line, Verb, Word

_HEAD = """# fish completion for coro: put it into ~/.config/fish/completions/coro.fish
function __coro_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l path
    for word in $words
        string match -q -- '--' $word; and return 1
        string match -q -- '-*' $word; or set -a path $word
    end
    set -l depth (count $argv)
    test (count $path) -ge $depth; and test "$path[1..$depth]" = "$argv"
end
function __coro_first
    set -l words (commandline -opc)
    set -e words[1]
    test (count (string match -v -- '-*' $words)) -eq $argv[1]
end
complete -c coro -f
"""


_FILES = {"dir": "-a '(__fish_complete_directories)'", "file": "-F", "command": "-F"}


def script(line: Line) -> str:
    """The whole script."""
    lists = "".join(f"function __coro_{k}; printf '%s\\n' {' '.join(line.words[k])}; end\n" for k in LISTS if k in line.words)
    return _HEAD + lists + "".join(f"{row}\n" for verb in line.verbs for row in _rows(verb, line))


def _rows(verb: Verb, line: Line) -> Iterator[str]:
    at = f"__coro_at {' '.join(verb.path)}" if verb.path else "__coro_first 0"
    about = {v.path[-1]: v.about for v in line.verbs if v.path and v.path[:-1] == verb.path}
    for name in verb.below:
        first = f"{at}; and __coro_first {len(verb.path)}" if verb.path else at
        yield f"complete -c coro -n {_quoted(first)} -a {name} -d {_quoted(about.get(name, ''))}"
    for word in verb.options:
        yield f"complete -c coro -n {_quoted(at)} {_option(word, line)} -d {_quoted(word.about)}"
    if verb.argument:
        yield f"complete -c coro -n {_quoted(at)} {_values(verb.argument, line)}"


def _option(word: Word, line: Line) -> str:
    names = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in word.names)
    needs = "-r" if word.values in _FILES else "-x"  # `-r` alone offers files as well
    return f"{names} {needs} {_values(word.values, line)}".rstrip() if word.values else names


def _values(kind: str, line: Line) -> str:
    if kind == "job":
        return "-a '(coro __complete jobs (commandline -ct) 2>/dev/null)'"
    if kind in LISTS:
        return f"-a '(__fish_complete_list , __coro_{kind})'"
    if kind in line.words:
        return f"-a {_quoted(' '.join(line.words[kind]))}"
    return _FILES.get(kind, "")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
