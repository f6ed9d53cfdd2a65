"""The verbs on a job, as commands call them. Imports polling, running, plugins, store, config, domain, system."""
