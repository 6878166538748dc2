# The AWS stand-in and the demo: one environment for them, one that stands for SageMaker's containers (CPU).
FROM python:3.12.12-slim-bookworm
WORKDIR /project
COPY requirements/uv.txt requirements/celery.txt requirements/containers.txt requirements/
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && .venv/bin/uv pip install --no-cache --require-hashes --python .venv/bin/python -r requirements/celery.txt \
 && .venv/bin/uv venv --python .venv/bin/python .venv-containers \
 && .venv/bin/uv pip install --no-cache --require-hashes --python .venv-containers/bin/python -r requirements/containers.txt
COPY dags dags
COPY plugins plugins
COPY include include
COPY local local
RUN useradd --create-home --uid 10001 stand-in && mkdir .local && chown stand-in .local
USER stand-in
ENV PYTHONPATH=/project:/project/plugins
