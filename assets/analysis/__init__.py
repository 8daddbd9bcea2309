"""What dbt cannot compute: analyses by matrices and resampling, which read tables of the warehouse and write others."""
