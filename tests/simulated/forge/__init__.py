"""What simulated hosts other than GitHub have in common: people, repositories, issues and pull requests as a model.

A host's own package turns the model into its answers (`gitlab`, `gitea`). The methods bear the names of the GitHub model's.
"""
