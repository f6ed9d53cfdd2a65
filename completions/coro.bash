# bash completion for coro: `source` it, or put it where bash-completion looks.
_coro_words() { COMPREPLY+=($(compgen -W "$1" -- "$cur")); }
_coro_value() {
    case $1 in
    event) _coro_words "opened approved changes_requested reviewed review_dismissed commented comment_edited thread_resolved review_requested synchronized ready_for_review converted_to_draft labeled unlabeled assigned unassigned checks_passed checks_failed conflicted merged closed reopened transitioned epic_linked epic_unlinked linked pull_request:opened pull_request:approved pull_request:changes_requested pull_request:reviewed pull_request:review_dismissed pull_request:commented pull_request:comment_edited pull_request:thread_resolved pull_request:review_requested pull_request:synchronized pull_request:ready_for_review pull_request:converted_to_draft pull_request:labeled pull_request:unlabeled pull_request:assigned pull_request:unassigned pull_request:checks_passed pull_request:checks_failed pull_request:conflicted pull_request:merged pull_request:closed pull_request:reopened issue:opened issue:commented issue:comment_edited issue:assigned issue:unassigned issue:labeled issue:unlabeled issue:transitioned issue:epic_linked issue:epic_unlinked issue:linked issue:closed issue:reopened job:message job:resumed job:timeout" ;;
    format) _coro_words "text json" ;;
    interrupt) _coro_words "hold rerun" ;;
    scenario) _coro_words "all approval" ;;
    shell) _coro_words "bash zsh fish powershell" ;;
    state) _coro_words "parked queued running completed failed cancelled interrupted live stopped" ;;
    topic) _coro_words "start waits events commands running configuration hosts webhooks team drills recipes plugins json exit-codes reliability security compared" ;;
    who) _coro_words "trusted anyone self" ;;
    job) _coro_words "$(coro __complete jobs "$cur" 2>/dev/null | cut -f1)" ;;
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
        " park"|" start"|" poll"|" jobs"|" show"|" explain"|" logs"|" events"|" resume"|" message"|" wait"|" retry"|" cancel"|" status"|" drill"|" guide"|" completion")
            verb=${verb:+$verb }$word ;;
        esac
    done
    case "$verb:$prev" in
    ":--home") _coro_value dir; return ;;
    "park:--on") _coro_value event; return ;;
    "park:--from") _coro_value who; return ;;
    "park:--match") _coro_value text; return ;;
    "park:--since") _coro_value text; return ;;
    "park:--timeout") _coro_value text; return ;;
    "park:--retries") _coro_value text; return ;;
    "park:--on-interrupt") _coro_value interrupt; return ;;
    "park:--title") _coro_value text; return ;;
    "park:--phase") _coro_value text; return ;;
    "park:--cwd") _coro_value dir; return ;;
    "park:--env") _coro_value text; return ;;
    "park:--job") _coro_value job; return ;;
    "park:--home") _coro_value dir; return ;;
    "start:--interval") _coro_value text; return ;;
    "start:--parallel") _coro_value text; return ;;
    "start:--log-format") _coro_value format; return ;;
    "start:--home") _coro_value dir; return ;;
    "poll:--job") _coro_value job; return ;;
    "poll:--plugin") _coro_value event; return ;;
    "poll:--home") _coro_value dir; return ;;
    "jobs:--state") _coro_value state; return ;;
    "jobs:--ref") _coro_value text; return ;;
    "jobs:--limit") _coro_value text; return ;;
    "jobs:--home") _coro_value dir; return ;;
    "show:--job") _coro_value job; return ;;
    "show:--home") _coro_value dir; return ;;
    "explain:--job") _coro_value job; return ;;
    "explain:--home") _coro_value dir; return ;;
    "logs:--job") _coro_value job; return ;;
    "logs:--run") _coro_value text; return ;;
    "logs:--home") _coro_value dir; return ;;
    "events:--job") _coro_value job; return ;;
    "events:--ref") _coro_value text; return ;;
    "events:--since") _coro_value text; return ;;
    "events:--limit") _coro_value text; return ;;
    "events:--home") _coro_value dir; return ;;
    "resume:--job") _coro_value job; return ;;
    "resume:--event") _coro_value event; return ;;
    "resume:--message") _coro_value text; return ;;
    "resume:--home") _coro_value dir; return ;;
    "message:--job") _coro_value job; return ;;
    "message:--home") _coro_value dir; return ;;
    "wait:--job") _coro_value job; return ;;
    "wait:--timeout") _coro_value text; return ;;
    "wait:--home") _coro_value dir; return ;;
    "retry:--job") _coro_value job; return ;;
    "retry:--home") _coro_value dir; return ;;
    "cancel:--job") _coro_value job; return ;;
    "cancel:--reason") _coro_value text; return ;;
    "cancel:--home") _coro_value dir; return ;;
    "status:--home") _coro_value dir; return ;;
    "drill:--home") _coro_value dir; return ;;
    "guide:--home") _coro_value dir; return ;;
    "completion:--home") _coro_value dir; return ;;
    esac
    case "$verb" in
    "") if [[ $cur == -* ]]; then _coro_words "--home --json --quiet --verbose --help"; else _coro_words "park start poll jobs show explain logs events resume message wait retry cancel status drill guide completion"; fi ;;
    "park") if [[ $cur == -* ]]; then _coro_words "--on --all --only --at-head --from --match --since --timeout --repeat --retries --on-interrupt --title --phase --cwd --env --job --no-check --home --json --quiet --verbose --help"; else :; fi ;;
    "start") if [[ $cur == -* ]]; then _coro_words "--interval --parallel --log-format --home --json --quiet --verbose --help"; else :; fi ;;
    "poll") if [[ $cur == -* ]]; then _coro_words "--job --plugin --dry-run --no-resume --home --json --quiet --verbose --help"; else :; fi ;;
    "jobs") if [[ $cur == -* ]]; then _coro_words "--state --ref --limit --home --json --quiet --verbose --help"; else :; fi ;;
    "show") if [[ $cur == -* ]]; then _coro_words "--job --home --json --quiet --verbose --help"; else _coro_value job; fi ;;
    "explain") if [[ $cur == -* ]]; then _coro_words "--job --home --json --quiet --verbose --help"; else _coro_value job; fi ;;
    "logs") if [[ $cur == -* ]]; then _coro_words "--job --run --follow --home --json --quiet --verbose --help"; else _coro_value job; fi ;;
    "events") if [[ $cur == -* ]]; then _coro_words "--job --ref --since --limit --home --json --quiet --verbose --help"; else :; fi ;;
    "resume") if [[ $cur == -* ]]; then _coro_words "--job --event --message --dry-run --detach --force --home --json --quiet --verbose --help"; else _coro_value job; fi ;;
    "message") if [[ $cur == -* ]]; then _coro_words "--job --no-resume --home --json --quiet --verbose --help"; else :; fi ;;
    "wait") if [[ $cur == -* ]]; then _coro_words "--job --timeout --home --json --quiet --verbose --help"; else _coro_value job; fi ;;
    "retry") if [[ $cur == -* ]]; then _coro_words "--job --home --json --quiet --verbose --help"; else _coro_value job; fi ;;
    "cancel") if [[ $cur == -* ]]; then _coro_words "--job --reason --home --json --quiet --verbose --help"; else _coro_value job; fi ;;
    "status") if [[ $cur == -* ]]; then _coro_words "--home --json --quiet --verbose --help"; else :; fi ;;
    "drill") if [[ $cur == -* ]]; then _coro_words "--list --home --json --quiet --verbose --help"; else _coro_value scenario; fi ;;
    "guide") if [[ $cur == -* ]]; then _coro_words "--home --json --quiet --verbose --help"; else _coro_value topic; fi ;;
    "completion") if [[ $cur == -* ]]; then _coro_words "--home --json --quiet --verbose --help"; else _coro_value shell; fi ;;
    esac
}
complete -F _coro coro
