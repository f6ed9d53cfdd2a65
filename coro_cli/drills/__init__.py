"""Tabletop drills: scenarios played in a throw-away home against a simulated host."""

