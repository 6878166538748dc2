"""Plain Python of the package: what the phases think. Never imports airflow."""
