"""Completion scripts for bash, fish, PowerShell and zsh, made from one description of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

SHELLS = ("bash", "zsh", "fish", "powershell")
# Kinds of which several are given with commas between them.
LISTS = ("event",)


@dataclass(frozen=True, slots=True)
class Word:
    """One option. names: all its spellings. values: `""` for a flag, else a kind of value (`job`, `dir`, …) or words."""

    names: tuple[str, ...]
    about: str
    values: str = ""


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. path: `("webhook", "verify")`. argument: the kind of its arguments."""

    path: tuple[str, ...]
    about: str
    options: tuple[Word, ...] = ()
    argument: str = ""
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """The whole command line. words: the words of each kind of value that is a list."""

    verbs: tuple[Verb, ...] = ()
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)


def script(shell: str, line: Line) -> str:
    """The script of one shell."""
    return {"bash": bash, "zsh": zsh, "fish": fish, "powershell": powershell}[shell](line)


# The script for bash (also 3.2 of macOS: no associative arrays).


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


def bash(line: Line) -> str:
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


# The script for fish.


_FISH_HEAD = """# fish completion for coro: put it into ~/.config/fish/completions/coro.fish
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


def fish(line: Line) -> str:
    """The whole script."""
    lists = "".join(f"function __coro_{k}; printf '%s\\n' {' '.join(line.words[k])}; end\n" for k in LISTS if k in line.words)
    return _FISH_HEAD + lists + "".join(f"{row}\n" for verb in line.verbs for row in _rows(verb, line))


def _rows(verb: Verb, line: Line) -> Iterator[str]:
    at = f"__coro_at {' '.join(verb.path)}" if verb.path else "__coro_first 0"
    about = {v.path[-1]: v.about for v in line.verbs if v.path and v.path[:-1] == verb.path}
    for name in verb.below:
        first = f"{at}; and __coro_first {len(verb.path)}" if verb.path else at
        yield f"complete -c coro -n {_quoted(first)} -a {name} -d {_quoted(about.get(name, ''))}"
    for word in verb.options:
        yield f"complete -c coro -n {_quoted(at)} {_option(word, line)} -d {_quoted(word.about)}"
    if verb.argument:
        yield f"complete -c coro -n {_quoted(at)} {_fish_values(verb.argument, line)}"


def _option(word: Word, line: Line) -> str:
    names = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in word.names)
    needs = "-r" if word.values in _FILES else "-x"  # `-r` alone offers files as well
    return f"{names} {needs} {_fish_values(word.values, line)}".rstrip() if word.values else names


def _fish_values(kind: str, line: Line) -> str:
    if kind == "job":
        return "-a '(coro __complete jobs (commandline -ct) 2>/dev/null)'"
    if kind in LISTS:
        return f"-a '(__fish_complete_list , __coro_{kind})'"
    if kind in line.words:
        return f"-a {_quoted(' '.join(line.words[kind]))}"
    return _FILES.get(kind, "")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# The script for PowerShell.


_POWERSHELL_HEAD = """# PowerShell completion for coro: add `coro completion powershell | Out-String | Invoke-Expression` to your $PROFILE
Register-ArgumentCompleter -Native -CommandName coro -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $verbs = @{
"""
_POWERSHELL_TAIL = """    }
    $path = ''
    $previous = ''
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        $word = $element.ToString()
        if ($element.Extent.EndOffset -ge $cursorPosition -and $word -eq $wordToComplete) { break }
        if ($word -eq '--') { return }
        $further = if ($path) { "$path $word" } else { $word }
        if ($verbs.ContainsKey($further)) { $path = $further }
        $previous = $word
    }
    $kind = $values["${path}:$previous"]
    if (-not $kind -and -not $wordToComplete.StartsWith('-')) { $kind = $values["${path}:"] }
    $found = if ($kind -eq 'job') {
        coro __complete jobs $wordToComplete 2>$null | ForEach-Object { $_.Split("`t")[0] }
    } elseif ($kind -and $words.ContainsKey($kind)) { $words[$kind].Split(' ')
    } elseif ($kind) { return
    } else { $verbs[$path].Split(' ') }
    $found | Where-Object { $_ -like "$wordToComplete*" } | Sort-Object -Unique |
        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
"""


def powershell(line: Line) -> str:
    """The whole script."""
    rows = [f"        '{' '.join(v.path)}' = '{_offered(v)}'" for v in line.verbs]
    values = [f"        '{' '.join(v.path)}:{n}' = '{w.values}'" for v in line.verbs for w in v.options if w.values for n in w.names]
    values += [f"        '{' '.join(v.path)}:' = '{v.argument}'" for v in line.verbs if v.argument]
    words = [f"        '{kind}' = '{' '.join(known)}'" for kind, known in sorted(line.words.items())]
    middle = ["    }", "    $values = @{", *values, "    }", "    $words = @{", *words]
    return _POWERSHELL_HEAD + "\n".join([*rows, *middle]) + "\n" + _POWERSHELL_TAIL


def _offered(verb: Verb) -> str:
    return " ".join([*verb.below, *(n for w in verb.options for n in w.names if n.startswith("--"))])


# The script for zsh: `_arguments` per command, with descriptions.


_ZSH_HEAD = """#compdef coro
# zsh completion for coro: put it into a folder of $fpath as `_coro`, or `source` it after compinit.
_coro_job() {
    local -a jobs
    jobs=(${(f)"$(coro __complete jobs "$PREFIX" 2>/dev/null | sed 's/:/\\\\:/g; s/\\t/:/')"})
    _describe -V job jobs
}
"""
_ZSH_TAIL = """
_coro() {
    local context state state_descr line
    typeset -A opt_args
    _coro_at_
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _coro "$@"; else compdef _coro coro; fi
"""


def zsh(line: Line) -> str:
    """The whole script."""
    parts = [_ZSH_HEAD]
    for kind, words in sorted(line.words.items()):
        # `_values -s ,` would put a comma behind every word.
        parts.append(f"_coro_{kind}() {{ {'_sequence -s , ' if kind in LISTS else ''}compadd - {' '.join(words)} }}\n")
    parts += [_function(verb, line) for verb in reversed(line.verbs)]
    return "".join(parts) + _ZSH_TAIL


def _function(verb: Verb, line: Line) -> str:
    rows = [f"        {_zsh_option(word)}" for word in verb.options]
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
    rows = " ".join(_zsh_quoted(f"{name}:{about.get(name, '')}") for name in verb.below)
    inner = "\n".join(f"            {n}) _coro_at_{'_'.join((*verb.path, n))} ;;" for n in verb.below)
    return (
        f"    case $state in\n    verb) local -a verbs; verbs=({rows}); _describe command verbs ;;\n"
        f"    rest)\n        case $line[1] in\n{inner}\n        esac ;;\n    esac\n"
    )


def _zsh_option(word: Word) -> str:
    about = word.about.replace("[", "(").replace("]", ")").replace(":", " -")
    value = f": :{_action(word.values)}" if word.values else ""
    if len(word.names) == 1:
        return _zsh_quoted(f"*{word.names[0]}[{about}]{value}")
    return f"'*'{{{','.join(word.names)}}}{_zsh_quoted(f'[{about}]{value}')}"


def _action(kind: str) -> str:
    return {"dir": "_files -/", "file": "_files", "text": "", "command": "_normal"}.get(kind, f"_coro_{kind}")


def _zsh_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
