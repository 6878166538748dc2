"""`make infra`: the templates of the smallest and the largest deployment, looked at without an AWS account.

Synthesis runs cdk-nag and CloudFormation's own validation; cfn-lint and checkov look at what it wrote.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from infra.app import STACK, build_app
from infra.policies import allowed_actions, roles, unused_actions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parent
LARGEST = HERE / "examples" / "everything.json"
CHECKOV = ("--skip-download", "--config-file", str(HERE / "checkov.yaml"))
DIRECT_BYTES = 51_200
"""CloudFormation's limit of a template that is handed over with the call; a larger one has to lie on S3."""
SUMMARY = re.compile(r"Passed checks: .*")
log = logging.getLogger("infra")


def main(arguments: Sequence[str] | None = None) -> None:
    """Synthesize and check; the templates are kept in the folder `--out`.

    Raises:
        SystemExit: a linter found something.
        RuntimeError: cdk-nag found something that is not acknowledged.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.check", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("LOCAL_DIR", ".local")) / "infra")
    parser.add_argument("-c", "--context", action="append", default=[], metavar="NAME=VALUE")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    own = dict(text.partition("=")[::2] for text in given.context)
    deployments = {"template": own, "everything": json.loads(LARGEST.read_text("utf-8"))}
    templates = [synthesize(name, context, given.out) for name, context in deployments.items()]
    cfn_lint(templates)
    checkov(templates)
    tell_rights()


def synthesize(name: str, context: Mapping[str, Any], out: Path) -> Path:
    """Write the template of one deployment, unless cdk-nag objects; returns where it is to be read.

    `{name}.json` is the same without a blank: indented, it would be too large to be handed to CloudFormation.
    """
    folder = out / f"{name}.out"
    shutil.rmtree(folder, ignore_errors=True)
    with timed(f"{name}: synthesis with cdk-nag"):
        build_app(context, str(folder)).synth()
    readable = folder / f"{STACK}.template.json"
    template = json.loads(readable.read_text("utf-8"))
    size = (out / f"{name}.json").write_text(json.dumps(template, separators=(",", ":")), "utf-8")
    reports = json.loads((folder / "validation-report.json").read_text("utf-8"))["pluginReports"]
    acknowledged = sum(len(report.get("suppressedViolations", ())) for report in reports)
    log.info(
        "%s: %d resources, %d findings of cdk-nag acknowledged, %s",
        name,
        len(template["Resources"]),
        acknowledged,
        told(size),
    )
    return readable


def told(size: int) -> str:
    """The size of a template, and what a large one asks for."""
    return f"{size:,} bytes" + ("" if size <= DIRECT_BYTES else ": deploy it with --s3-bucket NAME")


def cfn_lint(templates: Sequence[Path]) -> None:
    """Hold the templates to CloudFormation's resource specification."""
    with timed("cfn-lint"):
        _run("cfn-lint", "--template", *map(str, templates))


def checkov(templates: Sequence[Path]) -> None:
    """Hold the templates to checkov's rules, but those that infra/checkov.yaml leaves out with a reason."""
    with timed("checkov"):
        told = _run("checkov", *CHECKOV, *(part for path in templates for part in ("-f", str(path))))
    log.info("checkov: %s", *SUMMARY.findall(told))


def tell_rights() -> None:
    """How many actions each role is allowed, and which of them no end-to-end run uses."""
    for role in roles():
        idle = unused_actions(role)
        log.info("%s: %d actions allowed, %d of them not used end to end", role, len(allowed_actions(role)), len(idle))
        for action, reason in idle.items():
            log.info("    %s: %s", action, reason)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Log how long it took."""
    started = perf_counter()
    yield
    log.info("%s: %.1f s", what, perf_counter() - started)


def _run(tool: str, *arguments: str) -> str:
    program = Path(sys.executable).parent / tool
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{tool} found:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
