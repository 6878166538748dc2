"""A failed run tells a topic of Amazon SNS; for other places see docs/monitoring.md."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from include.settings.base import TopicArn
from opensearch_ml.clients import aws_client

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

LONGEST_SUBJECT = 99
"""Characters; SNS takes fewer than 100, of ASCII."""


def notify_as_asked(given: Mapping[str, Any], subject: str, message: str) -> None:
    """Publish the message, if there is a topic to be told.

    Args:
        given: parameters of the run by name, which may be wrong: that may be what it is to be told of.
        subject: as `notify` takes it.
        message: as `notify` takes it.
    """
    topic = given.get("notify_sns_topic_arn")
    if not topic:
        return
    try:
        TypeAdapter(TopicArn).validate_python(topic)
    except ValidationError:
        log.warning("notify_sns_topic_arn is %r, which is no ARN of a topic: nobody was told.", topic)
        return
    notify(topic, given.get("aws_conn_id") or "aws_default", subject, message)


def notify(topic_arn: str, aws_conn_id: str, subject: str, message: str) -> None:
    """Publish the message; a topic that refuses is a warning, as it must not hide what the message says.

    Args:
        topic_arn: of the topic.
        aws_conn_id: Airflow connection.
        subject: cut, and what is not ASCII replaced.
        message: SNS takes 256 KiB, so the end of a longer one is cut.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    shown = subject.encode("ascii", "replace").decode()[:LONGEST_SUBJECT]
    text = message.encode()[: 256 * 1024].decode(errors="ignore")
    try:  # making the client may ask for a role already
        sns = aws_client("sns", aws_conn_id, topic_arn.split(":")[3])
        sns.publish(TopicArn=topic_arn, Subject=shown, Message=text)
    except (BotoCoreError, ClientError) as error:
        log.warning("notify_sns_topic_arn %s was not told: %s", topic_arn, error)
