"""Known vulnerabilities of what the requirement files pin, by pip-audit.

pip-audit calls it a success when the vulnerability service knows none of the packages (a package index without
advisories answers "not found" for each); here what was not looked up is a failure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local import LocalError
from local.console import complain, say, table
from local.supply_chain import OLD_AIRFLOW, requirement_files
from local.supply_chain.tool import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHOWN_LINES = 3
SHOWN_PACKAGES = 5


@dataclass(frozen=True)
class Audit:
    """What became of one requirement file.

    Attributes:
        looked_up: packages of which the service knows whether they are vulnerable.
        skipped: name and version of packages that it could not look up.
        vulnerable: name, version, advisory and the versions that mend it.
    """

    file: str
    looked_up: int
    skipped: tuple[str, ...] = ()
    vulnerable: tuple[str, ...] = field(default=())

    @property
    def clean(self) -> bool:
        """Whether everything was looked up and nothing found."""
        return not (self.skipped or self.vulnerable)


def audit() -> int:
    """Audit every requirement file and say what was found; 0 only if all was looked up and nothing is vulnerable.

    But that of the oldest Airflow, whose constraints are not ours.

    Raises:
        LocalError: the vulnerability service cannot be reached.
    """
    audits = [audit_file(path) for path in requirement_files() if path.stem != OLD_AIRFLOW]
    head = ("file", "looked up", "not looked up", "vulnerable")
    rows = [(it.file, str(it.looked_up), str(len(it.skipped)), str(len(it.vulnerable))) for it in audits]
    say(table(head, rows))
    for line in sorted({line for it in audits for line in it.vulnerable}):
        complain(f"vulnerable: {line}")
    if skipped := sorted({name for it in audits for name in it.skipped}):
        complain(_not_looked_up(skipped, sum(it.looked_up for it in audits)))
    return 0 if all(it.clean for it in audits) else 1


def audit_file(path: Path) -> Audit:
    """What pip-audit finds for one requirement file.

    Raises:
        LocalError: it could not ask the vulnerability service.
    """
    arguments = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    done = run("pip-audit", [*arguments, "--requirement", str(path)])
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        said = "\n".join(done.stderr.strip().splitlines()[-SHOWN_LINES:])
        raise LocalError(
            f"{path.name} could not be audited: pip-audit ended with status {done.returncode} and without a result. "
            f"Nothing is known about its vulnerabilities. Is the vulnerability service within reach?\n{said}"
        ) from error
    return read_result(path.name, found)


def read_result(name: str, dependencies: Sequence[dict[str, Any]]) -> Audit:
    """The audit of the file of this name, from pip-audit's `dependencies`."""
    skipped = [it for it in dependencies if "skip_reason" in it]
    lines = [
        f"{it['name']} {it['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no version yet'}"
        for it in dependencies
        for found in it.get("vulns", ())
    ]
    return Audit(name, len(dependencies) - len(skipped), tuple(it["name"] for it in skipped), tuple(lines))


def _not_looked_up(skipped: Sequence[str], looked_up: int) -> str:
    shown = ", ".join(skipped[:SHOWN_PACKAGES]) + (", …" if len(skipped) > SHOWN_PACKAGES else "")
    service = (
        "" if looked_up else " The vulnerability service knows none of the packages: it is out of reach from here."
    )
    return (
        f"error: {len(skipped)} packages could not be looked up ({shown}).{service} Nothing is known about their "
        "vulnerabilities. Run this where the advisories of the Python Package Index can be reached."
    )
