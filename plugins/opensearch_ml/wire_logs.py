"""Keeps what clients send and get out of the logs, whatever level Airflow logs at."""

from __future__ import annotations

import logging

# Below these levels they log whole requests and answers: documents, queries, a connector's key, a session's token.
LOGGERS = {
    "botocore.auth": logging.INFO,
    "botocore.endpoint": logging.INFO,
    "botocore.parsers": logging.INFO,
    "opensearch": logging.INFO,
    "opensearchpy.trace": logging.WARNING,
}


def keep_bodies_out_of_logs() -> None:
    """From here on these loggers say nothing that has a body, unless somebody sets their levels again."""
    for name, level in LOGGERS.items():
        logger = logging.getLogger(name)
        if logger.level < level:
            logger.setLevel(level)
