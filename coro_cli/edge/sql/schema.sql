-- Team mode's tables. PostgreSQL 15 or newer. Brought in by `coro edge migrate` in one transaction.
-- Everything that must hold holds here: the edge processes keep no state, and any number of them share these tables.

CREATE TABLE teams (
    name       text PRIMARY KEY,
    rate       double precision NOT NULL DEFAULT 100,  -- deliveries a second that one edge takes; bursts of ten times that
    created_at timestamptz NOT NULL DEFAULT now()
);

-- How a team's deliveries of one plugin are verified. Several rows a plugin: while secrets overlap, each is good.
CREATE TABLE tenant_plugin_webhooks (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id    text NOT NULL REFERENCES teams (name) ON DELETE CASCADE,
    plugin_id  text NOT NULL,
    name       text NOT NULL,
    kind       text NOT NULL,
    algorithm  text NOT NULL CHECK (algorithm IN ('hmac-sha256', 'hmac-sha1', 'none')),
    header     text NOT NULL DEFAULT '',
    format     text NOT NULL DEFAULT '',
    suffix     text NOT NULL DEFAULT '',               -- in the address; never the secret one of a plugin that signs nothing
    secret     bytea NOT NULL,                         -- sealed; the key is not in this database
    valid_from timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,                            -- in the future: the end of an overlap
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (team_id, plugin_id, name)
);

-- What runners show. The token itself is nowhere; 256 random bits need no slow hash.
CREATE TABLE runner_tokens (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team       text NOT NULL REFERENCES teams (name) ON DELETE CASCADE,
    name       text NOT NULL,
    hash       bytea NOT NULL UNIQUE,                  -- SHA-256
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    used_at    timestamptz,
    UNIQUE (team, name)
);

-- Runners that have told what they watch. A delivery about it is kept for them, also while they are away.
CREATE TABLE runners (
    team     text NOT NULL REFERENCES teams (name) ON DELETE CASCADE,
    name     text NOT NULL,
    host     text NOT NULL DEFAULT '',
    watching text[] NOT NULL DEFAULT '{}',
    seen_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (team, name)
);
CREATE INDEX runners_watching ON runners USING gin (watching);

-- Open sockets. The epoch only grows: what a newer connection holds, an older one cannot touch.
CREATE TABLE runner_connections (
    epoch     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team      text NOT NULL REFERENCES teams (name) ON DELETE CASCADE,
    token     bigint NOT NULL REFERENCES runner_tokens (id) ON DELETE CASCADE,
    edge      text NOT NULL,
    runner    text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL DEFAULT now(),
    seen_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX runner_connections_by_runner ON runner_connections (team, runner);

-- Verified deliveries. The row outlives its body: it is what tells a redelivery.
CREATE TABLE deliveries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team        text NOT NULL REFERENCES teams (name) ON DELETE CASCADE,
    plugin      text NOT NULL,
    delivery    text NOT NULL DEFAULT '',              -- the host's own id; no signature covers it
    digest      bytea NOT NULL,                        -- SHA-256 of the raw body
    event       text NOT NULL DEFAULT '',
    headers     jsonb NOT NULL,                        -- without signatures, tokens, cookies
    body        bytea,                                 -- null once every runner it is for has it
    size        integer NOT NULL,
    secret      text NOT NULL DEFAULT '',              -- the name of the one that matched
    refs        text[] NOT NULL DEFAULT '{}',
    times       integer NOT NULL DEFAULT 1,            -- how often it was delivered
    received_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (team, plugin, delivery, digest)
);
CREATE INDEX deliveries_by_time ON deliveries (received_at);

-- To whom a delivery goes: one row for each runner that watches its refs, or one for anybody (runner '').
--   pending ──claimed by a connection, sent, acknowledged after the runner's commit──▶ acked
--   pending ──sent too often without that──▶ parked
CREATE TABLE dispatches (
    delivery   bigint NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    team       text NOT NULL,
    runner     text NOT NULL DEFAULT '',
    state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'acked', 'parked')),
    tries      integer NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL DEFAULT now(),
    connection bigint,                                 -- the epoch that holds it
    claimed_at timestamptz,
    acked_at   timestamptz,
    acked_by   text NOT NULL DEFAULT '',
    PRIMARY KEY (delivery, runner)
);
CREATE INDEX dispatches_free ON dispatches (team, runner, delivery) WHERE state = 'pending' AND connection IS NULL;
CREATE INDEX dispatches_held ON dispatches (connection) WHERE state = 'pending' AND connection IS NOT NULL;
CREATE INDEX dispatches_parked ON dispatches (team) WHERE state = 'parked';
