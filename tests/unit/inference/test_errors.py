from __future__ import annotations

import importlib
import sys
from http import HTTPStatus
from types import ModuleType
from typing import TYPE_CHECKING

from include.inference import errors

if TYPE_CHECKING:
    import pytest


def test_request_error_has_what_the_toolkit_answers_with() -> None:
    error = errors.RequestError(HTTPStatus.BAD_REQUEST, "no inputs")
    assert (error.status_code, error.message, error.phrase) == (400, "no inputs", "Bad Request")


def test_request_error_derives_from_the_toolkits_own_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    class BaseInferenceToolkitError(Exception):
        """As sagemaker_inference 1.10 has it."""

        def __init__(self, status_code: int, message: str, phrase: str) -> None:
            self.status_code, self.message, self.phrase = status_code, message, phrase

    toolkit = ModuleType("sagemaker_inference.errors")
    toolkit.BaseInferenceToolkitError = BaseInferenceToolkitError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sagemaker_inference", ModuleType("sagemaker_inference"))
    monkeypatch.setitem(sys.modules, "sagemaker_inference.errors", toolkit)
    source = importlib.util.spec_from_file_location("errors_with_toolkit", errors.__file__)
    assert source is not None
    assert source.loader is not None
    loaded = importlib.util.module_from_spec(source)
    source.loader.exec_module(loaded)
    error = loaded.RequestError(HTTPStatus.NOT_ACCEPTABLE, "no JSON")
    assert isinstance(error, BaseInferenceToolkitError)
    assert (error.status_code, error.message, error.phrase) == (406, "no JSON", "Not Acceptable")
