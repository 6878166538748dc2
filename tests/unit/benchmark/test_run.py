"""The whole benchmark on a cluster in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.benchmark.render import render_benchmark
from include.benchmark.run import benchmark, check_verdict
from include.errors import TerminalError

from .conftest import settings_of

if TYPE_CHECKING:
    from include.benchmark.settings import BenchmarkSettings

    from .conftest import Cluster


def run(cluster: Cluster, settings: BenchmarkSettings, *more: Any) -> dict[str, Any]:
    return benchmark(cluster, settings, *more)  # type: ignore[arg-type]


def test_benchmark_measures_every_cell_in_every_mode(cluster: Cluster, settings: BenchmarkSettings) -> None:
    result = run(cluster, settings)

    assert len(result["cells"]) == 2 * 2 * 2 * 2
    for cell in result["cells"]:
        assert set(cell["modes"]) == ({"none", "single", "batch"} if cell["path"] == "search" else {"single", "batch"})
        assert {mode["n"] for mode in cell["modes"].values()} == {12}
        assert cell["modes"]["batch"]["highlights"] == 12 * cell["hits"]
        assert cell["single_over_batch"]["n"] == 12
    assert result["parity"]["differing"] == 0
    assert result["parity"]["documents"] == sum(12 * cell["hits"] for cell in result["cells"])
    check_verdict(result)


def test_benchmark_short_documents_are_the_lower_third(cluster: Cluster, settings: BenchmarkSettings) -> None:
    result = run(cluster, settings)

    assert result["index"]["lengths"]["short"] == {
        "sampled": 10,
        "words_mean": 16.5,
        "words_min": 3,
        "words_max": 30,
    }


def test_benchmark_puts_the_clients_retries_back(cluster: Cluster, settings: BenchmarkSettings) -> None:
    run(cluster, settings)

    assert cluster.transport.max_retries == 3


@pytest.mark.parametrize("path", ["search", "predict"])
def test_benchmark_batch_loses_highlights_fails_and_says_where(cluster: Cluster, path: str) -> None:
    cluster.loses = {"d03"}

    result = run(cluster, settings_of(paths=[path]))

    with pytest.raises(TerminalError, match=rf"{path}, short documents, 5 hits.*batch mode returned 48 .* mode 60"):
        check_verdict(result)


def test_benchmark_batch_calls_that_fail_are_lost_highlights(cluster: Cluster) -> None:
    cluster.fails = {"batch"}

    result = run(cluster, settings_of(paths=["predict"]))

    assert result["cells"][0]["modes"]["batch"]["errors"] == 12
    with pytest.raises(TerminalError, match=r"batch mode returned 0 .*12 of 12 batch queries failed.*status_exception"):
        check_verdict(result)


def test_benchmark_without_any_highlight_fails(cluster: Cluster) -> None:
    cluster.fails = {"single", "batch"}

    with pytest.raises(TerminalError, match=r"single mode returned no highlights \(0 of 12 queries answered"):
        check_verdict(run(cluster, settings_of()))


def test_benchmark_other_spans_are_counted_and_shown(cluster: Cluster) -> None:
    cluster.shifts = {"d00"}

    result = run(cluster, settings_of(document_lengths=["mixed"], hits=[5]))

    assert result["parity"] == {"documents": 4 * 60, "differing": 4 * 12}
    example = result["cells"][0]["parity"]["examples"][0]
    assert (example["document"], example["single"], example["batch"]) == ("articles/d00", ((0, 11),), ((1, 10),))
    check_verdict(result)


def test_benchmark_of_a_server_without_batches_leaves_them_out(cluster: Cluster) -> None:
    cluster.version, cluster.factories = "3.1.0", []

    result = run(cluster, settings_of(paths=["search"]))

    assert set(result["cells"][0]["modes"]) == {"none", "single"}
    check_verdict(result)


def test_benchmark_factory_off_is_refused_before_anything_is_measured(cluster: Cluster) -> None:
    cluster.factories = []

    with pytest.raises(TerminalError, match="PUT /_cluster/settings"):
        run(cluster, settings_of())
    assert cluster.bodies == []


def test_benchmark_more_hits_than_documents_of_a_length_is_left_out_and_said(cluster: Cluster) -> None:
    result = run(cluster, settings_of(hits=[5, 20]))

    assert "only 10 short documents are known" in result["skipped"][0]
    assert {cell["hits"] for cell in result["cells"] if cell["length"] == "short"} == {5}


def test_benchmark_asks_the_given_questions_as_terms(cluster: Cluster) -> None:
    result = run(cluster, settings_of(paths=["search"]), ["Where DOES the dog run? the dog"])

    assert result["questions"] == {"n": 1, "from": "given", "examples": ["where does the dog run?"]}
    asked = {body["query"]["match"]["text"]["query"] for body in cluster.bodies if "match" in body["query"]}
    assert asked == {"where does the dog run?"}


def test_benchmark_time_limit_ends_a_cell_after_a_whole_round(cluster: Cluster) -> None:
    import time
    from threading import Event

    search = cluster.search

    def slow(**named: Any) -> dict[str, Any]:
        Event().wait(0.11)
        return search(**named)

    cluster.search = slow  # type: ignore[assignment,method-assign]
    began = time.monotonic()
    result = run(
        cluster,
        settings_of(
            paths=["search"], hits=[1], clients=[1], document_lengths=["mixed"], cell_seconds=1, measured_queries=100
        ),
    )

    cell = result["cells"][0]
    assert time.monotonic() - began < 60
    assert cell["complete"] is False
    assert len({mode["n"] for mode in cell["modes"].values()}) == 1
    assert 1 <= cell["modes"]["batch"]["n"] < 100


def test_benchmark_memory_is_asked_for_the_time_of_the_run(cluster: Cluster, settings: BenchmarkSettings) -> None:
    asked: list[Any] = []

    def memory(since: Any, until: Any) -> dict[str, float]:
        asked.append(until - since)
        return {"memory_percent_max": 41.5}

    assert run(cluster, settings, (), memory)["memory"] == {"memory_percent_max": 41.5}
    assert asked[0].total_seconds() >= 0


def test_page_shows_cells_published_figures_and_verdict(cluster: Cluster) -> None:
    cluster.loses = {"d03"}
    result = run(cluster, settings_of(hits=[5, 10], clients=[1, 8], document_lengths=["short"], paths=["search"]))

    page = render_benchmark(result)

    assert "Do not use batch mode yet." in page
    assert page.count("<svg") == 3
    assert "14.4" in page
    assert "2025-10-13" in page
    assert "src=" not in page
    assert "href=" not in page.replace('xlink:href="#', "")


def test_page_of_a_result_read_back_from_json_is_the_same(cluster: Cluster, settings: BenchmarkSettings) -> None:
    import json

    result = run(cluster, settings)

    assert render_benchmark(json.loads(json.dumps(result))) == render_benchmark(result)


def test_page_escapes_what_an_index_holds(cluster: Cluster) -> None:
    result = run(cluster, settings_of(), ["<script>alert(1)</script> dog"])

    assert "<script>" not in render_benchmark(result)
