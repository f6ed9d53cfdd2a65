"""The script for PowerShell."""

from __future__ import annotations

from coro_cli.output.completion import Line, Verb

_HEAD = """# PowerShell completion for coro: add `coro completion powershell | Out-String | Invoke-Expression` to your $PROFILE
Register-ArgumentCompleter -Native -CommandName coro -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $verbs = @{
"""
_TAIL = """    }
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


def script(line: Line) -> str:
    """The whole script."""
    rows = [f"        '{' '.join(v.path)}' = '{_offered(v)}'" for v in line.verbs]
    values = [f"        '{' '.join(v.path)}:{n}' = '{w.values}'" for v in line.verbs for w in v.options if w.values for n in w.names]
    values += [f"        '{' '.join(v.path)}:' = '{v.argument}'" for v in line.verbs if v.argument]
    words = [f"        '{kind}' = '{' '.join(known)}'" for kind, known in sorted(line.words.items())]
    middle = ["    }", "    $values = @{", *values, "    }", "    $words = @{", *words]
    return _HEAD + "\n".join([*rows, *middle]) + "\n" + _TAIL


def _offered(verb: Verb) -> str:
    return " ".join([*verb.below, *(n for w in verb.options for n in w.names if n.startswith("--"))])
