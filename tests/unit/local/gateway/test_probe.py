"""The server's parsing errors, put back to where they stand in the search as it came."""

from __future__ import annotations

import json
from typing import Any

from local.gateway.probe import relocated

DOCUMENT = """{
  "size": 3,
  "query": {"hybrid": {"queries": [
    {"neural": {"v": {"query_text": "a", "filter": {"wrong": {}}}}}
  ]}}
}"""
SENT = json.dumps(
    {"size": 3, "query": {"dis_max": {"queries": [{"dis_max": {"queries": [{"wrong": {}}]}}]}}}, separators=(",", ":")
)
HYBRID = ("query", "dis_max")
TRANSLATIONS = {
    HYBRID: ("query", "hybrid"),
    (*HYBRID, "queries", 0): ("query", "hybrid", "queries", 0),
    (*HYBRID, "queries", 0, "dis_max", "queries", 0): ("query", "hybrid", "queries", 0, "neural", "v", "filter"),
}


def test_relocated_error_stands_in_the_document() -> None:
    col = SENT.index("{}") + 1
    answer: dict[str, Any] = {
        "error": {
            "root_cause": [{"type": "parsing_exception", "reason": "unknown query [wrong]", "line": 1, "col": col}],
            "reason": f"[1:{col}] unknown field [wrong]",
        },
        "status": 400,
    }
    line = DOCUMENT.split("\n")[3]
    place = {"line": 4, "col": line.index("{}") + 1}
    assert relocated(answer, SENT, DOCUMENT, TRANSLATIONS) == {
        "error": {
            "root_cause": [{"type": "parsing_exception", "reason": "unknown query [wrong]", **place}],
            "reason": f"[4:{place['col']}] unknown field [wrong]",
        },
        "status": 400,
    }


def test_relocated_place_that_is_nowhere_stays() -> None:
    answer = {"line": 1, "col": 1_000}
    assert relocated(answer, SENT, DOCUMENT, TRANSLATIONS) == answer
