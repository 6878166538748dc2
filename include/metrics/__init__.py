"""What a run measured, as CloudWatch and Airflow take it."""
