"""Apache Spark in place of DuckDB: the same dbt models over the same lake, through a thrift server."""
