"""Training job, model, endpoint configuration and endpoint on SageMaker; each is found again by a retry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerEndpointConfigOperator,
    SageMakerEndpointOperator,
    SageMakerModelOperator,
    SageMakerTrainingOperator,
)

from include.errors import RetryableError, TerminalError
from include.jobs.attempts import attempt_name, next_number
from include.jobs.calls import create, refusal
from include.jobs.endpoint import BUSY, check_same, check_served, delete_unfinished, describe_endpoint
from include.jobs.inputs import DIGEST, inputs_digest
from include.jobs.instances import instances_for, is_refused
from include.jobs.training import ENDED, describe_training, last_training, trained_of
from opensearch_ml.clients import aws_client
from opensearch_ml.final_errors import FinalErrors
from opensearch_ml.links import EndpointLink, TrainingJobLink, TrainingLogLink, keep_link
from opensearch_ml.training_log import TrainingLog
from opensearch_ml.triggers.sagemaker import EndpointTrigger, TrainingJobTrigger
from opensearch_ml.waiting import Look, is_cancelled, is_cleared, pause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.jobs.attempts import Attempt

FAILED = ("Failed", "OutOfService")


class TrainingOperator(FinalErrors, SageMakerTrainingOperator):
    """Find or start a training job and wait for its end, as long as it runs; its log goes to the task's log.

    A retry finds the job that the first try started. One that was stopped, or failed for a reason that passes, is
    followed by `{TrainingJobName}-2`; one that failed for a reason that comes again only when a person clears the task.
    So is one whose channels held something else: what is trained on is what lies there now. Where AWS had no instance
    of the type, or the account has no quota for it, the next one of `fallbacks` is asked for.

    Args:
        fallbacks: instance types that may stand in for that of the configuration, in turn.

    Returns `{"job_name", "model_uri", "output_uri", "training_seconds", "billable_seconds", "instance_type"}`.
    """

    operator_extra_links = (TrainingJobLink(), TrainingLogLink())
    template_fields: Sequence[str] = (*SageMakerTrainingOperator.template_fields, "fallbacks")

    def __init__(self, *, fallbacks: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fallbacks = fallbacks
        self.job_name: str | None = None
        self.killed = False

    def execute(self, context: Context) -> dict[str, Any]:
        """Find or start the job; wait for it here, or in the triggerer.

        Raises:
            RetryableError: it failed for a reason that passes.
            TerminalError: it failed for a reason that comes again, or was stopped.
        """
        self.preprocess_config()
        job = self._find_or_start(is_cleared(context))
        self._remember(context, job["TrainingJobName"])
        if self.deferrable and job["TrainingJobStatus"] not in ENDED:
            trigger = TrainingJobTrigger(
                job["TrainingJobName"], self.check_interval, self.aws_conn_id, self.region_name
            )
            self.defer(trigger=trigger, method_name="execute_complete")
        return self._wait(context)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """After the triggerer: what the job left.

        Raises:
            RetryableError: the triggerer could not look at the job, which the next try finds again.
        """
        if not event or event["status"] == "error":
            raise RetryableError(f"The triggerer stopped waiting for the training job: {event}")
        self._remember(context, event["job"])
        return self._wait(context)

    def on_kill(self) -> None:
        """Told to end: `_wait` stops the job, if a person cancelled the task."""
        self.killed = True

    def _find_or_start(self, cleared: bool) -> dict[str, Any]:
        name = self.config["TrainingJobName"]
        self.config["Environment"] = {**self.config.get("Environment", {}), DIGEST: self._inputs()}
        last = last_training(self.hook.conn, name)
        number = next_number(name, last, cleared, self.config["Environment"][DIGEST])
        if number is None and last is not None:
            self.log.info("Training job %s is %s and is not paid again.", last.name, last.state)
            found = last.name
        else:
            found = self._start(attempt_name(name, number or 1), last)
        job = describe_training(self.hook.conn, found)
        if job is None:
            raise RetryableError(f"Training job {found} was started, and AWS does not show it yet.")
        return job

    def _inputs(self) -> str:
        return inputs_digest(aws_client("s3", self.aws_conn_id, self.region_name), self.config)

    def _start(self, name: str, last: Attempt | None) -> str:
        """Start it on the first type that AWS takes; the refusal of the last one is raised."""
        types = instances_for([self.config["ResourceConfig"]["InstanceType"], *self.fallbacks], last)
        if not any(self._is_started(name, instance) for instance in types[:-1]):
            self._create(name, types[-1])
        return name

    def _is_started(self, name: str, instance: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._create(name, instance)
        except ClientError as error:
            if not is_refused(error):
                raise
            self.log.warning("Not on %s, the next one is tried: %s", instance, error)
            return False
        return True

    def _create(self, name: str, instance: str) -> None:
        resources = {**self.config["ResourceConfig"], "InstanceType": instance}
        request = {**self.config, "TrainingJobName": name, "ResourceConfig": resources}
        new = create(self.hook.conn.create_training_job, **request)
        self.log.info("Training job %s %s.", name, f"started on {instance}" if new else "was started before")

    def _remember(self, context: Context, name: str) -> None:
        self.job_name = name
        where = {"region": self.hook.conn_region_name, "partition": self.hook.conn_partition}
        for link in (TrainingJobLink, TrainingLogLink):
            keep_link(context, self, link, name=name, **where)

    def _wait(self, context: Context) -> dict[str, Any]:
        look, log = Look(partial(describe_training, self.hook.conn, str(self.job_name)), self.log), self._log()
        while True:
            job = look() or {}
            for line in log.new_lines() if log else ():
                self.log.info("%s", line)
            if job.get("TrainingJobStatus") in ENDED:
                self.serialized_training_data = job  # from which the stock operator tells OpenLineage what was read
                return trained_of(job)
            if self.killed:
                self._give_up(is_cancelled(context))
            pause(self.check_interval, lambda: self.killed)

    def _give_up(self, cancelled: bool) -> None:
        if not cancelled:
            raise RetryableError(f"The worker was told to end. The next try takes training job {self.job_name} over.")
        refused = refusal(self.hook.conn.stop_training_job, TrainingJobName=self.job_name)
        raise TerminalError(f"The task was cancelled: training job {self.job_name} is {refused or 'stopped'}.")

    def _log(self) -> TrainingLog | None:
        if not self.print_log:
            return None
        # The stock hook's client for logs does not know of the operator's region.
        return TrainingLog(aws_client("logs", self.aws_conn_id, self.region_name), str(self.job_name))


class ModelOperator(FinalErrors, SageMakerModelOperator):
    """Create a SageMaker model, or find the one of this name, which must be what is asked for."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Find or create the model; returns `{"ModelName", "ModelArn"}`.

        Raises:
            TerminalError: there is one of this name that differs.
        """
        self.preprocess_config()
        name, conn = self.config["ModelName"], self.hook.conn
        new = create(conn.create_model, **self.config)
        self.log.info("SageMaker model %s %s.", name, "created" if new else "is there already")
        found = conn.describe_model(ModelName=name)
        check_same(f"SageMaker model {name}", self.config, found)
        return {"ModelName": name, "ModelArn": found["ModelArn"]}


class EndpointConfigOperator(FinalErrors, SageMakerEndpointConfigOperator):
    """Create an endpoint configuration, or find the one of this name, which must be what is asked for."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Find or create the configuration; returns `{"EndpointConfigName", "EndpointConfigArn"}`.

        Raises:
            TerminalError: there is one of this name that differs.
        """
        self.preprocess_config()
        name, conn = self.config["EndpointConfigName"], self.hook.conn
        new = create(conn.create_endpoint_config, **self.config)
        self.log.info("Endpoint configuration %s %s.", name, "created" if new else "is there already")
        found = conn.describe_endpoint_config(EndpointConfigName=name)
        check_same(f"Endpoint configuration {name}", self.config, found)
        return {"EndpointConfigName": name, "EndpointConfigArn": found["EndpointConfigArn"]}


class EndpointOperator(FinalErrors, SageMakerEndpointOperator):
    """Find, create or update an endpoint and wait until it serves the configuration that is asked for.

    An endpoint of this name that failed is deleted and created again, if its reason passes or a person cleared the
    task.
    """

    operator_extra_links = (EndpointLink(),)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.killed = False

    def execute(self, context: Context) -> dict[str, Any]:
        """Find or create the endpoint and wait for it, here or in the triggerer; returns its name and ARN.

        Raises:
            RetryableError: it failed for a reason that passes.
            TerminalError: it failed for a reason that comes again, or an update was rolled back.
        """
        self.preprocess_config()
        self._remember(context)
        found = describe_endpoint(self.hook.conn, self._name)
        if found and found["EndpointStatus"] in FAILED:
            self._delete_failed(found, is_cleared(context))
            found = None
        if found and found["EndpointStatus"] == "Deleting":
            self._wait_until_deleted()
            found = None
        self._create_or_update(found)
        if self.deferrable:
            trigger = EndpointTrigger(self._name, self.check_interval, self.aws_conn_id, self.region_name)
            self.defer(trigger=trigger, method_name="execute_complete")
        return self._wait(context)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """After the triggerer: whether the endpoint serves what is asked for.

        Raises:
            RetryableError: the triggerer could not look at it.
        """
        if not event or event["status"] == "error":
            raise RetryableError(f"The triggerer stopped waiting for endpoint {self._name}: {event}")
        self._remember(context)
        return self._wait(context)

    def on_kill(self) -> None:
        """Told to end: `_wait` deletes an endpoint that never served, if a person cancelled the task."""
        self.killed = True

    @property
    def _name(self) -> str:
        return str(self.config["EndpointName"])

    def _create_or_update(self, found: dict[str, Any] | None) -> None:
        """Nothing, if it is under way already, or serves what is asked for."""
        config_name = self.config["EndpointConfigName"]
        if found is None:
            new = create(self.hook.conn.create_endpoint, **self.config)
            self.log.info("Endpoint %s %s.", self._name, "is being created" if new else "was created before")
        elif found["EndpointStatus"] == "InService" and found["EndpointConfigName"] != config_name:
            self.log.info("Updating endpoint %s from %s to %s", self._name, found["EndpointConfigName"], config_name)
            self.hook.conn.update_endpoint(EndpointName=self._name, EndpointConfigName=config_name)
        else:
            self.log.info("Endpoint %s is %s already.", self._name, found["EndpointStatus"])

    def _delete_failed(self, found: dict[str, Any], cleared: bool) -> None:
        """Raises unless its reason passes, or a person asked for another try."""
        if not cleared:
            try:
                check_served(found, self.config["EndpointConfigName"])
            except RetryableError as error:
                self.log.info("%s", error)
        self.hook.conn.delete_endpoint(EndpointName=self._name)
        self._wait_until_deleted()

    def _wait_until_deleted(self) -> None:
        looks = {"Delay": self.check_interval, "MaxAttempts": max(1, 1800 // self.check_interval)}
        self.hook.conn.get_waiter("endpoint_deleted").wait(EndpointName=self._name, WaiterConfig=looks)

    def _remember(self, context: Context) -> None:
        where = {"region": self.hook.conn_region_name, "partition": self.hook.conn_partition}
        keep_link(context, self, EndpointLink, name=self._name, **where)

    def _wait(self, context: Context) -> dict[str, Any]:
        look = Look(partial(describe_endpoint, self.hook.conn, self._name), self.log)
        while True:
            endpoint = look()
            if endpoint is None:
                raise TerminalError(f"Endpoint {self._name} was deleted while it was waited for. Clear this task.")
            if endpoint and endpoint["EndpointStatus"] not in BUSY:
                check_served(endpoint, self.config["EndpointConfigName"])
                return {"EndpointName": self._name, "EndpointArn": endpoint["EndpointArn"]}
            if self.killed:
                self._give_up(is_cancelled(context))
            pause(self.check_interval, lambda: self.killed)

    def _give_up(self, cancelled: bool) -> None:
        if not cancelled:
            raise RetryableError(f"The worker was told to end. The next try waits for endpoint {self._name}.")
        # While it is created AWS refuses; `release_run` waits until it can be deleted.
        refused = refusal(delete_unfinished, self.hook.conn, self._name)
        raise TerminalError(f"The task was cancelled: endpoint {self._name} is {refused or 'deleted'}.")
