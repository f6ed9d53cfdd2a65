"""The script for zsh: `_arguments` per command, with descriptions."""

from __future__ import annotations

from coro_cli.output.completion import LISTS, Line, Verb, Word

_HEAD = """#compdef coro
# zsh completion for coro: put it into a folder of $fpath as `_coro`, or `source` it after compinit.
_coro_job() {
    local -a jobs
    jobs=(${(f)"$(coro __complete jobs "$PREFIX" 2>/dev/null | sed 's/:/\\\\:/g; s/\\t/:/')"})
    _describe -V job jobs
}
"""
_TAIL = """
_coro() {
    local context state state_descr line
    typeset -A opt_args
    _coro_at_
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _coro "$@"; else compdef _coro coro; fi
"""


def script(line: Line) -> str:
    """The whole script."""
    parts = [_HEAD]
    for kind, words in sorted(line.words.items()):
        # `_values -s ,` would put a comma behind every word.
        parts.append(f"_coro_{kind}() {{ {'_sequence -s , ' if kind in LISTS else ''}compadd - {' '.join(words)} }}\n")
    parts += [_function(verb, line) for verb in reversed(line.verbs)]
    return "".join(parts) + _TAIL


def _function(verb: Verb, line: Line) -> str:
    rows = [f"        {_option(word)}" for word in verb.options]
    if verb.below:
        rows += ["        '1: :->verb'", "        '*:: :->rest'"]
    else:  # also where nothing can be offered: behind an argument that it does not know of `_arguments` offers no options
        rows.append(f"        '*: :{_action(verb.argument) if verb.argument else ' '}'")
    body = " \\\n".join(["    _arguments -S", *rows])
    name = f"_coro_at_{'_'.join(verb.path)}"
    return f"{name}() {{\n{body}\n{_below(verb, line)}}}\n"


def _below(verb: Verb, line: Line) -> str:
    if not verb.below:
        return ""
    about = {v.path[-1]: v.about for v in line.verbs if v.path[:-1] == verb.path and v.path}
    rows = " ".join(_quoted(f"{name}:{about.get(name, '')}") for name in verb.below)
    inner = "\n".join(f"            {n}) _coro_at_{'_'.join((*verb.path, n))} ;;" for n in verb.below)
    return (
        f"    case $state in\n    verb) local -a verbs; verbs=({rows}); _describe command verbs ;;\n"
        f"    rest)\n        case $line[1] in\n{inner}\n        esac ;;\n    esac\n"
    )


def _option(word: Word) -> str:
    about = word.about.replace("[", "(").replace("]", ")").replace(":", " -")
    value = f": :{_action(word.values)}" if word.values else ""
    if len(word.names) == 1:
        return _quoted(f"*{word.names[0]}[{about}]{value}")
    return f"'*'{{{','.join(word.names)}}}{_quoted(f'[{about}]{value}')}"


def _action(kind: str) -> str:
    return {"dir": "_files -/", "file": "_files", "text": "", "command": "_normal"}.get(kind, f"_coro_{kind}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
