# Airflow with what the DAGs need; the versions are those that the tests ran with.
ARG AIRFLOW_VERSION=3.3.2
FROM apache/airflow:${AIRFLOW_VERSION}-python3.12
COPY requirements/worker.txt /tmp/worker.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/worker.txt
