"""The script for bash (also 3.2 of macOS: no associative arrays)."""

from __future__ import annotations

from coro_cli.output.completion import LISTS, Line, Verb

_HEAD = """# bash completion for coro: `source` it, or put it where bash-completion looks.
_coro_words() { COMPREPLY+=($(compgen -W "$1" -- "$cur")); }
_coro_list() { local head=""; [[ $cur == *,* ]] && head=${cur%,*},; COMPREPLY+=($(compgen -P "$head" -W "$1" -- "${cur##*,}")); }
_coro_value() {
    case $1 in
"""
_MIDDLE = """    job) _coro_words "$(coro __complete jobs "$cur" 2>/dev/null | cut -f1)" ;;
    dir) COMPREPLY+=($(compgen -d -- "$cur")) ;;
    file) COMPREPLY+=($(compgen -f -- "$cur")) ;;
    esac
}
_coro() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb="" word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -- ]]; then
            COMPREPLY=($(compgen -c -- "$cur") $(compgen -f -- "$cur"))
            return
        fi
        case "$verb $word" in
"""
_TAIL = """    esac
}
complete -F _coro coro
"""


def script(line: Line) -> str:
    """The whole script."""
    lines = [_HEAD.rstrip("\n")]
    lines += [f'    {kind}) _coro_{_how(kind)} "{" ".join(words)}" ;;' for kind, words in sorted(line.words.items())]
    lines.append(_MIDDLE.rstrip("\n"))
    paths = "|".join(f'"{" ".join(("", *v.path)) if len(v.path) == 1 else " ".join(v.path)}"' for v in line.verbs if v.path)
    lines += [f"        {paths})", '            verb=${verb:+$verb }$word ;;', "        esac", "    done", '    case "$verb:$prev" in']
    lines += [case for verb in line.verbs for case in _values(verb)]
    lines += ["    esac", '    case "$verb" in']
    lines += [_case(verb) for verb in line.verbs]
    return "\n".join(lines) + "\n" + _TAIL


def _how(kind: str) -> str:
    return "list" if kind in LISTS else "words"


def _values(verb: Verb) -> list[str]:
    name = " ".join(verb.path)
    return [f'    {"|".join(f"{chr(34)}{name}:{o}{chr(34)}" for o in word.names)}) _coro_value {word.values}; return ;;'
            for word in verb.options if word.values]  # fmt: skip


def _case(verb: Verb) -> str:
    options = " ".join(o for word in verb.options for o in word.names if o.startswith("--"))
    rest = f'_coro_words "{" ".join(verb.below)}"' if verb.below else f"_coro_value {verb.argument}" if verb.argument else ":"
    return f'    "{" ".join(verb.path)}") if [[ $cur == -* ]]; then _coro_words "{options}"; else {rest}; fi ;;'
