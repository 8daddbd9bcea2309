"""The validated lake: one Parquet file per entity and business day, under one manifest per entity."""
