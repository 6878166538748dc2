"""The record that each phase leaves beside its output: what went in, what came out, what it took."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from include.layout import split_uri
from include.storage import read_json, write_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from pydantic import BaseModel


@dataclass(frozen=True)
class Manifest:
    """One phase of one run.

    Attributes:
        phase: its name.
        inputs: URI to the hash of each object that was read.
        outputs: URIs that were written.
        settings: the phase's parameters.
        counts: how many of what.
        seconds: wall time of the phase's own work.
        usage: what AWS bills by: tokens, billable seconds.
        cost_usd: of the usage, by the prices of the run's plan; None if one is not known, or nothing is billed here.
        code_version: digest of the package's code.
        reused_from: runs whose work was taken over; empty if all is the run's own.
        saved: what those runs were billed by, and this one is not.
    """

    phase: str
    inputs: dict[str, str]
    outputs: list[str]
    settings: dict[str, Any]
    counts: dict[str, Any]
    seconds: float
    usage: dict[str, float] = field(default_factory=dict)
    code_version: str = ""
    reused_from: str = ""
    saved: dict[str, float] = field(default_factory=dict)
    cost_usd: float | None = None


def write_manifest(s3: S3Client, uri: str, manifest: Manifest) -> str:
    """Write the manifest to `{uri}/manifest.json`, the code's version filled in; returns its URI."""
    return write_json(s3, f"{uri}/manifest.json", {**asdict(manifest), "code_version": code_version()})


def read_manifest(s3: S3Client, uri: str) -> Manifest:
    """The manifest that `write_manifest` left below the URI."""
    return Manifest(**read_json(s3, f"{uri}/manifest.json"))


def object_hashes(s3: S3Client, uris: list[str]) -> dict[str, str]:
    """Each object's ETag, which changes with its content."""
    hashes = {}
    for uri in uris:
        bucket, key = split_uri(uri)
        hashes[uri] = s3.head_object(Bucket=bucket, Key=key)["ETag"].strip('"')
    return hashes


def settings_of(*models: BaseModel) -> dict[str, Any]:
    """Parameters of the phases by name."""
    return {name: value for model in models for name, value in model.model_dump(mode="json").items()}


def code_version() -> str:
    """Twelve digits over the source files of the package: another code, another version."""
    digest = hashlib.sha256()
    root = resources.files("include")
    for path in sorted(_source_files(root), key=str):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _source_files(folder: Any) -> Any:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _source_files(entry)
        elif entry.name.endswith((".py", ".html", ".txt")):
            yield entry
