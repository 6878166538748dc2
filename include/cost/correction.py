"""What the bill of an earlier run of the model teaches: billed over what the tables had said, by part.

The tokenizers of Bedrock's models are not public, and nobody's GPU does what a table says: after one run the tables are
corrected by what that run was billed. Kept in `{prefix}/{model_name}/cost/{part}-{key}.json`.
"""

from __future__ import annotations

import hashlib
import json
import logging
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from include.instances import training_instance
from include.storage import list_uris, read_json, write_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.cost.amounts import Amounts
    from include.plan import Plan

log = logging.getLogger(__name__)

PARTS = {"queries": ("input_tokens", "output_tokens"), "training": ("training_seconds",)}
RULES = ("tokens.py", "training_time.py", "gpus.py", "estimate.py")
LEAST_OF_TOKENS = 0.5
"""Below it a batch job was not answered whole, and says nothing."""


def read_corrections(s3: S3Client, plan: Plan) -> tuple[dict[str, float], dict[str, str]]:
    """Factor by amount, and part to the run that was billed so; both empty before the first run."""
    factors: dict[str, float] = {}
    runs: dict[str, str] = {}
    for part in PARTS:
        uri = _uri(plan, part)
        if list_uris(s3, uri):
            found = read_json(s3, uri)
            factors |= found["factors"]
            runs[part] = found["run"]
    return factors, runs


def keep_corrections(s3: S3Client, plan: Plan, table: Amounts, billed: Amounts) -> list[str]:
    """Keep what the run was billed over what the tables had said of it; returns the parts that taught something.

    Args:
        s3: client.
        plan: of the run.
        table: what the tables had said.
        billed: what AWS counted; a part that was reused was billed nothing, and teaches nothing.
    """
    taught = []
    for part, names in PARTS.items():
        said, counted = ({name: getattr(amounts, name) for name in names} for amounts in (table, billed))
        if not (all(said.values()) and all(counted.values())):
            continue
        factors = {name: round(counted[name] / said[name], 4) for name in names}
        if part == "queries" and min(factors.values()) < LEAST_OF_TOKENS:
            continue
        write_json(s3, _uri(plan, part), {"run": plan.run, "made_of": _made_of(plan)[part], "factors": factors})
        log.info("Billed over what the tables said, for the next estimate: %s", factors)
        taught.append(part)
    return taught


@cache
def rules_version() -> str:
    """Twelve digits over the rules and tables: a factor over others says nothing of these."""
    files = (resources.files("include.cost").joinpath(name).read_bytes() for name in RULES)
    return hashlib.sha256(b"".join(files)).hexdigest()[:12]


def _uri(plan: Plan, part: str) -> str:
    layout = plan.layout
    key = hashlib.sha256(json.dumps(_made_of(plan)[part], sort_keys=True).encode()).hexdigest()[:16]
    return f"s3://{layout.bucket}/{layout.prefix}/{layout.model_name}/cost/{part}-{key}.json"


def _made_of(plan: Plan) -> dict[str, dict[str, Any]]:
    """By what another run's bill is like this one's."""
    settings = plan.settings
    queries, training = settings.queries, settings.training
    return {
        "queries": {
            "rules": rules_version(),
            "bedrock_model_id": queries.bedrock_model_id,
            "is_highlighter": settings.is_highlighter,
            "query_styles": list(queries.query_styles),
        },
        "training": {
            "rules": rules_version(),
            "training_instance_type": training_instance(settings, plan.dimension),
            "training_instance_count": training.training_instance_count,
            "use_spot": training.use_spot,
            "training_image_uri": training.training_image_uri,
            "model_type": settings.model.model_type,
            "base_model_id": settings.model.base_model_id,
            "loss": training.loss,
            "lora": training.lora_rank > 0,
        },
    }
