-- The store, version 1. Times are seconds since the epoch. The invariants of the contract live here, as constraints:
-- whatever a process believes, the database refuses to start one event twice or one job beside itself.

CREATE TABLE jobs (
    id           TEXT PRIMARY KEY,
    title        TEXT NOT NULL DEFAULT '',
    phase        TEXT NOT NULL DEFAULT '',
    -- parked    waits for events               → queued (event, message, resume, deadline) | cancelled
    -- queued    may be claimed from ready_at   → running | cancelled
    -- running   has exactly one live run       → completed | parked | queued (retry) | failed | interrupted | cancelled
    -- completed, failed, cancelled, interrupted: stopped; `resume` and `retry` may queue it again
    state        TEXT NOT NULL CHECK (state IN
                 ('parked', 'queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted')),
    command      TEXT NOT NULL,               -- JSON array; [] is a job that only waits
    cwd          TEXT NOT NULL,
    env          TEXT NOT NULL DEFAULT '{}',  -- JSON object: PATH, locale, virtual environment and `--env`, nothing else
    repeat       INTEGER NOT NULL DEFAULT 0,
    retries      INTEGER NOT NULL DEFAULT 0,
    on_interrupt TEXT NOT NULL DEFAULT 'hold' CHECK (on_interrupt IN ('hold', 'rerun')),
    ready_at     REAL,                        -- queued: the quiet second of a burst, or the back-off of a retry
    gather_until REAL,                        -- queued: the burst ends here at the latest; NULL while it backs off
    attempt      INTEGER NOT NULL DEFAULT 0,  -- attempts made with the present batch
    runs         INTEGER NOT NULL DEFAULT 0,  -- number of the newest run
    attention    TEXT NOT NULL DEFAULT '',    -- why a person should look
    held         INTEGER NOT NULL DEFAULT 0,  -- the loop guard stopped it: only a person wakes it
    created_at   REAL NOT NULL,
    updated_at   REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX jobs_by_state ON jobs (state, ready_at);
CREATE INDEX jobs_by_update ON jobs (updated_at);
CREATE INDEX jobs_with_attention ON jobs (state) WHERE attention <> '';

CREATE TABLE waits (
    id         INTEGER PRIMARY KEY,
    job        TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    -- open: judged now. next: a running job parked itself again; it opens when that run ends. closed: history.
    state      TEXT NOT NULL CHECK (state IN ('open', 'next', 'closed')),
    refs       TEXT NOT NULL,                 -- JSON array
    patterns   TEXT NOT NULL,                 -- JSON array of full patterns
    "all"      INTEGER NOT NULL DEFAULT 0,
    only       INTEGER NOT NULL DEFAULT 0,
    at_head    INTEGER NOT NULL DEFAULT 0,
    who        TEXT NOT NULL DEFAULT 'trusted',
    match      TEXT NOT NULL DEFAULT '',
    since      REAL NOT NULL,                 -- by the host's clock
    baseline   INTEGER NOT NULL,              -- newest event number when the job last looked
    deadline   REAL,
    satisfied  INTEGER,
    becomes    TEXT NOT NULL DEFAULT '{}',    -- next: what the job itself becomes (command, title …) when the wait opens
    created_at REAL NOT NULL
);
CREATE UNIQUE INDEX waits_one_open ON waits (job) WHERE state = 'open';
CREATE UNIQUE INDEX waits_one_next ON waits (job) WHERE state = 'next';
CREATE INDEX waits_by_job ON waits (job, id);
CREATE INDEX waits_by_deadline ON waits (deadline) WHERE state = 'open' AND deadline IS NOT NULL;

-- The refs of waits that are open or next: what is watched, and whom an event concerns.
CREATE TABLE wait_refs (
    ref  TEXT NOT NULL,
    wait INTEGER NOT NULL REFERENCES waits (id) ON DELETE CASCADE,
    PRIMARY KEY (ref, wait)
) WITHOUT ROWID;
CREATE INDEX wait_refs_by_wait ON wait_refs (wait);

-- What was last seen of each ref, and when (`looked_at` by the host's clock, `read_at` by ours).
CREATE TABLE objects (
    ref        TEXT PRIMARY KEY,
    plugin     TEXT NOT NULL,
    scope      TEXT NOT NULL DEFAULT '',
    family     TEXT NOT NULL DEFAULT '',
    native     TEXT NOT NULL DEFAULT '',
    looked_at  REAL,
    read_at    REAL,
    marker     TEXT NOT NULL DEFAULT '',      -- the change mark of the list entry that was last acted upon
    dirty      INTEGER NOT NULL DEFAULT 0,    -- look again next cycle whatever the list says
    error      TEXT NOT NULL DEFAULT '',
    gone_since REAL,
    -- JSON (domain/packing.py). The last column: what stands behind a long text is slow to come by.
    snapshot   TEXT
) WITHOUT ROWID;
CREATE INDEX objects_due ON objects (plugin, ref) WHERE dirty = 1 OR read_at IS NULL;
CREATE INDEX objects_troubled ON objects (plugin) WHERE error <> '';
CREATE INDEX objects_by_scope ON objects (plugin, scope);
CREATE INDEX objects_by_native ON objects (plugin, native);

-- Every event that ever came in, once, whatever the door. `number` is the order in which coro learned of them.
CREATE TABLE events (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    ref         TEXT NOT NULL,
    login       TEXT NOT NULL DEFAULT '',
    kind        TEXT NOT NULL DEFAULT 'user',
    trust       TEXT NOT NULL DEFAULT 'none',
    occurred_at REAL NOT NULL,
    detected_at REAL NOT NULL,
    source      TEXT NOT NULL,
    title       TEXT NOT NULL DEFAULT '',
    body        TEXT NOT NULL DEFAULT '',
    url         TEXT NOT NULL DEFAULT '',
    data        TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX events_by_ref ON events (ref, number);
CREATE INDEX events_by_detection ON events (detected_at);

-- What one event did to one job. A row is never deleted when it is used up: `run` says which run took it, and the
-- primary key is the promise that one (job, event) starts at most one batch.
CREATE TABLE verdicts (
    job       TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    event     INTEGER NOT NULL REFERENCES events (number),
    wait      INTEGER,
    outcome   TEXT NOT NULL CHECK (outcome IN
              ('woke', 'queued', 'no-job', 'no-match', 'untrusted', 'own-marker', 'before-wait', 'duplicate', 'held')),
    why       TEXT NOT NULL DEFAULT '',
    satisfies INTEGER NOT NULL DEFAULT 0,
    run       INTEGER,                        -- NULL while it is not consumed
    at        REAL NOT NULL,
    PRIMARY KEY (job, event)
) WITHOUT ROWID;
CREATE INDEX verdicts_by_event ON verdicts (event);
CREATE INDEX verdicts_pending ON verdicts (job) WHERE run IS NULL AND outcome IN ('woke', 'queued', 'held');

CREATE TABLE messages (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    job  TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    at   REAL NOT NULL,
    run  INTEGER                              -- NULL while no run has taken it
);
CREATE INDEX messages_by_job ON messages (job, id);

CREATE TABLE runs (
    job          TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,
    -- starting: claimed; its command has not begun. running: `pid` is its process group. The rest are ends;
    -- `abandoned` never began (its claimer died first) and gave its batch back.
    state        TEXT NOT NULL CHECK (state IN
                 ('starting', 'running', 'succeeded', 'failed', 'not-yet', 'interrupted', 'cancelled', 'abandoned')),
    wait         INTEGER,
    baseline     INTEGER NOT NULL,            -- newest event number at the start: what comes later, the run did not know
    since        REAL NOT NULL,               -- the start by the host's clock
    satisfied    INTEGER NOT NULL DEFAULT 0,
    message_only INTEGER NOT NULL DEFAULT 0,
    supervisor   INTEGER,
    pid          INTEGER,
    pid_started  TEXT,                        -- start mark of the process: a recycled pid is somebody else
    exit_code    INTEGER,
    started_at   REAL NOT NULL,
    finished_at  REAL,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX runs_one_live ON runs (job) WHERE state IN ('starting', 'running');
CREATE INDEX runs_live ON runs (state) WHERE state IN ('starting', 'running');

-- The batch of each run; another attempt gets the same batch again.
CREATE TABLE run_events (
    job   TEXT NOT NULL,
    run   INTEGER NOT NULL,
    event INTEGER NOT NULL REFERENCES events (number),
    PRIMARY KEY (job, run, event),
    FOREIGN KEY (job, run) REFERENCES runs (job, number) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX run_events_by_event ON run_events (event);

CREATE TABLE run_messages (
    job     TEXT NOT NULL,
    run     INTEGER NOT NULL,
    message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (job, run, message),
    FOREIGN KEY (job, run) REFERENCES runs (job, number) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX run_messages_by_message ON run_messages (message);

-- What happened to a job besides events: parked, held, interrupted, cancelled …
CREATE TABLE notes (
    id   INTEGER PRIMARY KEY,
    job  TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    at   REAL NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX notes_by_job ON notes (job, id);

-- Poll positions. `value` is the plugin's own (a server time, a page token); it only moves after its events are recorded.
CREATE TABLE cursors (
    plugin TEXT NOT NULL,
    scope  TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (plugin, scope)
) WITHOUT ROWID;

-- Validators of conditional requests. They belong to one token: another one gets other answers.
CREATE TABLE validators (
    plugin        TEXT NOT NULL,
    url           TEXT NOT NULL,
    token         TEXT NOT NULL,              -- a fingerprint, never the token
    etag          TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    at            REAL NOT NULL,
    PRIMARY KEY (plugin, url, token)
) WITHOUT ROWID;

CREATE TABLE plugins (
    name      TEXT PRIMARY KEY,
    state     TEXT NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'ok', 'stub')),
    reason    TEXT NOT NULL DEFAULT '',
    since     REAL,
    me        TEXT NOT NULL DEFAULT '',       -- the token's own login
    skew      REAL NOT NULL DEFAULT 0,        -- the host's clock less ours
    budget    TEXT NOT NULL DEFAULT '{}',     -- JSON: limit, remaining, reset_at …
    polled_at REAL,                           -- the end of the last good cycle
    next_poll REAL,
    interval  REAL,
    cycle     REAL                            -- seconds a cycle takes, by the slow ones
) WITHOUT ROWID;

-- Seconds between an event at the host and its detection here.
CREATE TABLE lags (
    id      INTEGER PRIMARY KEY,
    plugin  TEXT NOT NULL,
    source  TEXT NOT NULL,
    at      REAL NOT NULL,
    seconds REAL NOT NULL
);

-- Webhook deliveries, on disk before they are answered. `handled_at` is set when the delivery has become events.
CREATE TABLE deliveries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    plugin      TEXT NOT NULL,
    delivery    TEXT NOT NULL,                -- the host's own id, or the digest where it sends none
    digest      TEXT NOT NULL,                -- SHA-256 of the raw body
    source      TEXT NOT NULL DEFAULT 'webhook' CHECK (source IN ('webhook', 'relay', 'replay')),
    event       TEXT NOT NULL DEFAULT '',     -- the host's word for what happened
    headers     TEXT NOT NULL,                -- JSON; signature and authorization headers are left out
    body        BLOB NOT NULL,
    secret      TEXT NOT NULL DEFAULT '',     -- name of the secret that matched
    received_at REAL NOT NULL,
    times       INTEGER NOT NULL DEFAULT 1,   -- how often it was delivered
    tries       INTEGER NOT NULL DEFAULT 0,
    handled_at  REAL,
    outcome     TEXT NOT NULL DEFAULT '',     -- what it did, in a word
    refs        TEXT NOT NULL DEFAULT '[]',
    events      TEXT NOT NULL DEFAULT '[]',   -- JSON array of event keys
    UNIQUE (plugin, delivery, digest)
);
CREATE INDEX deliveries_waiting ON deliveries (id) WHERE handled_at IS NULL;

CREATE TABLE runner (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    pid       INTEGER NOT NULL,
    since     REAL NOT NULL,
    heartbeat REAL NOT NULL,
    parallel  INTEGER NOT NULL,
    relay     TEXT NOT NULL DEFAULT ''        -- team mode: connected, down …
);
