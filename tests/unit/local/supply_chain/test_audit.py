from __future__ import annotations

import subprocess
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest

from local import LocalError
from local.supply_chain import audit
from local.supply_chain.licences import licences_of
from local.supply_chain.sbom import complete, has_hashes

if TYPE_CHECKING:
    from pathlib import Path

CLEAN = '{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}'
SKIPPED = '{"dependencies": [{"name": "a", "skip_reason": "Dependency not found on PyPI"}]}'
VULNERABLE = '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}]}'


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """pip-audit says this of the only file; its own exit status is that of the real one."""

    def answer(stdout: str, status: int = 0, stderr: str = "") -> None:
        done = subprocess.CompletedProcess(["pip-audit"], status, stdout, stderr)
        monkeypatch.setattr(audit, "run", lambda *_: done)
        monkeypatch.setattr(audit, "requirement_files", lambda: [tmp_path / "worker.txt"])

    return answer


def test_audit_of_clean_packages_succeeds(answering: Any) -> None:
    answering(CLEAN)

    assert audit.audit() == 0


def test_audit_that_could_not_look_packages_up_fails_though_pip_audit_does_not(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(SKIPPED)

    assert audit.audit() == 1
    assert "1 packages could not be looked up (a)" in capsys.readouterr().err


def test_audit_names_the_advisory_and_what_mends_it(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answering(VULNERABLE, status=1)

    assert audit.audit() == 1
    assert "vulnerable: a 1: PYSEC-1, mended in 2" in capsys.readouterr().err


def test_audit_without_a_result_says_that_nothing_is_known(answering: Any) -> None:
    answering("", status=1, stderr="Traceback\nNameResolutionError: Failed to resolve")

    with pytest.raises(LocalError, match=r"(?s)worker.txt could not be audited.*Nothing is known.*Failed to resolve"):
        audit.audit()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"License-Expression": "MIT"}, [{"expression": "MIT", "acknowledgement": "declared"}]),
        (
            {"Classifier": "License :: OSI Approved :: MIT License", "License": "x"},
            [{"license": {"name": "MIT License", "acknowledgement": "declared"}}],
        ),
        ({"License": "Apache 2"}, [{"license": {"name": "Apache 2", "acknowledgement": "declared"}}]),
        ({"License": "the whole text " * 100}, []),
        ({}, []),
    ],
    ids=["expression", "classifier", "name", "text", "none"],
)
def test_licence_is_what_the_package_declares(fields: dict[str, str], expected: list[Any]) -> None:
    metadata = Message()
    for name, value in fields.items():
        metadata[name] = value

    assert licences_of(metadata) == expected  # type: ignore[arg-type]


def test_bill_gets_licences_by_normalised_name_and_keeps_hashes() -> None:
    hashes = {"hashes": [{"alg": "SHA-256", "content": "ab"}]}
    component = {"name": "Ruamel_Yaml", "description": "line 3", "externalReferences": [hashes]}

    [found] = complete({"components": [component]}, {"ruamel-yaml": [{"expression": "MIT"}]})["components"]

    assert found == {"name": "Ruamel_Yaml", "externalReferences": [hashes], "licenses": [{"expression": "MIT"}]}
    assert has_hashes(found)
