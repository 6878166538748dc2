"""`python -m local.supply_chain audit|sbom`."""

from __future__ import annotations

import argparse
import sys

from local import LocalError
from local.console import complain
from local.supply_chain.audit import audit
from local.supply_chain.sbom import write_sboms


def main() -> int:
    """Does what is asked; the exit status is 0 if there is nothing to complain about."""
    parser = argparse.ArgumentParser(prog="python -m local.supply_chain", description=__doc__)
    parser.add_argument("what", choices=["audit", "sbom"])
    try:
        return audit() if parser.parse_args().what == "audit" else write_sboms()
    except LocalError as error:
        complain(f"error: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
