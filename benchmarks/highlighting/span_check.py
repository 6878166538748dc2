"""Part d: 2,000 documents one by one and in batches: are the spans the same? Runs under the containers' interpreter."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.highlighting.handler import Handler

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger("spans")

# So that documents meet different company: several sizes, none of them a divisor of another.
BATCHES = (7, 50, 100)
LISTED = 10
QUICK = 200


def compare(handler: Handler, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Mismatches between a document's own call and its place in a batch; the batches' sizes take turns."""
    single = [_spans(handler.answer(json.dumps(_item(pair)))) for pair in pairs]
    log.info("%d single calls done", len(single))
    batched = [spans for chunk in _chunks(pairs) for spans in _batch(handler, chunk)]
    wrong = [number for number, (one, other) in enumerate(zip(single, batched, strict=True)) if one != other]
    return {
        "documents": len(pairs),
        "mismatches": len(wrong),
        "highlights": sum(map(len, single)),
        "without_highlight": sum(not spans for spans in single),
        "examples": [{"pair": pairs[n], "single": single[n], "batch": batched[n]} for n in wrong[:LISTED]],
    }


def _batch(handler: Handler, pairs: Sequence[tuple[str, str]]) -> list[list[tuple[int, int]]]:
    answer = json.loads(handler.answer(json.dumps({"inputs": [_item(pair) for pair in pairs]})))
    if "errors" in answer:
        raise SystemExit(f"The handler refuses documents of the corpus: {answer['errors'][:3]}")
    return [[(span["start"], span["end"]) for span in spans] for spans in answer["highlights"]]


def _spans(body: str) -> list[tuple[int, int]]:
    return [(span["start"], span["end"]) for span in json.loads(body)["highlights"]]


def _chunks(pairs: Sequence[tuple[str, str]]) -> list[Sequence[tuple[str, str]]]:
    chunks: list[Sequence[tuple[str, str]]] = []
    start = 0
    while start < len(pairs):
        size = BATCHES[len(chunks) % len(BATCHES)]
        chunks.append(pairs[start : start + size])
        start += size
    return chunks


def _item(pair: tuple[str, str]) -> dict[str, str]:
    return {"question": pair[0], "context": pair[1]}


def main() -> None:
    """Write what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--workload", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    pairs = json.loads(options.workload.read_text("utf-8"))["pairs"]
    found = compare(Handler(options.model), pairs[:QUICK] if options.quick else pairs)
    options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
