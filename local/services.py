"""What the local stack consists of, by name."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from local import PROJECT, LocalError, postgres
from local.airflow import GROUP, MIGRATE, airflow_environment, airflow_services
from local.airflow import NAMES as AIRFLOW_NAMES
from local.aws.bedrock.model_ids import QUERY_WRITER
from local.aws.roles import AIRFLOW_KEY, CONNECTOR_KEY
from local.base_model import vocabulary
from local.celery import CELERY, LOCAL, broker
from local.celery.environment import celery_environment
from local.celery.workers import WORKERS, worker_services
from local.gateway.highlight.rules import DEFAULT, VARIABLE
from local.opensearch.server import Folders, opensearch_service
from local.ports import HOST
from local.supervisor import Service
from local.trust import trust_local_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

OPENSEARCH, GATEWAY, AWS = "opensearch", "gateway", "aws"
NAMES = (OPENSEARCH, GATEWAY, AWS, postgres.NAME, *AIRFLOW_NAMES, broker.NAME, *WORKERS)
GROUPS = {"airflow": GROUP}

USER = "local"
SECRETS = {
    "aws": "local-stack-secret-key-of-airflow-1f6c2d",
    "connector": "local-stack-secret-key-of-connectors-77be04",
    "opensearch": "local-stack-opensearch-password-8ad310",
}
"""They open nothing; unlike anything else, so that a test can look for them wherever no secret may stand."""

PRICES = {"bedrock_batch_usd_per_1000_tokens": {QUERY_WRITER: {"input": 0.00003, "output": 0.00012}}}
"""The query writer costs nothing; it is told at the batch price of Nova Lite, for which it stands."""

# Whose port it is: while that service runs, the port is kept.
PORT_OWNERS = {
    "opensearch": OPENSEARCH,
    "opensearch-transport": OPENSEARCH,
    "gateway": GATEWAY,
    "aws": AWS,
    "airflow": "airflow-api-server",
    "airflow-logs": "airflow-scheduler",
    "postgres": postgres.NAME,
    "redis": broker.NAME,
}


@dataclass(frozen=True)
class Site:
    """Where a stack lives.

    Attributes:
        directory: everything that it makes is below it.
        cache: of downloads; may be shared by stacks.
        ports: by the names of `PORT_OWNERS`.
        opensearch_url: another OpenSearch that is used in place of a local one; empty for the local one.
        executor: of Airflow: `local`, or `celery` with Redis, two workers and a triggerer.
    """

    directory: Path
    cache: Path
    ports: Mapping[str, int]
    opensearch_url: str = ""
    executor: str = LOCAL

    def url(self, name: str) -> str:
        """Where a service answers."""
        return f"http://{HOST}:{self.ports[name]}"


def default_names(site: Site) -> tuple[str, ...]:
    """What `up` starts when it is told no names: everything but Airflow."""
    return (AWS,) if site.opensearch_url else (OPENSEARCH, GATEWAY, AWS)


def service_makers(site: Site) -> dict[str, Callable[[], Service]]:
    """How to make each service; in the order of `status`."""
    makers: dict[str, Callable[[], Service]] = {}
    if not site.opensearch_url:
        folders = Folders(site.directory / "opensearch", site.cache / "maven")
        ports = site.ports["opensearch"], site.ports["opensearch-transport"]
        makers[OPENSEARCH] = partial(opensearch_service, folders, *ports)
        makers[GATEWAY] = partial(_gateway, site)
    makers[AWS] = partial(_aws, site)
    makers[postgres.NAME] = partial(postgres.postgres_service, _database(site))
    uses, airflow = default_names(site), environment(site)
    if site.executor != CELERY:
        return makers | _made(airflow_services(airflow, uses, needs=(postgres.NAME,)))
    queue = _queue(site)
    makers[broker.NAME] = partial(broker.redis_service, queue)
    makers |= _made(airflow_services(airflow, uses, needs=(postgres.NAME, broker.NAME), workers=WORKERS))
    return makers | _made(worker_services(airflow, queue.url, needs=(MIGRATE,)))


def environment(site: Site) -> dict[str, str]:
    """What Airflow and its tasks see of this stack: where AWS and OpenSearch are, and Airflow's own configuration."""
    connection = _connection(site.opensearch_url or _with_password(site.url(GATEWAY)))
    return {
        "AWS_ENDPOINT_URL": site.url(AWS),
        "AWS_ACCESS_KEY_ID": AIRFLOW_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRETS["aws"],
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps({"conn_type": "aws"}),
        "AIRFLOW_CONN_OPENSEARCH_CONNECTOR": json.dumps(
            {"conn_type": "aws", "login": CONNECTOR_KEY, "password": SECRETS["connector"]}
        ),
        "AIRFLOW_CONN_OPENSEARCH_DEFAULT": json.dumps(connection),
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "plugins")]),
        "AIRFLOW_VAR_FINETUNE_SEARCH_MODEL_PRICES": json.dumps(PRICES),
        **_airflow(site),
    }


def _airflow(site: Site) -> dict[str, str]:
    """Each executor has a home and a database of its own: what one has is not in the other's."""
    ports = site.ports["airflow"], site.ports["airflow-logs"]
    database = _database(site)
    if site.executor != CELERY:
        return airflow_environment(site.directory / "airflow", database.url(postgres.AIRFLOW), *ports)
    return {
        **airflow_environment(site.directory / "airflow-celery", database.url(postgres.AIRFLOW_CELERY), *ports),
        **celery_environment(database, _queue(site)),
    }


def _database(site: Site) -> postgres.Postgres:
    return postgres.postgres_of(site.directory, site.ports[postgres.NAME])


def _queue(site: Site) -> broker.Redis:
    return broker.redis_of(site.directory, site.ports[broker.NAME])


def inherited() -> dict[str, str]:
    """This process's environment without what would lead a local service to real accounts or another Airflow."""
    foreign = ("AWS_", "AIRFLOW", "OPENSEARCH_URL", "PYTHONDONTWRITEBYTECODE")
    own = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    return {**own, **loopback_without_proxy()}


def loopback_without_proxy() -> dict[str, str]:
    """The variables that keep a proxy away from this machine's own addresses."""
    already = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    hosts = [it for it in already.split(",") if it not in ("", HOST, "localhost")]
    value = ",".join([HOST, "localhost", *hosts])
    return {"NO_PROXY": value, "no_proxy": value}


def _gateway(site: Site) -> Service:
    url = site.url(GATEWAY)
    arguments = {
        "--port": site.ports[GATEWAY],
        "--opensearch": site.url(OPENSEARCH),
        "--node-cache": site.directory / "gateway",
        "--behaviour": os.environ.get(VARIABLE) or DEFAULT,  # an argument, so that another one starts it anew
    }
    return Service(
        name=GATEWAY,
        command=_module("local.gateway", arguments),
        directory=PROJECT,
        url=url,
        health=f"{url}/_local/health",
        needs=(OPENSEARCH,),
        after=partial(trust_local_models, url, site.ports[AWS]),
    )


def _aws(site: Site) -> Service:
    url = site.url(AWS)
    arguments = {
        "--port": site.ports[AWS],
        "--data": site.directory / "aws",
        "--container-python": PROJECT / ".venv-containers" / "bin" / "python",
        **({"--vocabulary": pieces} if (pieces := vocabulary()) else {}),
    }
    return Service(
        name=AWS,
        command=_module("local.aws", arguments),
        directory=PROJECT,
        url=url,
        health=f"{url}/_local/health",
    )


def _module(name: str, arguments: Mapping[str, object]) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *(str(it) for pair in arguments.items() for it in pair))


def _made(services: Iterable[Service]) -> dict[str, Callable[[], Service]]:
    return {it.name: partial(_same, it) for it in services}


def _same(service: Service) -> Service:
    return service


def _with_password(url: str) -> str:
    return url.replace("://", f"://{USER}:{SECRETS['opensearch']}@", 1)


def _connection(url: str) -> dict[str, object]:
    """The Airflow connection of an address such as https://user:password@host:9200."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise LocalError(
            f"OPENSEARCH_URL is {re.sub('[^/]*@', '***@', url)!r}. It must be an address such as "
            "https://user:password@host:9200; special characters in user and password as %40 and the like."
        )
    fields = {
        "conn_type": "http",
        "host": parts.hostname,
        "port": parts.port or (443 if parts.scheme == "https" else 9200),
        "schema": parts.scheme,
        "login": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password),
    }
    return {key: value for key, value in fields.items() if value}
