"""Team mode: verified deliveries in PostgreSQL, relayed to the team's runners. Behind the `edge` extra."""
