"""The durable half of coro: one SQLite file, its constraints, and the few transactions that move jobs along."""

