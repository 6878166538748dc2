"""Documents of an index as JSONL on S3."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from include.corpus.export import PAGE_SIZE, export_documents
from include.corpus.sample import sample_documents
from include.corpus.seen import Seen, write_seen
from include.corpus.sketch import Sketch
from include.reuse.fingerprint import index_fingerprint
from include.storage import write_lines
from opensearch_ml.clients import aws_client
from opensearch_ml.lineage import lineage_of_export
from opensearch_ml.links import S3ObjectLink, remember_link, s3_link
from opensearch_ml.operators.base import OpenSearchBaseOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class OpenSearchToS3Operator(OpenSearchBaseOperator):
    """Write a sample of an index's documents to S3, `{"id", "text"}` a line.

    A point in time is read in slices; texts that are empty or come twice are dropped and counted. The same index and
    seed give the same object. Memory does not grow with the index.

    Args:
        index_name: index or alias.
        text_field: dotted path of the text in `_source`.
        s3_uri: object to write.
        max_documents: sample size.
        seed: of the sample.
        slices: pages that are fetched at the same time.
        page_size: documents a page.
        seen_uri: object to write what was seen of the index to, see `include.corpus.seen`; None: nothing.

    Returns:
        `{"uri", "read", "empty", "duplicate", "sampled"}`.
    """

    template_fields: Sequence[str] = (
        *OpenSearchBaseOperator.cluster_fields,
        "index_name",
        "text_field",
        "s3_uri",
        "max_documents",
        "seed",
        "slices",
        "seen_uri",
    )
    operator_extra_links = (S3ObjectLink(),)

    def __init__(
        self,
        *,
        index_name: str,
        text_field: str,
        s3_uri: str,
        max_documents: int = 20_000,
        seed: int = 42,
        slices: int = 2,
        page_size: int = PAGE_SIZE,
        seen_uri: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.index_name = index_name
        self.text_field = text_field
        self.s3_uri = s3_uri
        self.max_documents = max_documents
        self.seed = seed
        self.slices = slices
        self.page_size = page_size
        self.seen_uri = seen_uri

    def execute(self, context: Context) -> dict[str, Any]:
        """Read, sample, write."""
        s3 = aws_client("s3", self.aws_conn_id, self.region_name)
        # Before the documents are read: what changes meanwhile is then taken for new by the next look.
        fingerprint = index_fingerprint(self.hook.conn, self.index_name) if self.seen_uri else None
        sketch = Sketch()
        exported = export_documents(self.hook.conn, self.index_name, self.text_field, self.slices, self.page_size)
        # Closed also when a document cannot be kept: its point in time would stay open, held by the error's traceback.
        with (
            closing(exported) as documents,
            sample_documents(sketch.noting(documents), self.max_documents, self.seed) as (sample, counts),
        ):
            write_lines(s3, self.s3_uri, (document.to_line() for document in sample))
        if self.seen_uri:
            write_seen(s3, self.seen_uri, Seen(fingerprint, sketch))
        remember_link(self, S3ObjectLink, s3_link(s3, self.s3_uri))
        return {"uri": self.s3_uri, **counts.as_dict()}

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """What was read and written; the OpenLineage provider asks for it, and nobody else."""
        return lineage_of_export(self.hook.url, self.index_name, self.s3_uri)
