"""What the simulated issue trackers share: accounts, projects, issues and their histories. Each kind shows them its own way."""
