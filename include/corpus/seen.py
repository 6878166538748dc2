"""What a run saw of its corpus: where the documents came from as they were, and a sketch. Not what it trains on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.corpus.sketch import Sketch
from include.reuse.content import etags_below
from include.storage import read_json, write_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.settings import FinetuneSettings


@dataclass(frozen=True)
class Seen:
    """A corpus at one time.

    Attributes:
        source: of an index its fingerprint, see `include.reuse.fingerprint`; of files their ETags. None: not known.
        sketch: of all its documents, not only of the sample.
    """

    source: dict[str, Any] | None
    sketch: Sketch


def write_seen(s3: S3Client, uri: str, seen: Seen) -> str:
    """Keep what was seen; returns the URI."""
    return write_json(s3, uri, {"source": seen.source, **seen.sketch.as_dict()})


def read_seen(s3: S3Client, uri: str) -> Seen:
    """What `write_seen` kept."""
    fields = read_json(s3, uri)
    return Seen(fields["source"], Sketch.from_dict(fields))


def files_seen(s3: S3Client, settings: FinetuneSettings) -> dict[str, Any]:
    """The source of documents that lie on S3: the ETag of each file."""
    uri = settings.corpus.s3_corpus_path or settings.queries.s3_pairs_path
    return {"files": etags_below(s3, str(uri))}
