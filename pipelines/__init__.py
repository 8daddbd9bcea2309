"""How and when it runs: Dagster definitions, jobs, schedules, resources and the command line."""
