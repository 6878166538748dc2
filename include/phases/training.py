"""Phase 3: the code for the container, and the check of what comes out of it."""

from __future__ import annotations

import hashlib
import tarfile
from contextlib import contextmanager
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.containers import package_source
from include.cost.actual import training_usd
from include.errors import TerminalError
from include.layout import split_uri
from include.manifest import Manifest, object_hashes, settings_of, write_manifest
from include.requests.isolation import packages_of
from include.storage import clearing_uploads, list_uris, parse_json, read_raw_lines, write_bytes
from include.training.unpack import checked_members, opened, packed_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from include.plan import Plan

PICKLED = (".bin", ".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib")
EXPECTED = frozenset({"config.json", "model.safetensors", "README.md", "code/inference.py"})
OWN_FILES = {
    "dense": frozenset({"modules.json"}),
    "sparse": frozenset({"modules.json", "router_config.json"}),
    "highlighter": frozenset({"highlighter.json", "tokenizer.json"}),
}


def upload_source(s3: S3Client, plan: Plan) -> str:
    """Upload the code that runs in the containers; returns its URI."""
    return write_bytes(s3, plan.layout.uri(at.SOURCE), package_source(packages_of(plan.settings)), "application/gzip")


def publish_artifact(s3: S3Client, plan: Plan, trained: dict[str, Any]) -> dict[str, Any]:
    """Check the archive of the training job and copy it to `model-artifacts/model.tar.gz`.

    Args:
        s3: client.
        plan: of the run.
        trained: what the training job left: `model_uri`, `output_uri`, `training_seconds`, `billable_seconds`,
            `instance_type`; of a job of an earlier run also `reused_from` and `saved`.

    Returns:
        URI, sha256 and number of files of the archive.

    Raises:
        TerminalError: it holds pickled weights, unsafe paths, or lacks a file that serving needs.
    """
    layout = plan.layout
    model_uri, output_uri = trained["model_uri"], trained["output_uri"]
    with download(s3, model_uri) as archive_file:
        digest = hashlib.file_digest(archive_file, "sha256").hexdigest()
        archive_file.seek(0)
        with _unpacking(model_uri), opened(archive_file) as archive:
            members = list(checked_members(archive, packed_size(archive_file)))
        names = check_members(members, plan.settings.model.model_type)
    bucket, key = split_uri(model_uri)
    with clearing_uploads(s3, layout.uri(at.MODEL)):
        s3.copy({"Bucket": bucket, "Key": key}, bucket, layout.key(at.MODEL))
    artifact = {"uri": layout.uri(at.MODEL), "sha256": digest, "files": len(names)}
    unpacked = unpack_output(s3, plan, output_uri)
    training = read_output_json(s3, plan, "training.json")
    # By which the deployed model will be checked: what is wrong with it is told before an endpoint is paid for.
    read_output_json(s3, plan, "golden.json")
    usage = {"billable_seconds": float(trained["billable_seconds"])}
    manifest = Manifest(
        phase="training",
        inputs=object_hashes(s3, [layout.uri(at.TRAINING_DATA), layout.uri(at.SOURCE)]),
        outputs=[model_uri, output_uri, layout.uri(at.MODEL), *unpacked],
        settings=settings_of(plan.settings.model, plan.settings.training),
        counts={**artifact, "training": training, "instance_type": trained["instance_type"]},
        seconds=float(trained["training_seconds"]),
        usage=usage,
        reused_from=trained.get("reused_from", ""),
        saved=trained.get("saved", {}),
        cost_usd=training_usd(plan, usage, trained["instance_type"]),
    )
    write_manifest(s3, layout.uri("model-artifacts"), manifest)
    return artifact


def check_members(members: list[tarfile.TarInfo], model_type: str = "dense") -> set[str]:
    """Names of the files in a model archive, whose members `checked_members` has seen.

    Raises:
        TerminalError: pickled weights, or a file missing.
    """
    names = {str(PurePosixPath(member.name)) for member in members if not member.isdir()}
    pickled = sorted(name for name in names if name.endswith(PICKLED))
    missing = sorted((EXPECTED | OWN_FILES[model_type]) - names)
    for found, what in ((pickled, "pickled weights"), (missing, "no file")):
        if found:
            raise TerminalError(f"The model archive has {what}: {', '.join(map(ascii, found))}. It is not deployed.")
    return names


def read_output_json(s3: S3Client, plan: Plan, name: str) -> Any:
    """A JSON file that `unpack_output` took from the training job's output archive.

    Raises:
        TerminalError: it is not there, or is not JSON.
    """
    found = read_output(s3, plan, [name])
    if name not in found:
        raise TerminalError(f"The training job left no {name} in its output.tar.gz. Look at its log.")
    return parse_json(b"".join(found[name]), f"{name} of the training job's output.tar.gz")


def read_output(s3: S3Client, plan: Plan, names: list[str]) -> dict[str, list[bytes]]:
    """Lines of files that `unpack_output` took from the archive, by name; a name that is not there is left out."""
    there = list_uris(s3, plan.layout.uri(at.TRAINING_OUTPUT))
    uris = {name: plan.layout.uri(f"{at.TRAINING_OUTPUT}/{name}") for name in names}
    return {name: list(read_raw_lines(s3, uri)) for name, uri in uris.items() if uri in there}


def unpack_output(s3: S3Client, plan: Plan, output_uri: str) -> list[str]:
    """Put each file of the job's output archive below `training-output/`, so that it is fetched once; returns them."""
    uris = []
    with (
        download(s3, output_uri) as archive_file,
        _unpacking(output_uri),
        opened(archive_file) as archive,
    ):
        for member in checked_members(archive, packed_size(archive_file)):
            content = archive.extractfile(member) if member.isfile() else None
            if content:
                path = f"{at.TRAINING_OUTPUT}/{PurePosixPath(member.name)}"
                with clearing_uploads(s3, plan.layout.uri(path)):
                    s3.upload_fileobj(content, plan.layout.bucket, plan.layout.key(path))
                uris.append(plan.layout.uri(path))
    return uris


@contextmanager
def _unpacking(uri: str) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise TerminalError(
            f"{uri}, which the training job wrote, cannot be unpacked: {str(error).rstrip('.')}. It is not "
            "deployed. Look at the job's log."
        ) from error


@contextmanager
def download(s3: S3Client, uri: str) -> Iterator[Any]:
    """The object as a temporary file, at its start.

    Raises:
        TerminalError: it is not there.
    """
    bucket, key = split_uri(uri)
    with TemporaryFile() as target:
        try:
            s3.download_fileobj(bucket, key, target)
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            raise TerminalError(f"The training job left no {uri}. Look at its log, then start it anew.") from error
        target.seek(0)
        yield target
