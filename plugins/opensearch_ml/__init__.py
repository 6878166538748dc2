"""What the package speaks to Airflow: hook, operators, sensors, tasks and links."""
