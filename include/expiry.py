"""What nobody needs once a run has ended is marked, so that the bucket may let it expire."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include import layout as at
from include.errors import FinetuneError
from include.layout import split_uri
from include.requests.tags import INTERMEDIATE_TAG
from include.storage import list_uris

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.layout import Layout

PLACES = ("raw-corpus/", "bedrock-input/", "bedrock-output/", "training-data/", f"{at.BEIR}/corpus.jsonl")
ENDINGS = (".jsonl", ".jsonl.out")
"""Of files with texts; manifests and counts beside them stay, and so do the queries of the comparison."""
MARKED = {**dict.fromkeys(PLACES, ENDINGS), at.CHECKPOINTS: ("",)}
"""Endings by place. Of checkpoints all files: only a training that did not come to its end has left any."""
log = logging.getLogger(__name__)


def let_intermediates_expire(s3: S3Client, layout: Layout) -> int:
    """Tag what the run's folder holds of documents, prompts, answers, pairs and checkpoints; returns how many objects.

    Lifecycle rules know a key's beginning, which is the same for a run's texts and its model; Bedrock's files cannot be
    tagged when they are written. So it is done when the run ends. A run is not failed by it: what could not be tagged
    is logged, and stays.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    key, value = INTERMEDIATE_TAG
    tagged = 0
    try:
        for uri in (uri for place, ends in MARKED.items() for uri in list_uris(s3, layout.uri(place), ends)):
            bucket, name = split_uri(uri)
            s3.put_object_tagging(Bucket=bucket, Key=name, Tagging={"TagSet": [{"Key": key, "Value": value}]})
            tagged += 1
    except (BotoCoreError, ClientError, FinetuneError) as error:
        log.warning("Not all of what the run leaves is marked as intermediate, so no lifecycle rule ends it: %s", error)
    return tagged
