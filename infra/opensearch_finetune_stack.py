"""The stack: a bucket, roles, logs, alarms, a dashboard, and outputs that are the DAG's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from include.requests.tags import RUN_TAG
from infra.acknowledged import acknowledge_findings
from infra.stack.alarms import make_alarms, make_topic
from infra.stack.bucket import make_bucket
from infra.stack.budget import make_budget
from infra.stack.dashboard import make_dashboard
from infra.stack.events import make_rules
from infra.stack.logs import make_log_groups
from infra.stack.network import make_network
from infra.stack.outputs import connections, make_outputs, parameters
from infra.stack.roles import make_roles

if TYPE_CHECKING:
    from constructs import Construct

    from infra.settings import StackSettings

STACK_TAG = RUN_TAG.partition(":")[0]


class OpenSearchFinetuneStack(cdk.Stack):
    """What the DAGs need in one account and region.

    Args:
        scope: the app.
        construct_id: also the name of the stack.
        settings: the choices of this deployment.
        named: as of any stack.
    """

    def __init__(self, scope: Construct, construct_id: str, settings: StackSettings, **named: Any) -> None:
        super().__init__(scope, construct_id, **named)
        cdk.Tags.of(self).add(STACK_TAG, construct_id)
        bucket = make_bucket(self, settings)
        network = make_network(self, settings)
        topic_arn = make_topic(self, settings)
        roles = make_roles(self, settings, bucket.bucket_name, topic_arn)
        make_log_groups(self, settings)
        alarms = make_alarms(self, settings, topic_arn)
        make_rules(self, settings, topic_arn)
        make_budget(self, settings, topic_arn)
        make_dashboard(self, settings, alarms)
        make_outputs(
            self,
            parameters(settings, bucket.bucket_name, roles, network, topic_arn),
            connections(settings, roles),
            roles,
        )
        acknowledge_findings(self, settings, bucket.bucket_name, topic_arn)
