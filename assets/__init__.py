"""What is made: sources, validated lake, warehouse and publication, as plain functions and Dagster assets."""
