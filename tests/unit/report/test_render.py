"""The page: complete for every kind of run, closed to what hostile texts try, and open without a network."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from include.report.render import render_report

if TYPE_CHECKING:
    from collections.abc import Callable

VOID = {"meta", "br", "img", "hr", "link", "input"}


class Page(HTMLParser):
    """Tags, attributes and text of a page, and whether its tags close each other."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize("judged", [pytest.param(True, id="judged"), pytest.param(False, id="no-judged")])
@pytest.mark.parametrize("bad_lines", [pytest.param(3, id="s3-input"), pytest.param(None, id="index-input")])
@pytest.mark.parametrize("outcome", ["better", "worse", "no difference"])
def test_render_report_every_kind_of_run_is_complete(
    make_report: Callable[..., Any], judged: bool, bad_lines: int | None, outcome: str
) -> None:
    """StrictUndefined: a name that is missing ends the rendering."""
    page = Page(render_report(make_report(outcome, judged=judged, bad_lines=bad_lines)))

    assert page.open == []
    assert ("Judged queries" in page.text) == judged
    assert "Held-out synthetic queries" in page.text
    assert ("3 of 20,500 lines malformed" in page.text) == (bad_lines is not None)
    assert page.tags.count("svg") == (5 if judged else 3)  # two charts a query set, and the loss


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        pytest.param("better", "The tuned model is better than the base model. nDCG@10 changes by +0.369", id="better"),
        pytest.param("worse", "The tuned model is worse than the base model.", id="worse"),
        pytest.param("no difference", "No difference between tuned and base model can be shown.", id="none"),
    ],
)
def test_render_report_says_the_verdict_first(make_report: Callable[..., Any], outcome: str, verdict: str) -> None:
    text = Page(render_report(make_report(outcome))).text

    assert verdict in text
    assert text.index(verdict) < text.index("Quality")
    assert "on 30 held-out synthetic queries" in text


def test_render_report_numbers_are_readable(make_report: Callable[..., Any]) -> None:
    text = Page(render_report(make_report())).text

    for shown in (
        "20,500 documents read, 20,000 sampled (3 empty and 12 duplicates dropped), 2,000 held out",
        "40,000 asked of",
        "35,000 to train on, 4,000 held out",
        "refused 900, echoed 100",
        "Tokens: 7,654,321 in, 123,456 out",
        "1,234 billable seconds",
        "1 min 01 s",
        "60 min 05 s",
        "smallest cosine of the smoke test 0.99999",
    ):
        assert shown in text


def test_render_report_says_how_to_use_the_model(make_report: Callable[..., Any]) -> None:
    text = Page(render_report(make_report())).text

    assert '"query_text": "what you look for"' in text
    assert "vectors of two models do not mix" in text


def test_render_report_hostile_texts_stay_texts(make_report: Callable[..., Any]) -> None:
    report = make_report()
    report["model_name"] = "</title><script>alert(1)</script>"
    report["registration"]["model_id"] = "</pre><script>alert(2)</script>"
    report["settings"]["model"]["base_model_id"] = '"><img src=x onerror=alert(3)>'

    html = render_report(report)
    page = Page(html)

    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "<script>alert('xss')</script>\"'&{{ 7*7 }}" in page.text  # the query, as it was written
    assert "49" not in re.findall(r"xss.{0,60}", html)[0]
    assert page.open == []


ATTACKS = (
    "</title></pre></svg><script>alert(1)</script>",
    '"\' onmouseover=alert(1) x="',
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!-- <style>",
    "\u202e&lt;script&gt;",
)
CHOSEN_BY_US = {"outcome", "measure", "decided_on", "model_type", "gain_over", "aws_endpoint"}
"""Values that the page looks up in a table, or reads as a URL."""


def attacked(value: Any, attack: str) -> Any:
    """Every text replaced: names, ids, queries, documents, reasons, errors."""
    if isinstance(value, dict):
        return {k: v if k in CHOSEN_BY_US else attacked(v, attack) for k, v in value.items()}
    if isinstance(value, list):
        return [attacked(each, attack) for each in value]
    return f"{value} {attack}" if isinstance(value, str) else value


@pytest.mark.parametrize("attack", ATTACKS)
def test_render_report_attack_in_every_text_changes_no_element(make_report: Callable[..., Any], attack: str) -> None:
    plain, page = (Page(render_report(attacked(make_report(), text))) for text in ("ordinary words", attack))

    assert page.tags == plain.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in plain.attributes]
    assert not [value for _, value in page.attributes if str(value).strip().startswith("javascript:")]
    assert page.open == []


def test_render_report_needs_nothing_from_elsewhere(make_report: Callable[..., Any]) -> None:
    page = Page(render_report(make_report(judged=True)))

    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    for name, value in page.attributes:
        if name in ("src", "href", "xlink:href", "action", "srcset", "data"):
            assert str(value).startswith("#"), value
    assert "@import" not in page.text
    assert not re.search(r"url\((?!#)", " ".join(str(value) for _, value in page.attributes) + page.text)


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        pytest.param("https://s3.eu-west-1.amazonaws.com", False, id="aws"),
        pytest.param("https://s3.cn-north-1.amazonaws.com.cn", False, id="aws-china"),
        pytest.param("http://127.0.0.1:4566", True, id="local"),
        pytest.param("https://amazonaws.com.evil.example", True, id="not-aws"),
    ],
)
def test_render_report_stand_ins_are_named(make_report: Callable[..., Any], endpoint: str, shown: bool) -> None:
    text = Page(render_report({**make_report(), "aws_endpoint": endpoint})).text

    assert ("AWS was a stand-in" in text) == shown
    assert ("not by a large language model" in text) == shown


def test_render_report_without_a_logged_loss_has_no_chart_of_it(make_report: Callable[..., Any]) -> None:
    report = make_report()
    report["training"] = {}

    page = Page(render_report(report))

    assert "Training loss" not in page.text
    assert page.tags.count("svg") == 2


def test_render_report_seconds_that_airflow_does_not_tell_are_left_out(make_report: Callable[..., Any]) -> None:
    """As before Airflow 3.2; zeros would be taken for measured ones."""
    page = render_report({**make_report(), "seconds": {}})

    assert "35,000 to train on" in Page(page).text
    assert "time of its tasks" not in page
    assert '<td class="n">0 s</td>' not in page


def test_render_report_nothing_dropped_says_none(make_report: Callable[..., Any]) -> None:
    report = make_report()
    report["phases"]["queries"]["counts"]["dropped"] = {}

    assert "dropped: none ." in Page(render_report(report)).text.replace("none.", "none .")


def test_render_report_own_pairs_were_asked_of_no_model(make_report: Callable[..., Any]) -> None:
    text = Page(render_report(make_report(s3_pairs_path="s3://bucket/pairs/"))).text

    assert "in the pairs of s3://bucket/pairs/" in text
    assert "asked of" not in text


def test_render_report_same_content_is_the_same_page(make_report: Callable[..., Any]) -> None:
    assert render_report(make_report()) == render_report(make_report())


BENCHMARK = {
    "page": "s3://bucket/benchmark.html",
    "skipped": "",
    "reasons": ["search: batch mode returned 3 highlights, single mode 4 <script>."],
    "documents": 1_000,
    "differing": 0,
    "rows": [
        {
            "path": "search",
            "hits": 10,
            "clients": 1,
            "single": 120.0,
            "batch": 100.0,
            "ratio": {"value": 1.2, "low": 1.1, "high": 1.3, "n": 50},
        },
        {
            "path": "predict",
            "hits": 1,
            "clients": 1,
            "single": 12.0,
            "batch": 10.0,
            "ratio": {"value": 1.3, "low": None, "high": None, "n": 3},
        },
    ],
}


def test_render_report_of_a_highlighter_says_what_it_marks_better_than(
    make_highlighter_report: Callable[..., Any],
) -> None:
    text = Page(render_report(make_highlighter_report())).text

    assert "The tuned highlighter is better than every baseline. F1 changes by +0.050" in text
    assert "over the best baseline on 30 held-out synthetic questions" in text
    assert "BM25, best sentence" in text
    assert "tuned minus BM25, best sentence, paired" in text
    assert "3 questions answered with the training container's spans" in text
    assert '"type": "semantic"' in text
    assert "Single against batch" not in text


def test_render_report_benchmark_is_a_table_and_lost_highlights_a_warning(
    make_highlighter_report: Callable[..., Any],
) -> None:
    page = Page(render_report(make_highlighter_report(BENCHMARK)))

    assert page.open == []
    assert "Do not switch to batch highlighting yet. search: batch mode returned 3" in page.text
    assert "1.20 [1.10, 1.30]" in page.text
    assert "1.30 (n=3)" in page.text
    assert "1,000 documents highlighted in both ways, 0 of them differently" in page.text


def test_render_report_benchmark_that_was_left_out_says_why(make_highlighter_report: Callable[..., Any]) -> None:
    text = Page(render_report(make_highlighter_report({"skipped": "There is no index to search."}))).text

    assert "There is no index to search." in text


REFUSED = "It is not promoted. On 30 held-out queries +0.001, p = 0.812: no difference."


@pytest.mark.parametrize(
    ("approval", "headline"),
    [
        pytest.param(None, "Nothing was deployed. It is not promoted.", id="gate"),
        pytest.param({"approved": False, "by": "ada"}, "Nothing was deployed: ada rejected it.", id="person"),
        pytest.param(
            {"approved": False, "by": None}, "Nothing was deployed: nobody approved it within 168 hours.", id="nobody"
        ),
    ],
)
def test_render_report_nothing_deployed_is_said_first_with_the_reason_and_the_artifact(
    make_report: Callable[..., Any], approval: Any, headline: str
) -> None:
    decision = {"promote": approval is not None, "reason": REFUSED, "checks": []}
    refused = {"deployed": False, "registration": None, "approval": approval, "decision": decision}
    page = Page(render_report({**make_report(), **refused}))

    assert headline in page.text
    assert page.text.index(headline) < page.text.index("The tuned model is better")
    assert f"{REFUSED} The model is kept: s3://bucket/model.tar.gz" in page.text
    assert "skipped: nothing was deployed" in page.text
    assert "Use it" not in page.text
    assert page.open == []


def test_render_report_approved_says_by_whom(make_report: Callable[..., Any]) -> None:
    text = Page(render_report({**make_report(), "approval": {"approved": True, "by": "ada"}})).text

    assert "The tuned model is deployed. It is promoted." in text
    assert "Approved by ada." in text


def test_render_report_five_systems_and_the_p_value_stand_beside_each_other(make_report: Callable[..., Any]) -> None:
    text = Page(render_report(make_report())).text

    for label in ("BM25 (english analyzer)", "base model + BM25", "tuned model + BM25"):
        assert label in text
    assert "two-sided p < 0.001 (paired randomisation test, 10,000 flips of sign)" in text
    assert "Fused with BM25 by reciprocal rank it changes by +" in text


def test_render_report_changed_queries_show_their_documents(make_report: Callable[..., Any]) -> None:
    text = Page(render_report(make_report())).text

    assert "The queries that gained most (1)" in text
    assert "The queries that lost most (1)" in text
    assert "tuned model, first ✓ d1" in text
    assert "base model, first d2 (not in the corpus)" in text


def test_render_report_of_a_sparse_model_searches_words(make_report: Callable[..., Any]) -> None:
    text = Page(render_report(make_report(model_type="sparse"))).text

    assert '"neural_sparse": { "text_sparse":' in text
    assert "before training" in text


def test_render_report_tells_what_was_taken_over_and_what_it_had_cost(make_report: Callable[..., Any]) -> None:
    report = make_report()
    taken = {"reused_from": "20261101-000000-abcdef", "saved": {"billable_seconds": 3_600.0}}
    report["phases"]["training"] |= taken
    report["deployment_reused_from"] = "20261101-000000-abcdef"

    text = Page(render_report(report)).text

    assert "Taken over from run 20261101-000000-abcdef" in text
    assert "which was billed 3,600 billable seconds; it is not paid again" in text
    assert "Deployed by run 20261101-000000-abcdef already, and used again." in text


def test_render_report_cost_stands_beside_its_estimate(make_report: Callable[..., dict[str, Any]]) -> None:
    page = render_report(make_report())

    assert "7,654,321 tokens in" in page
    assert "$0.2450" in page
    assert "$0.00 (reused)" in page
    assert "The endpoint costs $1.41 an hour, until it is deleted, and is not in the sum." in page
