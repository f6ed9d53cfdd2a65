"""GitHub's GraphQL answers: the part of its published schema that one who watches needs, under its real names."""

