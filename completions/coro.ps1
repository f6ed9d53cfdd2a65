# PowerShell completion for coro: add `coro completion powershell | Out-String | Invoke-Expression` to your $PROFILE
Register-ArgumentCompleter -Native -CommandName coro -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $verbs = @{
        '' = 'park start poll jobs show explain logs events resume message wait retry cancel status drill guide completion --home --json --quiet --verbose --help'
        'park' = '--on --all --only --at-head --from --match --since --timeout --repeat --retries --on-interrupt --title --phase --cwd --env --job --no-check --home --json --quiet --verbose --help'
        'start' = '--interval --parallel --log-format --home --json --quiet --verbose --help'
        'poll' = '--job --plugin --dry-run --no-resume --home --json --quiet --verbose --help'
        'jobs' = '--state --ref --limit --home --json --quiet --verbose --help'
        'show' = '--job --home --json --quiet --verbose --help'
        'explain' = '--job --home --json --quiet --verbose --help'
        'logs' = '--job --run --follow --home --json --quiet --verbose --help'
        'events' = '--job --ref --since --limit --home --json --quiet --verbose --help'
        'resume' = '--job --event --message --dry-run --detach --force --home --json --quiet --verbose --help'
        'message' = '--job --no-resume --home --json --quiet --verbose --help'
        'wait' = '--job --timeout --home --json --quiet --verbose --help'
        'retry' = '--job --home --json --quiet --verbose --help'
        'cancel' = '--job --reason --home --json --quiet --verbose --help'
        'status' = '--home --json --quiet --verbose --help'
        'drill' = '--list --home --json --quiet --verbose --help'
        'guide' = '--home --json --quiet --verbose --help'
        'completion' = '--home --json --quiet --verbose --help'
    }
    $values = @{
        ':--home' = 'dir'
        'park:--on' = 'event'
        'park:--from' = 'who'
        'park:--match' = 'text'
        'park:--since' = 'text'
        'park:--timeout' = 'text'
        'park:--retries' = 'text'
        'park:--on-interrupt' = 'interrupt'
        'park:--title' = 'text'
        'park:--phase' = 'text'
        'park:--cwd' = 'dir'
        'park:--env' = 'text'
        'park:--job' = 'job'
        'park:--home' = 'dir'
        'start:--interval' = 'text'
        'start:--parallel' = 'text'
        'start:--log-format' = 'format'
        'start:--home' = 'dir'
        'poll:--job' = 'job'
        'poll:--plugin' = 'event'
        'poll:--home' = 'dir'
        'jobs:--state' = 'state'
        'jobs:--ref' = 'text'
        'jobs:--limit' = 'text'
        'jobs:--home' = 'dir'
        'show:--job' = 'job'
        'show:--home' = 'dir'
        'explain:--job' = 'job'
        'explain:--home' = 'dir'
        'logs:--job' = 'job'
        'logs:--run' = 'text'
        'logs:--home' = 'dir'
        'events:--job' = 'job'
        'events:--ref' = 'text'
        'events:--since' = 'text'
        'events:--limit' = 'text'
        'events:--home' = 'dir'
        'resume:--job' = 'job'
        'resume:--event' = 'event'
        'resume:--message' = 'text'
        'resume:--home' = 'dir'
        'message:--job' = 'job'
        'message:--home' = 'dir'
        'wait:--job' = 'job'
        'wait:--timeout' = 'text'
        'wait:--home' = 'dir'
        'retry:--job' = 'job'
        'retry:--home' = 'dir'
        'cancel:--job' = 'job'
        'cancel:--reason' = 'text'
        'cancel:--home' = 'dir'
        'status:--home' = 'dir'
        'drill:--home' = 'dir'
        'guide:--home' = 'dir'
        'completion:--home' = 'dir'
        'show:' = 'job'
        'explain:' = 'job'
        'logs:' = 'job'
        'resume:' = 'job'
        'wait:' = 'job'
        'retry:' = 'job'
        'cancel:' = 'job'
        'drill:' = 'scenario'
        'guide:' = 'topic'
        'completion:' = 'shell'
    }
    $words = @{
        'event' = 'opened approved changes_requested reviewed review_dismissed commented comment_edited thread_resolved review_requested synchronized ready_for_review converted_to_draft labeled unlabeled assigned unassigned checks_passed checks_failed conflicted merged closed reopened transitioned epic_linked epic_unlinked linked pull_request:opened pull_request:approved pull_request:changes_requested pull_request:reviewed pull_request:review_dismissed pull_request:commented pull_request:comment_edited pull_request:thread_resolved pull_request:review_requested pull_request:synchronized pull_request:ready_for_review pull_request:converted_to_draft pull_request:labeled pull_request:unlabeled pull_request:assigned pull_request:unassigned pull_request:checks_passed pull_request:checks_failed pull_request:conflicted pull_request:merged pull_request:closed pull_request:reopened issue:opened issue:commented issue:comment_edited issue:assigned issue:unassigned issue:labeled issue:unlabeled issue:transitioned issue:epic_linked issue:epic_unlinked issue:linked issue:closed issue:reopened job:message job:resumed job:timeout'
        'format' = 'text json'
        'interrupt' = 'hold rerun'
        'scenario' = 'all approval'
        'shell' = 'bash zsh fish powershell'
        'state' = 'parked queued running completed failed cancelled interrupted live stopped'
        'topic' = 'start waits events commands running configuration hosts webhooks team drills recipes plugins json exit-codes reliability security compared'
        'who' = 'trusted anyone self'
    }
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
