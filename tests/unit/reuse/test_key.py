from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.reuse import code
from include.reuse.code import code_digest
from include.reuse.key import Work, differences

if TYPE_CHECKING:
    from pathlib import Path


def test_key_same_for_the_same_in_another_order() -> None:
    assert Work("s", {"a": 1, "b": {"c": 2, "d": 3}}).key() == Work("s", {"b": {"d": 3, "c": 2}, "a": 1}).key()


def test_key_changes_with_the_code_unless_that_does_not_matter() -> None:
    old, new = Work("s", {"a": 1}, "old code"), Work("s", {"a": 1}, "new code")

    assert old.key() != new.key()
    assert old.key(whatever_code=True) == new.key(whatever_code=True)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1}, [], id="nothing"),
        pytest.param({"epochs": 3}, {"epochs": 5}, ["epochs 3 → 5"], id="value"),
        pytest.param(
            {"channels": {"train": "a" * 64}}, {"channels": {"train": "b" * 64}}, ["channels.train changed"], id="hash"
        ),
        pytest.param({"epochs": 3}, {}, ["epochs 3 → None"], id="gone"),
        pytest.param({"f": {"x": "1"}}, {"f": {"y": "1"}}, ["f.x 1 → None", "f.y None → 1"], id="renamed"),
    ],
)
def test_differences_are_named(before: dict[str, object], now: dict[str, object], expected: list[str]) -> None:
    assert differences(before, now) == expected


def files(*modules: str) -> set[str]:
    return {path.relative_to(code.ROOT).as_posix() for path in code._files_of(modules)}


def test_code_of_the_corpus_is_what_it_imports_and_no_more() -> None:
    found = files("include.corpus.export", "include.phases.corpus")

    assert {"include/corpus/sample.py", "include/corpus/split.py", "include/storage.py", "include/errors.py"} <= found
    assert not [
        name for name in found if name.startswith(("include/report/", "include/training/", "include/settings/"))
    ]
    assert "include/plan.py" not in found, "it is imported for types only"


def test_code_digest_changes_with_an_imported_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "a.py").write_text("from include import b\n")
    (tmp_path / "include" / "b.py").write_text("X = 1\n")
    (tmp_path / "include" / "c.py").write_text("X = 1\n")
    monkeypatch.setattr(code, "ROOT", tmp_path)
    first = code_digest.__wrapped__("include.a")
    (tmp_path / "include" / "c.py").write_text("X = 2\n")
    assert code_digest.__wrapped__("include.a") == first
    (tmp_path / "include" / "b.py").write_text("X = 2\n")
    assert code_digest.__wrapped__("include.a") != first
