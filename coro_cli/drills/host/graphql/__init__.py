"""A small GraphQL engine for simulated hosts: parse, check against a schema, run over resolvers.

It knows what clients send to watch a host: queries with variables, aliases, fragments and directives.
It is strict where the hosts are: unknown names, missing page sizes and wrong types are errors, not nulls.
Grammar and rules: https://spec.graphql.org/October2021/
"""

