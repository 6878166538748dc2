"""Keeps what clients send and get out of the logs, whatever level Airflow logs at."""

from __future__ import annotations

import logging

# At level DEBUG they log whole requests and answers: documents, queries, a connector's key, a session's token.
LOGGERS = ("botocore.auth", "botocore.endpoint", "botocore.parsers", "opensearch")


def keep_bodies_out_of_logs() -> None:
    """From here on these loggers say nothing below INFO, unless somebody sets their levels again."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if logger.level < logging.INFO:
            logger.setLevel(logging.INFO)
