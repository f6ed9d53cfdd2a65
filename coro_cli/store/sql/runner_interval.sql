-- Version 2: how often the runner looks. `coro start --interval` goes before the configuration, and nobody else knows it.

ALTER TABLE runner ADD COLUMN interval REAL;
