"""Phase 3b of a highlighter: what its training job measured, beside BM25 and the base model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.evaluation.highlights import MEASURE, comparison_of
from include.phases.corpus import HELD_OUT, JUDGED
from include.phases.engine import CONTAINER
from include.phases.evaluation import write_evaluation
from include.phases.training import read_output, read_output_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.plan import Plan


def save_highlighter_evaluation(s3: S3Client, plan: Plan) -> dict[str, Any]:
    """Bring the job's comparison into the report's form; returns it without single questions.

    The outcome is that of the judged passages if there are any, of the held-out ones else.

    Raises:
        TerminalError: the job did not measure a set.
    """
    started = time.monotonic()
    names = [JUDGED, HELD_OUT] if plan.settings.evaluation.eval_highlights_s3_path else [HELD_OUT]
    measured = read_output_json(s3, plan, "training.json")["evaluation"]
    rows = read_output(s3, plan, [_rows_file(name) for name in names])
    missing = [name for name in names if name not in measured or _rows_file(name) not in rows]
    if missing:
        raise TerminalError(
            f"The training job measured nothing on {', '.join(missing)}: its output.tar.gz has no comparison of it. "
            "Look at its log."
        )
    sets = {name: comparison_of(measured[name], rows[_rows_file(name)]) for name in names}
    more = {"engine": CONTAINER, "engine_note": "The passages were marked in the training container."}
    return write_evaluation(s3, plan, sets, MEASURE, started, more)


def _rows_file(name: str) -> str:
    return f"highlights/{name}.jsonl"
