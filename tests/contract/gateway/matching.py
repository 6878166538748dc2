"""Whether an answer is the recorded one: ids are mapped as they come, what differs from run to run is masked."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.contract.gateway.recording import Exchange

# Times, durations and the machine: whatever their value, they match.
MASKED = {
    "took",
    "ingest_took",
    "duration_millis",
    "create_time",
    "created_time",
    "last_update_time",
    "last_updated_time",
    "last_deployed_time",
    "index_uuid",
    "cluster_name",
    "cluster_uuid",
    "ml_jvm_heap_usage",
}
_ID = re.compile(r"[A-Za-z0-9_-]{20}|[A-Za-z0-9_-]{22}")
_ID_LIST = re.compile(r"\[([A-Za-z0-9_, -]*)\]$")
_CHANNEL = re.compile(r"ChannelDiagnostics\(.*\)")
_OBJECT = re.compile(r"RemoteModel@[0-9a-f]+")
_SIGNATURE = re.compile(r"/\d{8}/(.*)Signature=[0-9a-f]{64}")


class Ids:
    """Which id of this run stands for which recorded one."""

    def __init__(self) -> None:
        self._live: dict[str, str] = {}

    def substituted(self, text: str) -> str:
        """`text` with this run's ids for the recorded ones."""
        for recorded, live in self._live.items():
            text = text.replace(recorded, live)
        return text

    def alias(self, recorded: str, other: str) -> None:
        """An id that another file recorded for the same thing."""
        if other in self._live:
            self._live[recorded] = self._live[other]

    def translated(self, value: Any) -> Any:
        """A recorded JSON value with this run's ids, in keys too."""
        return json.loads(self.substituted(json.dumps(value, ensure_ascii=False)))

    def learn(self, recorded: Any, live: Any) -> None:
        """Take ids that stand in the same place for each other."""
        if isinstance(recorded, dict) and isinstance(live, dict):
            self._learn_keys(recorded, live)
            if "_scroll_id" in recorded and "_scroll_id" in live:
                self._live[recorded["_scroll_id"]] = live["_scroll_id"]
            for name, value in recorded.items():
                self.learn(value, live.get(self._live.get(name, name)))
        elif isinstance(recorded, list) and isinstance(live, list):
            for left, right in zip(recorded, live, strict=False):
                self.learn(left, right)
        elif isinstance(recorded, str) and isinstance(live, str) and _are_ids(recorded, live):
            self._live.setdefault(recorded, live)

    def _learn_keys(self, recorded: dict[str, Any], live: dict[str, Any]) -> None:
        old = [name for name in recorded if self._live.get(name, name) not in live]
        known = {self._live.get(name, name) for name in recorded}
        new = [name for name in live if name not in known]
        if len(old) == len(new) == 1 and _are_ids(old[0], new[0]):
            self._live[old[0]] = new[0]


def _are_ids(recorded: str, live: str) -> bool:
    plain = recorded.isalpha() and recorded == live
    return not plain and len(recorded) == len(live) and all(_ID.fullmatch(text) for text in (recorded, live))


def without(value: Any, names: set[str]) -> Any:
    """`value` with nothing under these names."""
    if isinstance(value, dict):
        return {name: None if name in names else without(item, names) for name, item in value.items()}
    return [without(item, names) for item in value] if isinstance(value, list) else value


def masked(value: Any) -> Any:
    """`value` without what differs from run to run."""
    if _is_arbitrary_page(value):
        return {
            **masked({**value, "hits": []}),
            "hits": f"{len(value['hits'])} of many equals, {_fields(value['hits'])}",
        }
    if isinstance(value, dict):
        of_machine = MASKED | {"name"} if "tagline" in value else MASKED
        return {name: "*" if name in of_machine else masked(item) for name, item in value.items()}
    if isinstance(value, list):
        items = [masked(item) for item in value]
        return sorted(items, key=_score_then_text) if items and all(_is_hit(item) for item in items) else items
    return _masked_text(value) if isinstance(value, str) else value


def _is_arbitrary_page(value: Any) -> bool:
    """Whether these are some of more hits of one and the same score: which ones is up to Lucene's segments."""
    if not isinstance(value, dict) or not isinstance(value.get("total"), dict) or not value.get("hits"):
        return False
    scores = {hit.get("_score") for hit in value["hits"]}
    return len(scores) == 1 and int(value["total"]["value"]) > len(value["hits"])


def _fields(hits: list[dict[str, Any]]) -> list[str]:
    return sorted({name for hit in hits for name in (*hit, *hit.get("_source", {}))})


def _is_hit(value: Any) -> bool:
    return isinstance(value, dict) and "_index" in value and "_score" in value


def _score_then_text(hit: dict[str, Any]) -> tuple[float, str]:
    """Hits in the order of their scores; equal scores come in any order."""
    return -(hit["_score"] or 0.0), json.dumps(hit, sort_keys=True)


def _masked_text(text: str) -> str:
    text = _CHANNEL.sub("ChannelDiagnostics(*)", text)
    text = _OBJECT.sub("RemoteModel@*", text)
    return _ID_LIST.sub(lambda found: f"[{', '.join(sorted(found.group(1).split(', ')))}]", text)


def difference(recorded: Any, live: Any, where: str = "body") -> str | None:
    """The first place where two masked values differ, None if they do not."""
    if isinstance(recorded, dict) and isinstance(live, dict):
        for name in sorted({*recorded, *live}):
            if name not in live or name not in recorded:
                return f"{where}.{name}: {'missing' if name not in live else 'not recorded'}"
            found = difference(recorded[name], live[name], f"{where}.{name}")
            if found:
                return found
        return None
    if isinstance(recorded, list) and isinstance(live, list) and len(recorded) == len(live):
        pairs = enumerate(zip(recorded, live, strict=True))
        return next((found for at, pair in pairs if (found := difference(*pair, f"{where}[{at}]"))), None)
    return None if recorded == live else f"{where}: recorded {_short(recorded)}, got {_short(live)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"


def calls_difference(exchange: Exchange, calls: list[dict[str, Any]]) -> str | None:
    """What reached the remote model, compared in any order: method, path, headers and body."""
    recorded = Counter(_call(call) for call in exchange.remote_calls)
    received = Counter(_call(call) for call in calls)
    if recorded == received:
        return None
    missing, extra = recorded - received, received - recorded
    return f"remote calls: missing {list(missing.elements())}, extra {list(extra.elements())}"


def _call(call: dict[str, Any]) -> str:
    headers = {name.lower(): _header(name.lower(), value) for name, value in call["headers"].items()}
    return json.dumps([call["method"], call["path"], sorted(headers.items()), call["body"]], ensure_ascii=False)


def _header(name: str, value: str) -> str:
    if name in ("host", "x-amz-date"):
        return "*"
    return _SIGNATURE.sub(r"/*/\1Signature=*", value) if name == "authorization" else value
