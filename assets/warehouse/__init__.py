"""The private DuckDB warehouse: absorbs what changed in the lake, and has dbt compute the marts from it."""
