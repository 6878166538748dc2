"""The page of highlighted passages: real searches, through OpenSearch and the deployed highlighter."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined
from opensearchpy.helpers import bulk
from rich.console import Console
from rich.text import Text

from include.highlighting import SemanticHighlighter
from local.demo.inputs import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from opensearchpy import OpenSearch

OWN_INDEX = "demo-highlights"
QUESTIONS = 12
HITS = 3
SHOWN_IN_CONSOLE = 3
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Highlighted passages</title>
<style>
  body { font: 15px/1.6 system-ui, sans-serif; color: #1a202c; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .4rem; } .soft { color: #5a6572; }
  article { border-left: 3px solid #dfe4ea; padding: .1rem 0 .1rem 1rem; margin: .8rem 0; white-space: pre-line; }
  mark { background: #fdf0a8; border-radius: 3px; padding: 0 .1em; } .id { font: 12px ui-monospace, monospace; }
</style></head><body>
<h1>What the highlighter marks</h1>
<p class="soft">{{ told }}</p>
{% for search in searches %}
<h2>{{ search.question }}</h2>
{% for hit in search.hits %}<article><div class="id soft">{{ hit.id }}</div>{{ hit.marked|safe }}</article>{% endfor %}
{% endfor %}
</body></html>
"""


def held_out_questions(lines: str) -> Iterator[str]:
    """Questions of held-out passages that have an answer."""
    for passage in map(json.loads, lines.splitlines()):
        if passage["spans"]:
            yield passage["question"]


def write_highlights(
    client: OpenSearch, model_id: str, documents: dict[str, str], questions: Sequence[str], page: Path
) -> None:
    """Search with some of the questions, have the hits highlighted in one call each, and leave a page of them.

    Args:
        client: of the cluster in which the highlighter is deployed.
        model_id: of the highlighter.
        documents: text by id; those of the demo corpus are indexed already.
        questions: to choose from, evenly.
        page: where the HTML goes.
    """
    index = INDEX if client.indices.exists(index=INDEX) and _holds(client, documents) else _index(client, documents)
    highlighter = SemanticHighlighter(client, model_id, use_batch=True)
    chosen = questions[:: max(1, len(questions) // QUESTIONS)][:QUESTIONS]
    searches = [{"question": question, "hits": _search(highlighter, index, question)} for question in chosen]
    told = (
        f"The best {HITS} documents of a match query, each with the sentences that the tuned highlighter marks; "
        "all hits of a search in one call of the model."
    )
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    page.write_text(environment.from_string(PAGE).render(searches=searches, told=told), encoding="utf-8")
    _show(searches[:SHOWN_IN_CONSOLE])


def _search(highlighter: SemanticHighlighter, index: str, question: str) -> list[dict[str, str]]:
    body = {
        "size": HITS,
        "query": {"match": {"text": question}},
        "highlight": {
            "fields": {"text": {"type": "semantic"}},
            "pre_tags": ["<mark>"],
            "post_tags": ["</mark>"],
            "encoder": "html",
        },
    }
    hits = highlighter.search(index, body)["hits"]["hits"]
    return [{"id": hit["_id"], "marked": hit["highlight"]["text"][0]} for hit in hits if "highlight" in hit]


def _holds(client: OpenSearch, documents: dict[str, str]) -> bool:
    found = client.mget(index=INDEX, body={"ids": list(documents)[:1]}, params={"_source": "false"})
    return bool(found["docs"][0]["found"])


def _index(client: OpenSearch, documents: dict[str, str]) -> str:
    client.indices.delete(index=OWN_INDEX, params={"ignore_unavailable": "true"})
    bulk(client, ({"_index": OWN_INDEX, "_id": name, "text": text} for name, text in documents.items()), chunk_size=500)
    client.indices.refresh(index=OWN_INDEX)
    return OWN_INDEX


def _show(searches: Sequence[dict[str, Any]]) -> None:
    console = Console()
    console.print("\n[bold]What the highlighter marks, for questions that people wrote[/bold]")
    for search in searches:
        console.print(Text(f"  “{search['question']}”"), soft_wrap=True)
        for hit in search["hits"][:1]:
            console.print(_marked(f"    {hit['id']}: {hit['marked'][:600]}"), soft_wrap=True)


def _marked(text: str) -> Text:
    shown = Text()
    for number, part in enumerate(text.replace("\n", " ").replace("</mark>", "<mark>").split("<mark>")):
        shown.append(html.unescape(part), style="bold yellow" if number % 2 else "")
    return shown
