-- Named statements. Those that carry an invariant say how.

-- ───────────────────────────── jobs

-- name: job_insert
INSERT INTO jobs (id, title, phase, state, command, cwd, env, repeat, retries, on_interrupt, created_at, updated_at)
VALUES (:id, :title, :phase, 'parked', :command, :cwd, :env, :repeat, :retries, :on_interrupt, :now, :now);

-- name: job_get
SELECT * FROM jobs WHERE id = :id;

-- name: job_prefix
SELECT id FROM jobs WHERE id >= :prefix AND id < :prefix || '~' ORDER BY id LIMIT 6;

-- name: jobs_newest
SELECT * FROM jobs ORDER BY updated_at DESC LIMIT :limit;

-- name: jobs_in_state
SELECT * FROM jobs WHERE state = :state ORDER BY updated_at DESC LIMIT :limit;

-- name: jobs_on_ref
SELECT j.* FROM jobs j
WHERE j.id IN (SELECT w.job FROM waits w, json_each(w.refs) r WHERE r.value = :ref COLLATE NOCASE)
ORDER BY j.updated_at DESC LIMIT :limit;

-- name: jobs_live_count
SELECT count(*) AS n FROM jobs WHERE state IN ('parked', 'queued', 'running');

-- name: jobs_needing_person
SELECT id, state, attention FROM jobs
WHERE state IN ('failed', 'interrupted') OR (attention <> '' AND state IN ('parked', 'queued', 'running'))
ORDER BY updated_at DESC LIMIT :limit;

-- name: jobs_needing_attention
SELECT * FROM jobs WHERE attention <> '' AND state IN ('parked', 'queued', 'running', 'failed', 'interrupted') ORDER BY updated_at DESC LIMIT :limit;

-- name: jobs_count
SELECT state, count(*) AS n FROM jobs GROUP BY state;

-- name: job_describe
UPDATE jobs SET title = :title, phase = :phase, command = :command, cwd = :cwd, env = :env, repeat = :repeat,
       retries = :retries, on_interrupt = :on_interrupt, updated_at = :now
WHERE id = :id;

-- Compare-and-set: whoever finds another state than the one expected changes nothing.
-- name: job_move
UPDATE jobs SET state = :state, ready_at = :ready_at, gather_until = :gather_until, updated_at = :now
WHERE id = :id AND state = :expected;

-- name: job_gather
UPDATE jobs SET ready_at = min(max(ready_at, :ready_at), gather_until), updated_at = :now
WHERE id = :id AND state = 'queued' AND gather_until IS NOT NULL;

-- name: job_hurry
UPDATE jobs SET ready_at = :now, gather_until = :now WHERE id = :id AND state = 'queued';

-- name: job_attention
UPDATE jobs SET attention = :attention, held = :held, updated_at = :now WHERE id = :id;

-- name: job_attempt
UPDATE jobs SET attempt = :attempt WHERE id = :id;

-- A job that was queued, or is to be ready, later than can be was so before the clock was set back: it does not wait for that.
-- A cancelled job that was queued again by force waits until its old processes are gone.
-- name: jobs_ready
SELECT id FROM jobs
WHERE state = 'queued' AND (ready_at <= :now OR updated_at > :now + 5 OR ready_at > :now + 610)
  AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = jobs.id AND r.state IN ('starting', 'running'))
ORDER BY ready_at LIMIT :limit;

-- name: job_ready
SELECT id FROM jobs
WHERE id = :id AND state = 'queued' AND (ready_at <= :now OR updated_at > :now + 5 OR ready_at > :now + 610)
  AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = jobs.id AND r.state IN ('starting', 'running'));

-- name: jobs_next_ready
SELECT min(ready_at) AS at FROM jobs WHERE state = 'queued';

-- One transaction claims: the state is compared and set in the same statement, so of many runners one gets a row.
-- name: job_claim
UPDATE jobs SET state = 'running', ready_at = NULL, gather_until = NULL, attention = '', held = 0,
       attempt = attempt + 1, runs = runs + 1, updated_at = :now
WHERE id = :id AND state = 'queued' AND (ready_at <= :now OR updated_at > :now + 5 OR ready_at > :now + 610)
  AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = jobs.id AND r.state IN ('starting', 'running'))
RETURNING *;

-- What this store does not know has happened to the job: a person has to look. The numbers of its runs are used up.
-- name: job_hold
UPDATE jobs SET state = 'parked', ready_at = NULL, gather_until = NULL, attention = :attention, held = 1, runs = :known, updated_at = :now
WHERE id = :id AND state = 'queued' AND runs = :runs;

-- ───────────────────────────── waits

-- name: wait_insert
INSERT INTO waits (job, state, refs, patterns, "all", only, at_head, who, match, since, baseline, deadline, becomes, created_at)
VALUES (:job, :state, :refs, :patterns, :all, :only, :at_head, :who, :match, :since, :baseline, :deadline, :becomes, :now);

-- name: wait_ref_insert
INSERT OR IGNORE INTO wait_refs (ref, wait) VALUES (:ref, :wait);

-- name: wait_get
SELECT * FROM waits WHERE id = :id;

-- name: wait_of_job
SELECT * FROM waits WHERE job = :job AND state = :state;

-- The open one, or the last there was.
-- name: wait_current
SELECT * FROM waits WHERE job = :job ORDER BY state = 'open' DESC, id DESC LIMIT 1;

-- name: waits_of_job
SELECT * FROM waits WHERE job = :job ORDER BY id;

-- name: wait_last
SELECT * FROM waits WHERE job = :job ORDER BY id DESC LIMIT 1;

-- name: waits_on_ref
SELECT w.* FROM wait_refs r JOIN waits w ON w.id = r.wait WHERE r.ref = :ref AND w.state = 'open';

-- name: wait_move
UPDATE waits SET state = :state WHERE id = :id;

-- name: wait_satisfied
UPDATE waits SET satisfied = :satisfied WHERE id = :id;

-- A wait that never opened leaves nothing behind: `wait_last` is then the one that did.
-- name: wait_forget
DELETE FROM waits WHERE job = :job AND state = 'next';

-- name: wait_refs_drop
DELETE FROM wait_refs WHERE wait = :wait;

-- Made before the host had told its time: they began by our clock.
-- name: waits_shift
UPDATE waits SET since = since + :skew
WHERE state <> 'closed' AND id IN (SELECT wait FROM wait_refs WHERE ref >= :low AND ref < :high);

-- name: wait_no_deadline
UPDATE waits SET deadline = NULL WHERE id = :id;

-- Asked every second: CROSS JOIN keeps SQLite from beginning at the parked jobs, which are many.
-- name: waits_due
SELECT w.* FROM waits w CROSS JOIN jobs j ON j.id = w.job
WHERE w.state = 'open' AND w.deadline <= :now AND j.state = 'parked';

-- name: waits_next_deadline
SELECT w.deadline AS at FROM waits w CROSS JOIN jobs j ON j.id = w.job
WHERE w.state = 'open' AND w.deadline IS NOT NULL AND j.state = 'parked' ORDER BY w.deadline LIMIT 1;

-- name: watched
SELECT DISTINCT r.ref, o.plugin, o.scope, o.family, o.native, o.marker, o.dirty, o.looked_at, o.read_at, o.error, o.gone_since
FROM wait_refs r LEFT JOIN objects o ON o.ref = r.ref ORDER BY r.ref;

-- The refs of one plugin (low, high: its name with the character before and after those of a ref), without snapshots.
-- name: watched_at
SELECT r.ref, r.newest, o.scope, o.family, o.native, o.looked_at, o.error
FROM (SELECT ref, max(wait) AS newest FROM wait_refs WHERE ref >= :low AND ref < :high GROUP BY ref) r
LEFT JOIN objects o ON o.ref = r.ref;

-- name: watched_wanted
SELECT r.ref, w.patterns, min(w.since) AS since FROM wait_refs r JOIN waits w ON w.id = r.wait
WHERE r.ref >= :low AND r.ref < :high GROUP BY r.ref, w.patterns;

-- The first ref from here on: which plugins are watched is found by a few leaps, however many refs there are.
-- name: watched_from
SELECT min(ref) AS ref FROM wait_refs WHERE ref >= :low;

-- Whether a parked job of one plugin (low, high as below) says nothing of what ails it.
-- name: plugin_unsaid
SELECT 1 FROM wait_refs r CROSS JOIN waits w ON w.id = r.wait CROSS JOIN jobs j ON j.id = w.job
WHERE r.ref >= :low AND r.ref < :high AND w.state = 'open' AND j.state = 'parked' AND j.held = 0 AND j.attention = '' LIMIT 1;

-- name: ref_watched
SELECT 1 FROM wait_refs WHERE ref = :ref LIMIT 1;

-- name: watched_by_job
SELECT DISTINCT r.ref FROM waits w JOIN wait_refs r ON r.wait = w.id WHERE w.job = :job;

-- ───────────────────────────── objects

-- name: objects_due
SELECT ref FROM objects WHERE plugin = :plugin AND (dirty = 1 OR read_at IS NULL);

-- What tells whether a head's checks are settled, of these refs (a JSON array).
-- name: objects_unsettled
SELECT ref, read_at, state, checks, checked_at, sha IS head AS at_head FROM (
    SELECT o.ref, o.read_at, json_extract(o.snapshot, '$.checks.at') AS checked_at, json_extract(o.snapshot, '$.state') AS state,
           json_extract(o.snapshot, '$.checks.state') AS checks, json_extract(o.snapshot, '$.checks.sha') AS sha,
           json_extract(o.snapshot, '$.head') AS head
    FROM json_each(:refs) j JOIN objects o ON o.ref = j.value WHERE o.snapshot IS NOT NULL);

-- name: objects_troubled
SELECT ref, error, gone_since FROM objects WHERE plugin = :plugin AND error <> '';

-- name: object_get
SELECT * FROM objects WHERE ref = :ref;

-- An older answer never replaces a newer one: two doors may have asked at the same time. (One that is older by a quarter of
-- an hour is no rival: the host's clock was set back.) And it does not take back the mark of a change that it did not see:
-- one of another state, or one that was set after it had been asked for.
-- name: object_seen
INSERT INTO objects (ref, plugin, scope, family, native, snapshot, looked_at, asked_at, read_at, marker, dirty)
VALUES (:ref, :plugin, :scope, :family, :native, :snapshot, :looked_at, :asked, :now, :marker, :dirty)
ON CONFLICT (ref) DO UPDATE SET plugin = excluded.plugin, scope = excluded.scope, family = excluded.family,
    native = excluded.native, snapshot = excluded.snapshot, looked_at = excluded.looked_at, read_at = excluded.read_at,
    asked_at = excluded.asked_at, marker = excluded.marker, error = '', gone_since = NULL,
    dirty = CASE WHEN objects.dirty AND (objects.marker <> excluded.marker OR objects.marked_at BETWEEN :asked + 1e-6 AND :now)
                 THEN 1 ELSE excluded.dirty END
WHERE objects.looked_at IS NULL OR objects.looked_at <= excluded.looked_at OR objects.looked_at > excluded.looked_at + 900;

-- name: object_known
INSERT OR IGNORE INTO objects (ref, plugin, scope, family) VALUES (:ref, :plugin, :scope, :family);

-- A list says the object is not as we last saw it. Set in the transaction that keeps the list's validators.
-- name: object_marked
UPDATE objects SET marker = :marker, dirty = 1 WHERE ref = :ref AND marker <> :marker;

-- name: object_well
UPDATE objects SET error = '', gone_since = NULL WHERE ref = :ref AND error <> '';

-- name: object_dirty
UPDATE objects SET dirty = 1, marked_at = :now WHERE ref = :ref;

-- name: object_error
UPDATE objects SET error = :error, gone_since = CASE WHEN :gone THEN coalesce(gone_since, :now) END WHERE ref = :ref;

-- ───────────────────────────── events and verdicts

-- name: event_insert
INSERT OR IGNORE INTO events (key, name, ref, login, kind, trust, occurred_at, detected_at, source, title, body, url, data)
VALUES (:key, :name, :ref, :login, :kind, :trust, :occurred_at, :now, :source, :title, :body, :url, :data);

-- name: event_number
SELECT number FROM events WHERE key = :key;

-- name: event_by_number
SELECT * FROM events WHERE number = :number;

-- name: event_by_key
SELECT * FROM events WHERE key = :key;

-- What was known at an instant by our clock. (`+`: from the newest down, which is nearly always it; not by the index of times.)
-- name: event_newest_before
SELECT number FROM events WHERE +detected_at < :before ORDER BY number DESC LIMIT 1;

-- What happened to the ref itself. What people and deadlines did to one of its jobs is no other job's business.
-- name: events_on_ref_after
SELECT * FROM events
WHERE ref = :ref AND (number > :baseline OR occurred_at >= :since) AND source NOT IN ('manual', 'runner') ORDER BY number;

-- What deliveries alone have told this job, and no other event was found to be the same as.
-- name: events_loose
SELECT e.* FROM events e CROSS JOIN verdicts v ON v.job = :job AND v.event = e.number
WHERE e.ref = :ref AND e.name = :name AND json_extract(e.data, '$.loose') AND v.outcome IN ('woke', 'queued', 'held')
  AND NOT EXISTS (SELECT 1 FROM verdicts d WHERE d.job = :job AND d.outcome = 'duplicate' AND d.why = :why || e.key)
ORDER BY e.number;

-- name: events_newest
SELECT * FROM events WHERE detected_at >= :since ORDER BY number DESC LIMIT :limit;

-- name: events_newest_on_ref
SELECT * FROM events
WHERE ref IN (SELECT ref FROM objects WHERE ref = :ref COLLATE NOCASE UNION SELECT :ref) AND detected_at >= :since ORDER BY number DESC LIMIT :limit;

-- name: events_of_job
SELECT e.*, v.outcome, v.why, v.run FROM verdicts v JOIN events e ON e.number = v.event
WHERE v.job = :job AND e.detected_at >= :since ORDER BY e.number DESC LIMIT :limit;

-- name: verdicts_of_event
SELECT v.* FROM verdicts v WHERE v.event = :event;

-- A pending or consumed verdict stands for ever; only a "no" may turn into something else.
-- name: verdict_put
INSERT INTO verdicts (job, event, wait, outcome, why, satisfies, at)
VALUES (:job, :event, :wait, :outcome, :why, :satisfies, :now)
ON CONFLICT (job, event) DO UPDATE SET wait = excluded.wait, outcome = excluded.outcome, why = excluded.why,
    satisfies = excluded.satisfies, at = excluded.at
WHERE verdicts.run IS NULL AND verdicts.outcome NOT IN ('woke', 'queued', 'held', 'duplicate');

-- name: verdict_get
SELECT * FROM verdicts WHERE job = :job AND event = :event;

-- name: verdicts_pending
SELECT e.*, v.event, v.satisfies, v.outcome FROM verdicts v JOIN events e ON e.number = v.event
WHERE v.job = :job AND v.run IS NULL AND v.outcome IN ('woke', 'queued', 'held') ORDER BY v.event;

-- name: verdicts_consume
UPDATE verdicts SET run = :run WHERE job = :job AND run IS NULL AND outcome IN ('woke', 'queued', 'held');

-- The messages alone: what has come of an `--all` that is not complete stays for later.
-- name: verdicts_consume_messages
UPDATE verdicts SET run = :run WHERE job = :job AND run IS NULL AND outcome IN ('woke', 'queued', 'held')
  AND (SELECT name FROM events WHERE number = verdicts.event) = 'job:message';

-- What counts towards an `--all`: what waits for its run, and what a run took before all had come.
-- name: verdicts_towards
SELECT e.* FROM verdicts v JOIN events e ON e.number = v.event LEFT JOIN runs r ON r.job = v.job AND r.number = v.run
WHERE v.job = :job AND v.satisfies = 1
  AND ((v.run IS NULL AND v.outcome IN ('woke', 'queued', 'held')) OR (v.wait = :wait AND r.satisfied = 0));

-- name: verdicts_give_back
UPDATE verdicts SET run = NULL WHERE job = :job AND run = :run;

-- A new wait asks anew: what was only waiting for the old one is judged again. A message was for the job, not for its wait.
-- name: verdicts_reset_pending
DELETE FROM verdicts WHERE job = :job AND run IS NULL AND outcome IN ('woke', 'queued', 'held')
  AND (SELECT name FROM events WHERE number = verdicts.event) <> 'job:message';

-- name: verdicts_expire
UPDATE verdicts SET outcome = 'no-job', why = :why WHERE job = :job AND run IS NULL AND outcome IN ('woke', 'queued', 'held');

-- name: verdict_pick
UPDATE verdicts SET outcome = :outcome WHERE job = :job AND event = :event AND run IS NULL;

-- The runs that this actor set off lately, for the loop guard.
-- name: wakes_by_actor
SELECT count(DISTINCT r.number) AS n FROM runs r
JOIN run_events re ON re.job = r.job AND re.run = r.number
JOIN events e ON e.number = re.event
WHERE r.job = :job AND r.started_at >= :since AND r.attempt = 1 AND r.state <> 'abandoned' AND e.login = :login AND e.login <> '';

-- The runs that something without a known actor set off, which happened during an earlier run (by the host's clock, which
-- is cut to seconds): a push or a label of the job's own, perhaps. A check has its result whatever the job does.
-- name: wakes_by_nobody
SELECT count(DISTINCT r.number) AS n FROM runs r
JOIN run_events re ON re.job = r.job AND re.run = r.number
JOIN events e ON e.number = re.event
WHERE r.job = :job AND r.started_at >= :since AND r.attempt = 1 AND r.state <> 'abandoned' AND e.kind = 'ghost'
  AND e.login = :login AND e.name NOT LIKE '%:checks\_%' ESCAPE '\'
  AND EXISTS (SELECT 1 FROM runs o WHERE o.job = r.job AND o.number < r.number
              AND e.occurred_at BETWEEN CAST(o.since AS INTEGER) AND o.since + (o.finished_at - o.started_at));

-- ───────────────────────────── messages and notes

-- name: message_insert
INSERT INTO messages (job, text, at) VALUES (:job, :text, :now);

-- name: messages_pending
SELECT * FROM messages WHERE job = :job AND run IS NULL ORDER BY id;

-- name: messages_of_job
SELECT * FROM messages WHERE job = :job ORDER BY id;

-- name: messages_consume
UPDATE messages SET run = :run WHERE job = :job AND run IS NULL RETURNING id, text;

-- name: messages_give_back
UPDATE messages SET run = NULL WHERE job = :job AND run = :run;

-- name: note_insert
INSERT INTO notes (job, at, text) VALUES (:job, :now, :text);

-- name: notes_of_job
SELECT * FROM notes WHERE job = :job ORDER BY id;

-- ───────────────────────────── runs

-- name: run_insert
INSERT INTO runs (job, number, attempt, state, wait, baseline, since, satisfied, message_only, started_at)
VALUES (:job, :number, :attempt, 'starting', :wait, (SELECT coalesce(max(number), 0) FROM events), :since, :satisfied, :message_only, :now);

-- name: run_get
SELECT * FROM runs WHERE job = :job AND number = :number;

-- name: run_last
SELECT * FROM runs WHERE job = :job ORDER BY number DESC LIMIT 1;

-- name: runs_vain
SELECT count(*) AS n FROM runs WHERE job = :job AND state = 'abandoned'
  AND number > (SELECT coalesce(max(number), 0) FROM runs WHERE job = :job AND state NOT IN ('starting', 'abandoned'));

-- name: runs_of_job
SELECT * FROM runs WHERE job = :job ORDER BY number;

-- name: runs_live
SELECT * FROM runs WHERE state IN ('starting', 'running') ORDER BY started_at;

-- Whoever cancelled has begun to end their processes, and may have died over it.
-- name: runs_outliving
SELECT r.job, r.pid, r.pid_started, j.updated_at AS cancelled_at FROM runs r JOIN jobs j ON j.id = r.job
WHERE r.state = 'running' AND j.state = 'cancelled';

-- name: run_live_of_job
SELECT * FROM runs WHERE job = :job AND state IN ('starting', 'running');

-- name: runs_live_count
SELECT count(*) AS n FROM runs WHERE state IN ('starting', 'running');

-- The supervisor's right to let the command go: lost if the run was cancelled or given back meanwhile.
-- name: run_begin
UPDATE runs SET state = 'running', supervisor = :supervisor, pid = :pid, pid_started = :pid_started
WHERE job = :job AND number = :number AND state = 'starting';

-- name: run_end
UPDATE runs SET state = :state, exit_code = :exit_code, finished_at = :now
WHERE job = :job AND number = :number AND state IN ('starting', 'running');

-- name: run_exit_code
UPDATE runs SET exit_code = :exit_code WHERE job = :job AND number = :number AND exit_code IS NULL;

-- name: run_events_take
INSERT INTO run_events (job, run, event)
SELECT v.job, :run, v.event FROM verdicts v WHERE v.job = :job AND v.run = :run;

-- name: run_messages_take
INSERT INTO run_messages (job, run, message) SELECT job, :run, id FROM messages WHERE job = :job AND run = :run;

-- name: run_events_repeat
INSERT OR IGNORE INTO run_events (job, run, event) SELECT job, :run, event FROM run_events WHERE job = :job AND run = :before;

-- name: run_messages_repeat
INSERT OR IGNORE INTO run_messages (job, run, message) SELECT job, :run, message FROM run_messages WHERE job = :job AND run = :before;

-- name: run_events_of
SELECT e.*, v.outcome, v.why, v.satisfies FROM run_events re JOIN events e ON e.number = re.event
LEFT JOIN verdicts v ON v.job = re.job AND v.event = re.event
WHERE re.job = :job AND re.run = :run ORDER BY e.number;

-- The refs whose end some run of the job was told.
-- name: ends_of_job
SELECT DISTINCT e.ref FROM run_events re JOIN events e ON e.number = re.event
WHERE re.job = :job AND e.name IN ('pull_request:merged', 'pull_request:closed', 'issue:closed');

-- name: run_messages_of
SELECT m.* FROM run_messages rm JOIN messages m ON m.id = rm.message WHERE rm.job = :job AND rm.run = :run ORDER BY m.id;

-- ───────────────────────────── polling

-- What another host has told of them.
-- name: objects_forget
UPDATE objects SET snapshot = NULL, looked_at = NULL, read_at = NULL, asked_at = NULL, native = '', marker = '', error = '', gone_since = NULL
WHERE plugin = :plugin;

-- name: cursors_forget
DELETE FROM cursors WHERE plugin = :plugin;

-- name: cursor_get
SELECT value FROM cursors WHERE plugin = :plugin AND scope = :scope;

-- name: cursor_put
INSERT INTO cursors (plugin, scope, value) VALUES (:plugin, :scope, :value)
ON CONFLICT (plugin, scope) DO UPDATE SET value = excluded.value;

-- name: validators_of_plugin
SELECT url, etag, last_modified FROM validators WHERE plugin = :plugin AND token = :token;

-- name: validator_put
INSERT INTO validators (plugin, url, token, etag, last_modified, at) VALUES (:plugin, :url, :token, :etag, :last_modified, :now)
ON CONFLICT (plugin, url, token) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, at = excluded.at;

-- name: validators_forget
DELETE FROM validators WHERE at < :before;

-- name: plugin_get
SELECT * FROM plugins WHERE name = :name;

-- name: plugins_all
SELECT * FROM plugins ORDER BY name;

-- name: plugin_state
INSERT INTO plugins (name, state, reason, since) VALUES (:name, :state, :reason, :now)
ON CONFLICT (name) DO UPDATE SET since = CASE WHEN plugins.state = excluded.state THEN plugins.since ELSE excluded.since END,
    state = excluded.state, reason = excluded.reason;

-- name: plugin_seen
UPDATE plugins SET me = coalesce(:me, me), skew = :skew, budget = :budget WHERE name = :name;

-- name: plugin_cycle
UPDATE plugins SET polled_at = :now, next_poll = :next_poll, interval = :interval WHERE name = :name;

-- name: plugin_next
UPDATE plugins SET next_poll = :next_poll, interval = :interval WHERE name = :name;

-- name: attention_of_plugin
UPDATE jobs SET attention = :attention
WHERE state = 'parked' AND held = 0 AND attention <> :attention AND (attention = '' OR attention LIKE :mark)
  AND id IN (SELECT w.job FROM wait_refs r JOIN waits w ON w.id = r.wait WHERE r.ref >= :low AND r.ref < :high AND w.state = 'open');

-- What a repository's own trouble does to its jobs.
-- name: attention_of_ref
UPDATE jobs SET attention = :attention
WHERE state = 'parked' AND held = 0 AND attention <> :attention AND (attention = '' OR attention LIKE :mark)
  AND id IN (SELECT w.job FROM wait_refs r JOIN waits w ON w.id = r.wait WHERE r.ref = :ref AND w.state = 'open');

-- name: attention_any
SELECT 1 FROM jobs WHERE state = 'parked' AND attention <> '' AND attention LIKE :mark LIMIT 1;

-- All is well again, but for those whose ref is in trouble of its own.
-- name: attention_over
UPDATE jobs SET attention = ''
WHERE state = 'parked' AND held = 0 AND attention <> '' AND attention LIKE :mark
  AND id IN (SELECT w.job FROM wait_refs r JOIN waits w ON w.id = r.wait WHERE r.ref >= :low AND r.ref < :high AND w.state = 'open')
  AND id NOT IN (SELECT w.job FROM wait_refs r JOIN waits w ON w.id = r.wait JOIN objects o ON o.ref = r.ref
                 WHERE o.error <> '' AND w.state = 'open')
  AND id NOT IN (SELECT w.job FROM plugins p JOIN wait_refs r ON r.ref >= p.name || ':' AND r.ref < p.name || ';'
                 JOIN waits w ON w.id = r.wait WHERE p.state = 'stub' AND w.state = 'open');

-- How long a cycle takes is promised by the slow ones: a slow one is forgotten over the quick ones that follow it.
-- name: plugin_polled
UPDATE plugins SET polled_at = :now, cycle = max(:cycle, coalesce(cycle, 0) / 2) WHERE name = :name;

-- name: lag_insert
INSERT INTO lags (plugin, source, at, seconds) VALUES (:plugin, :source, :now, :seconds);

-- name: lags_newest
SELECT plugin, source, seconds, at FROM lags ORDER BY id DESC LIMIT :limit;

-- ───────────────────────────── the runner

-- name: runner_put
INSERT INTO runner (id, pid, since, heartbeat, parallel, interval) VALUES (1, :pid, :now, :now, :parallel, :interval)
ON CONFLICT (id) DO UPDATE SET pid = excluded.pid, since = excluded.since, heartbeat = excluded.heartbeat,
    parallel = excluded.parallel, interval = excluded.interval, relay = '';

-- name: runner_beat
UPDATE runner SET heartbeat = :now WHERE id = 1;

-- name: runner_settings
UPDATE runner SET parallel = :parallel, interval = :interval WHERE id = 1;

-- name: runner_relay
UPDATE runner SET relay = :relay WHERE id = 1;

-- name: runner_gone
DELETE FROM runner WHERE id = 1;

-- name: runner_get
SELECT * FROM runner WHERE id = 1;

-- ───────────────────────────── pruning

-- name: jobs_old
SELECT id FROM jobs
WHERE state IN ('completed', 'failed', 'cancelled', 'interrupted') AND updated_at < :before
  AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = jobs.id AND r.state IN ('starting', 'running')) LIMIT :limit;

-- name: job_delete
DELETE FROM jobs WHERE id = :id;

-- name: events_prune
DELETE FROM events WHERE number IN (
    SELECT e.number FROM events e WHERE e.detected_at < :before
      AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.event = e.number)
      AND NOT EXISTS (SELECT 1 FROM run_events re WHERE re.event = e.number)
      AND NOT EXISTS (SELECT 1 FROM wait_refs r WHERE r.ref = e.ref) LIMIT 500);

-- name: objects_prune
DELETE FROM objects WHERE coalesce(read_at, 0) < :before AND NOT EXISTS (SELECT 1 FROM wait_refs r WHERE r.ref = objects.ref);

-- name: lags_prune
DELETE FROM lags WHERE id <= (SELECT max(id) FROM lags) - 1000;

-- name: deliveries_prune
DELETE FROM deliveries WHERE handled_at IS NOT NULL AND received_at < :before;

-- ───────────────────────────── deliveries

-- The same delivery again is counted, and handled again only where the first time failed on our side.
-- name: delivery_put
INSERT INTO deliveries (plugin, delivery, digest, source, event, headers, body, secret, received_at)
VALUES (:plugin, :delivery, :digest, :source, :event, :headers, :body, :secret, :now)
ON CONFLICT (plugin, delivery, digest) DO UPDATE SET times = times + 1, secret = excluded.secret,
    handled_at = CASE WHEN outcome IN ('unavailable', 'unreadable', 'no-plugin', 'failed') THEN NULL ELSE handled_at END
RETURNING id, times;

-- name: deliveries_waiting
SELECT * FROM deliveries WHERE handled_at IS NULL ORDER BY id LIMIT :limit;

-- name: deliveries_waiting_count
SELECT count(*) AS n FROM deliveries WHERE handled_at IS NULL;

-- name: delivery_get
SELECT * FROM deliveries WHERE id = :id;

-- name: deliveries_by_host_id
SELECT id, delivery FROM deliveries WHERE delivery = :delivery OR (delivery >= :delivery AND delivery < :delivery || '~')
ORDER BY delivery = :delivery DESC, id DESC LIMIT 3;

-- name: delivery_tried
UPDATE deliveries SET tries = tries + 1 WHERE id = :id;

-- name: delivery_handled
UPDATE deliveries SET handled_at = :now, outcome = :outcome, event = :event, refs = :refs, events = :events WHERE id = :id;

-- The body is not read: it may be 25 MB.
-- name: deliveries_newest
SELECT id, plugin, delivery, digest, source, event, secret, received_at, times, tries, handled_at, outcome, refs, events,
       length(body) AS size
FROM deliveries WHERE received_at >= :since AND (:plugin = '' OR plugin = :plugin) ORDER BY id DESC LIMIT :limit;

-- name: delivery_line
SELECT id, plugin, delivery, digest, source, event, secret, received_at, times, tries, handled_at, outcome, refs, events,
       length(body) AS size
FROM deliveries WHERE id = :id;

-- name: deliveries_by_secret
SELECT plugin, secret, max(received_at) AS at, count(*) AS n FROM deliveries WHERE secret <> '' GROUP BY plugin, secret;
