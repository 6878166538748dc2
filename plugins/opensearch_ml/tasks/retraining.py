"""Tasks of a scheduled retraining."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from include.errors import TerminalError
from include.failure import NO_EXCEPTION, words_of
from include.parameters import read_settings
from include.retraining.check import check_corpus as check
from opensearch_ml.airflow_versions import AirflowSkipException, is_paused, log_url_of, running_task
from opensearch_ml.clients import aws_client, check_aws_connection
from opensearch_ml.failures import note_failure
from opensearch_ml.final_errors import task
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.notify import notify_as_asked
from opensearch_ml.retraining import FORCE
from opensearch_ml.retry import retry_arguments
from opensearch_ml.tasks.plan import with_defaults

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.settings import FinetuneSettings

log = logging.getLogger(__name__)

CHECK = "check_corpus"
FINETUNE = "finetune_search_model"
REASON = "reason"


def tell_failure(context: Context) -> None:
    """Notify that a corpus could not be checked; a run that fails notifies by itself. Used as `on_failure_callback`."""
    operator = running_task(context)
    parameters = operator.op_args[0]
    try:
        given = with_defaults(parameters, parameters)
    except TerminalError:  # the Variable of defaults is what is wrong
        given = parameters
    error, ti = context["exception"], context["ti"]
    message = NO_EXCEPTION if error is None else words_of(error)
    notify_as_asked(given, f"{ti.dag_id} failed", f"{ti.task_id} failed: {message}\n  log:  {log_url_of(ti)}")


@task(task_id=CHECK, on_failure_callback=[note_failure, tell_failure], **retry_arguments())
def check_corpus(parameters: dict[str, Any], min_change: float) -> dict[str, Any]:
    """Go on if the corpus has changed enough since the model's last finished run; else the run is skipped.

    Returns:
        Why a run is started, what was found of the corpus, and how the run is to be waited for.

    Raises:
        AirflowSkipException: it has not; the reason is in the log and in the XCom `reason`.
        TerminalError: what is wrong with the parameters or the corpus; or the main DAG is paused.
    """
    context = get_current_context()
    settings = read_settings(with_defaults(parameters, parameters))
    decision = check(_s3(settings), lambda: _hook(settings).conn, settings, min_change)
    context["ti"].xcom_push(key=REASON, value=decision.reason)
    forced = bool(context["params"].get(FORCE))
    if not (decision.retrain or forced):
        skipped = f"{decision.reason} Nothing is trained; trigger this DAG with {FORCE} to do so."
        log.info("%s", skipped)  # Airflow's own line stands in a part of the log that the UI shows folded
        raise AirflowSkipException(skipped)
    if is_paused(context["ti"], FINETUNE):
        raise TerminalError(
            f"{FINETUNE} is paused: its run would never begin, and this one would wait for ever. Unpause it in the UI "
            f"or with `airflow dags unpause {FINETUNE}`, then trigger this DAG again. {decision.reason}"
        )
    log.info("%s A run is started%s.", decision.reason, "" if decision.retrain else f", because {FORCE} is true")
    return {
        "since": decision.since,
        "share": decision.change.share if decision.change else None,
        "deferrable": settings.run.deferrable,
        "poke_interval": settings.run.poll_seconds,
    }


@task
def say_what_is_wrong(problem: str) -> None:
    """Fail with what is wrong with an entry.

    Raises:
        TerminalError: always.
    """
    raise TerminalError(problem)


def wait_as_checked(context: Context) -> None:
    """Set on the task that starts the run how it waits for its end, as the run itself waits; used as `pre_execute`."""
    operator = running_task(context)
    checked = context["ti"].xcom_pull(task_ids=CHECK)
    for name in ("deferrable", "poke_interval"):
        setattr(operator, name, checked[name])


def _s3(settings: FinetuneSettings) -> Any:
    check_aws_connection("aws_conn_id", settings.run.aws_conn_id)
    return aws_client("s3", settings.run.aws_conn_id, settings.run.region)


def _hook(settings: FinetuneSettings) -> OpenSearchMLHook:
    corpus, run = settings.corpus, settings.run
    return OpenSearchMLHook(corpus.opensearch_conn_id, corpus.opensearch_endpoint, run.aws_conn_id, run.region)
