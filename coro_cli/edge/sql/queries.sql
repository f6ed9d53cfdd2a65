-- Named statements. Those that carry an invariant say how.

-- ───────────────────────────── teams

-- name: team_add
INSERT INTO teams (name, rate) VALUES (%(name)s, %(rate)s) ON CONFLICT DO NOTHING RETURNING name;

-- name: team_get
SELECT * FROM teams WHERE name = %(name)s;

-- name: teams_all
SELECT t.name, t.rate, t.created_at,
       (SELECT count(*) FROM tenant_plugin_webhooks w WHERE w.team_id = t.name AND (w.retired_at IS NULL OR w.retired_at > now())) AS webhooks,
       (SELECT count(*) FROM runner_tokens k WHERE k.team = t.name AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())) AS tokens,
       (SELECT count(*) FROM runner_connections c WHERE c.team = t.name) AS connected,
       (SELECT count(*) FROM dispatches d WHERE d.team = t.name AND d.state = 'pending') AS pending,
       (SELECT count(*) FROM dispatches d WHERE d.team = t.name AND d.state = 'parked') AS parked
FROM teams t ORDER BY t.name;

-- name: team_remove
DELETE FROM teams WHERE name = %(name)s RETURNING name;

-- ───────────────────────────── tokens

-- name: token_add
INSERT INTO runner_tokens (team, name, hash, expires_at)
VALUES (%(team)s, %(name)s, %(hash)s, now() + %(seconds)s * interval '1 second')
ON CONFLICT DO NOTHING RETURNING *;

-- The name of a token that is good for nothing is free again. Its sockets go with the row.
-- name: token_free
DELETE FROM runner_tokens WHERE team = %(team)s AND name = %(name)s AND (revoked_at IS NOT NULL OR expires_at <= now());

-- name: token_names
SELECT name FROM runner_tokens WHERE team = %(team)s;

-- name: tokens_of_team
SELECT name, created_at, expires_at, revoked_at, used_at FROM runner_tokens WHERE team = %(team)s ORDER BY created_at, id;

-- name: token_revoke
UPDATE runner_tokens SET revoked_at = coalesce(revoked_at, now()) WHERE team = %(team)s AND name = %(name)s RETURNING name;

-- name: token_use
UPDATE runner_tokens SET used_at = now()
WHERE hash = %(hash)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) RETURNING id, team, name;

-- ───────────────────────────── webhooks

-- name: webhook_add
INSERT INTO tenant_plugin_webhooks (team_id, plugin_id, name, kind, algorithm, header, format, suffix, secret)
VALUES (%(team)s, %(plugin)s, %(name)s, %(kind)s, %(algorithm)s, %(header)s, %(format)s, %(suffix)s, %(secret)s)
ON CONFLICT DO NOTHING RETURNING name;

-- name: webhook_free
DELETE FROM tenant_plugin_webhooks WHERE team_id = %(team)s AND plugin_id = %(plugin)s AND name = %(name)s AND retired_at <= now();

-- name: webhooks_of_plugin
SELECT * FROM tenant_plugin_webhooks WHERE team_id = %(team)s AND plugin_id = %(plugin)s ORDER BY created_at DESC, id DESC;

-- name: webhooks_of_team
SELECT * FROM tenant_plugin_webhooks WHERE team_id = %(team)s ORDER BY plugin_id, created_at DESC, id DESC;

-- name: webhooks_overlap
UPDATE tenant_plugin_webhooks SET retired_at = least(retired_at, now() + %(seconds)s * interval '1 second')
WHERE team_id = %(team)s AND plugin_id = %(plugin)s AND (retired_at IS NULL OR retired_at > now()) RETURNING name, retired_at;

-- name: webhook_retire
UPDATE tenant_plugin_webhooks SET retired_at = least(retired_at, now())
WHERE team_id = %(team)s AND plugin_id = %(plugin)s AND name = %(name)s RETURNING name;

-- name: webhooks_live
SELECT team_id, plugin_id, name, secret FROM tenant_plugin_webhooks WHERE retired_at IS NULL OR retired_at > now() ORDER BY id;

-- How long each is good is told by this server's clock, in seconds: those of the edges may be wrong.
-- name: webhooks_to_verify
SELECT w.*, t.rate, extract(epoch FROM w.created_at)::float8 AS created, extract(epoch FROM w.retired_at - now())::float8 AS left
FROM tenant_plugin_webhooks w JOIN teams t ON t.name = w.team_id
WHERE w.team_id = %(team)s AND w.plugin_id = %(plugin)s AND w.valid_from <= now()
  AND (w.retired_at IS NULL OR w.retired_at > now() - interval '7 days')
ORDER BY w.created_at DESC, w.id DESC;

-- ───────────────────────────── deliveries

-- The delivery and to whom it goes, in one statement. A redelivery finds its row and aims nothing: it is counted.
-- What the host sends once more is there once; where it was parked aside, it is tried again.
-- name: delivery_insert
WITH fresh AS (
    INSERT INTO deliveries (team, plugin, delivery, digest, event, headers, body, size, secret, refs)
    VALUES (%(team)s, %(plugin)s, %(delivery)s, %(digest)s, %(event)s, %(headers)s, %(body)s, %(size)s, %(secret)s, %(refs)s)
    ON CONFLICT (team, plugin, delivery, digest) DO UPDATE SET times = deliveries.times + 1
    RETURNING id, times, team
), watchers AS (
    SELECT r.name FROM runners r
    WHERE r.team = %(team)s AND r.watching && %(refs)s AND r.seen_at > now() - interval '7 days'
), aimed AS (
    INSERT INTO dispatches (delivery, team, runner)
    SELECT f.id, f.team, w.name FROM fresh f
    CROSS JOIN (SELECT name FROM watchers UNION ALL SELECT '' WHERE NOT EXISTS (SELECT 1 FROM watchers)) w
    WHERE f.times = 1
    RETURNING 1
), again AS (
    UPDATE dispatches d SET state = 'pending', tries = 0, due_at = now() FROM fresh f
    WHERE d.delivery = f.id AND f.times > 1 AND d.state = 'parked' RETURNING 1
)
SELECT id, times, (SELECT array_agg(name) FROM watchers) AS aimed FROM fresh;

-- name: delivery_get
SELECT id, team, plugin, delivery, encode(digest, 'hex') AS digest, event, headers, body, size, secret, refs, times, received_at
FROM deliveries WHERE id = %(id)s;

-- name: dispatches_of_delivery
SELECT * FROM dispatches WHERE delivery = %(id)s ORDER BY runner;

-- name: deliveries_listed
SELECT v.id, v.team, v.plugin, v.delivery, v.event, v.size, v.refs, v.times, v.received_at,
       coalesce(max(d.tries), 0) AS tries,
       CASE WHEN bool_or(d.state = 'parked') THEN 'parked' WHEN bool_or(d.state = 'pending') THEN 'pending' ELSE 'acked' END AS state
FROM deliveries v LEFT JOIN dispatches d ON d.delivery = v.id
WHERE (%(team)s::text IS NULL OR v.team = %(team)s)
GROUP BY v.id
HAVING %(state)s::text IS NULL
    OR CASE WHEN bool_or(d.state = 'parked') THEN 'parked' WHEN bool_or(d.state = 'pending') THEN 'pending' ELSE 'acked' END = %(state)s
ORDER BY v.id DESC LIMIT %(limit)s;

-- name: dispatches_retry
UPDATE dispatches SET state = 'pending', tries = 0, due_at = now(), connection = NULL, claimed_at = NULL
WHERE delivery = %(id)s AND state IN ('parked', 'acked')
  AND EXISTS (SELECT 1 FROM deliveries v WHERE v.id = %(id)s AND v.body IS NOT NULL) RETURNING team, runner;

-- ───────────────────────────── connections

-- name: connection_open
INSERT INTO runner_connections (team, token, edge) VALUES (%(team)s, %(token)s, %(edge)s) RETURNING epoch;

-- name: runner_put
INSERT INTO runners (team, name, host, watching) VALUES (%(team)s, %(name)s, %(host)s, %(watching)s)
ON CONFLICT (team, name) DO UPDATE SET host = excluded.host, watching = excluded.watching, seen_at = now();

-- name: connection_named
UPDATE runner_connections SET runner = %(runner)s WHERE epoch = %(epoch)s RETURNING epoch;

-- The same runner has come again: whatever its older sockets held is free at once, and their claim to it is void.
-- name: connections_superseded
DELETE FROM runner_connections WHERE team = %(team)s AND runner = %(runner)s AND epoch < %(epoch)s RETURNING epoch;

-- A connection that is not returned has lost its token, its team or its row: its socket is closed.
-- name: connections_alive
WITH alive AS (
    UPDATE runner_connections c SET seen_at = now() FROM runner_tokens t
    WHERE c.epoch = ANY(%(epochs)s) AND t.id = c.token AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
    RETURNING c.epoch, c.team, c.runner
), seen AS (
    UPDATE runners r SET seen_at = now() FROM alive a WHERE r.team = a.team AND r.name = a.runner AND a.runner <> ''
)
SELECT epoch FROM alive;

-- name: tokens_good
SELECT id FROM runner_tokens WHERE id = ANY(%(ids)s) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now());

-- name: connections_closed
DELETE FROM runner_connections WHERE epoch = ANY(%(epochs)s);

-- An edge that died took its sockets with it.
-- name: connections_stale
DELETE FROM runner_connections WHERE seen_at < now() - %(seconds)s * interval '1 second' RETURNING epoch;

-- ───────────────────────────── the relay

-- Of many connections that ask at once each gets other rows, and nobody waits for anybody. suspects: what was lost a few
-- times already is sent alone, so that the one that kills runners takes no others with it.
-- name: dispatches_claim
WITH free AS (
    SELECT d.delivery, d.runner FROM dispatches d
    WHERE d.team = %(team)s AND d.runner = ANY(%(runners)s) AND d.state = 'pending' AND d.connection IS NULL AND d.due_at <= now()
      AND (d.tries >= 3) = %(suspects)s
      AND EXISTS (SELECT 1 FROM runner_connections c WHERE c.epoch = %(epoch)s)
    ORDER BY d.delivery LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE dispatches d SET connection = %(epoch)s, claimed_at = now(), tries = d.tries + 1
FROM free WHERE d.delivery = free.delivery AND d.runner = free.runner
RETURNING d.delivery, d.runner, d.tries, (SELECT v.size FROM deliveries v WHERE v.id = d.delivery) AS size;

-- name: frames_read
SELECT id, plugin, headers, body, received_at FROM deliveries WHERE id = ANY(%(ids)s) ORDER BY id;

-- Only what this very connection holds, or nobody: an old one cannot settle what a newer one was given.
-- name: dispatches_ack
UPDATE dispatches SET state = 'acked', acked_at = now(), acked_by = %(by)s, connection = NULL
WHERE delivery = ANY(%(ids)s) AND team = %(team)s AND runner = ANY(%(runners)s) AND state = 'pending'
  AND (connection = %(epoch)s OR connection IS NULL) RETURNING delivery;

-- Bodies are not kept longer than somebody needs them.
-- name: bodies_drop
UPDATE deliveries v SET body = NULL WHERE v.id = ANY(%(ids)s)
  AND NOT EXISTS (SELECT 1 FROM dispatches d WHERE d.delivery = v.id AND d.state <> 'acked');

-- Claims whose connection is gone. fault: 1 where the try counts against the delivery.
-- name: dispatches_release
UPDATE dispatches SET connection = NULL, claimed_at = NULL, tries = tries - 1 + %(fault)s,
    state = CASE WHEN tries - 1 + %(fault)s >= %(most)s THEN 'parked' ELSE 'pending' END,
    due_at = now() + CASE WHEN %(fault)s = 0 THEN interval '0' ELSE least(power(2, tries - 1), 600) * interval '0.05 second' END
WHERE connection = ANY(%(epochs)s) AND state = 'pending' RETURNING team;

-- Sent, and no word for too long: somebody else (or the same one again) shall have it.
-- name: dispatches_overdue
UPDATE dispatches SET connection = NULL, claimed_at = NULL,
    state = CASE WHEN tries >= %(most)s THEN 'parked' ELSE 'pending' END,
    due_at = now() + least(power(2, tries - 1), 600) * interval '0.05 second'
WHERE connection = ANY(%(epochs)s) AND state = 'pending' AND claimed_at < now() - %(seconds)s * interval '1 second'
RETURNING delivery, team, state;

-- name: dispatches_unsent
UPDATE dispatches SET connection = NULL, claimed_at = NULL, tries = tries - 1
WHERE connection = %(epoch)s AND state = 'pending' AND delivery <> ALL(%(sent)s::bigint[]);

-- Claims of connections that have no row any more (an edge died between two statements).
-- name: dispatches_orphaned
SELECT DISTINCT d.connection AS epoch FROM dispatches d
WHERE d.state = 'pending' AND d.connection IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM runner_connections c WHERE c.epoch = d.connection);

-- What was for a runner that has not come back is for anybody; where several have not, one of them leaves it to anybody.
-- name: dispatches_inherit
UPDATE dispatches d SET runner = '' WHERE d.state = 'pending' AND d.connection IS NULL AND d.runner <> ''
  AND NOT EXISTS (SELECT 1 FROM runners r WHERE r.team = d.team AND r.name = d.runner AND r.seen_at > now() - %(seconds)s * interval '1 second')
  AND NOT EXISTS (
      SELECT 1 FROM dispatches o WHERE o.delivery = d.delivery AND o.runner <> d.runner
        AND (o.state <> 'pending' OR o.runner < d.runner OR EXISTS (
            SELECT 1 FROM runners r WHERE r.team = o.team AND r.name = o.runner AND r.seen_at > now() - %(seconds)s * interval '1 second')))
RETURNING d.team;

-- A runner that is gone for a week is not kept anything for any more; what another has had is nobody's then.
-- name: dispatches_give_up
UPDATE dispatches d SET state = 'acked', acked_at = now(), acked_by = '' WHERE d.state = 'pending' AND d.connection IS NULL AND d.runner <> ''
  AND NOT EXISTS (SELECT 1 FROM runners r WHERE r.team = d.team AND r.name = d.runner AND r.seen_at > now() - interval '7 days')
  AND EXISTS (SELECT 1 FROM dispatches o WHERE o.delivery = d.delivery AND o.runner <> d.runner AND o.state = 'acked')
RETURNING d.delivery;

-- name: teams_waiting
SELECT DISTINCT team FROM dispatches WHERE state = 'pending' AND connection IS NULL AND due_at <= now();

-- ───────────────────────────── upkeep

-- The memory of what was had. What nobody has had yet is kept until somebody has.
-- name: deliveries_forget
DELETE FROM deliveries WHERE id IN (
    SELECT v.id FROM deliveries v WHERE v.received_at < now() - %(seconds)s * interval '1 second'
      AND NOT EXISTS (SELECT 1 FROM dispatches d WHERE d.delivery = v.id AND d.state <> 'acked')
    ORDER BY v.id LIMIT 5000);

-- name: runners_forget
DELETE FROM runners WHERE seen_at < now() - interval '30 days';

-- name: notify
SELECT pg_notify('coro_edge', word) FROM unnest(%(words)s::text[]) AS word;

-- name: alive
SELECT (SELECT max(version) FROM schema_version) AS version;

-- name: gauges
SELECT (SELECT count(*) FROM dispatches WHERE state = 'pending') AS pending,
       (SELECT count(*) FROM dispatches WHERE state = 'parked') AS parked,
       (SELECT coalesce(extract(epoch FROM now() - min(v.received_at)), 0)::float8 FROM dispatches d JOIN deliveries v ON v.id = d.delivery
        WHERE d.state = 'pending') AS oldest,
       (SELECT count(*) FROM runner_connections) AS connections;
