"""The only place that prints: one result becomes a table, a picture or a JSON document."""
