"""`retraining.yaml`: where it is, and what stands in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.retraining.entry import Broken, Entry, read_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "SEARCH_MODEL_RETRAINING_CONFIG"
PLACE = Path("config") / "retraining.yaml"
KEY = "retraining"


def config_file(dag_file: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file of the schedules; None if there is none.

    Args:
        dag_file: beside which, or above which, `config/retraining.yaml` is looked for.
        environ: may name another file.
    """
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE])
    folder = Path(dag_file).absolute().parent
    return next((path for path in (folder / PLACE, folder.parent / PLACE) if path.is_file()), None)


def read_entries(file: Path | None) -> list[Entry | Broken]:
    """The enabled entries in their order, and those that are broken.

    Raises:
        TerminalError: the file is not there, or is no list of entries: no entry can be told from another.
    """
    if file is None:
        return []
    entries: list[Entry | Broken] = []
    for number, fields in enumerate(_listed(file), start=1):
        entries.append(read_entry(fields, number, {entry.name for entry in entries}, str(file)))
    return [entry for entry in entries if isinstance(entry, Broken) or entry.enabled]


def _listed(file: Path) -> list[Any]:
    import yaml

    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        hint = " A schedule must stand in quotes." if isinstance(error, yaml.YAMLError) else ""
        # Without the parser's own traceback, which would stand above the message where Airflow shows it.
        raise TerminalError(
            f"{file} cannot be read: {error}\nCorrect it, or let {VARIABLE} name another.{hint}"
        ) from None
    listed = found.get(KEY) or [] if isinstance(found, dict) and set(found) <= {KEY} else found or []
    if not isinstance(listed, list):
        raise TerminalError(f"{file} holds {found!r:.100}. Valid is `{KEY}:` with a list of entries below it.")
    return listed
