from __future__ import annotations

import logging
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from include.training import launch
from include.training.errors import TrainingError
from include.training.failure import FailureFile
from include.training.hosts import PORT, Hosts, read_hosts
from include.training.parameters import Parameters

if TYPE_CHECKING:
    from pathlib import Path

TWO = Hosts(names=("algo-1", "algo-2"), current="algo-2", gpus=4, interface="eth0", job="job")


def test_hosts_are_read_as_the_toolkit_tells_them() -> None:
    hosts = read_hosts(
        {
            "SM_HOSTS": '["algo-1","algo-2"]',
            "SM_CURRENT_HOST": "algo-2",
            "SM_NUM_GPUS": "4",
            "SM_NETWORK_INTERFACE_NAME": "eth0",
            "TRAINING_JOB_NAME": "job",
        }
    )

    assert hosts == TWO
    assert (hosts.place, hosts.processes_each, hosts.processes, hosts.port) == (1, 4, 8, PORT)


@pytest.mark.parametrize(
    ("given", "processes"),
    [
        pytest.param({}, 1, id="outside-of-sagemaker"),
        pytest.param({"SM_HOSTS": '["algo-1"]', "SM_CURRENT_HOST": "algo-1", "SM_NUM_GPUS": "0"}, 1, id="no-gpu"),
        pytest.param({"SM_HOSTS": '["algo-1"]', "SM_CURRENT_HOST": "algo-1", "SM_NUM_GPUS": "1"}, 1, id="one-gpu"),
        pytest.param({"SM_HOSTS": '["algo-1"]', "SM_NUM_GPUS": "8"}, 8, id="eight-gpus"),
        pytest.param({"SM_HOSTS": '["a","b","c"]', "SM_CURRENT_HOST": "c", "SM_NUM_GPUS": "0"}, 3, id="three-hosts"),
    ],
)
def test_hosts_have_a_process_for_each_gpu_or_one(given: dict[str, str], processes: int) -> None:
    assert read_hosts(given).processes == processes


def test_hosts_that_do_not_name_this_one_are_refused() -> None:
    with pytest.raises(TrainingError, match="SM_CURRENT_HOST is 'b', which is not among SM_HOSTS"):
        read_hosts({"SM_HOSTS": '["a"]', "SM_CURRENT_HOST": "b"})


@pytest.mark.parametrize(
    ("hosts", "together"),
    [
        pytest.param(Hosts(), False, id="one-process"),
        pytest.param(TWO, True, id="eight"),
        pytest.param(Hosts(gpus=2), True, id="two-gpus"),
    ],
)
def test_dense_model_is_trained_together_where_there_are_several_processes(hosts: Hosts, together: bool) -> None:
    assert launch.trains_together(Parameters(), hosts) is together


def test_batches_that_cannot_be_divided_are_refused_with_what_can() -> None:
    with pytest.raises(TrainingError) as caught:
        launch.trains_together(Parameters(batch_size=12), TWO)
    assert str(caught.value).startswith("batch_size is 12, and 8 processes train (2 instances with 4 each).")
    assert "give a multiple of 8 as batch_size" in str(caught.value)


def test_highlighter_uses_one_gpu_of_several_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert not launch.trains_together(Parameters(model_type="highlighter"), Hosts(gpus=4))
    assert caplog.messages == ["A highlighter trains on one GPU; this instance has 4."]


def test_highlighter_on_two_hosts_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"trains on one instance, and there are 2\. Set training_instance_count"):
        launch.trains_together(Parameters(model_type="highlighter"), TWO)


def test_process_is_told_from_the_one_that_starts_it() -> None:
    assert launch.is_started({"TORCHELASTIC_RUN_ID": "job", "RANK": "0"})
    assert not launch.is_started({"RANK": "0"})


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What torch's launcher is asked for; torch is not installed where these tests run, so this stands in for it."""
    seen: dict[str, Any] = {"failure": None}

    class ChildFailedError(Exception):
        def get_first_failure(self) -> tuple[int, Any]:
            return 5, types.SimpleNamespace(exitcode=seen["failure"])

    class SignalException(Exception):
        sigval = types.SimpleNamespace(value=15)

    def elastic_launch(config: dict[str, Any], program: str) -> Any:
        def run(*arguments: str) -> None:
            seen.update(config=config, command=[program, *arguments])
            if seen["failure"] is not None:
                raise SignalException if seen["failure"] == "stopped" else ChildFailedError

        return run

    modules: dict[str, dict[str, Any]] = {
        "multiprocessing.api": {"SignalException": SignalException},
        "multiprocessing.errors": {"ChildFailedError": ChildFailedError},
    }
    for name, content in modules.items():
        _stand_in(monkeypatch, f"torch.distributed.elastic.{name}", content)
    _stand_in(monkeypatch, "torch.distributed.launcher.api", {"LaunchConfig": dict, "elastic_launch": elastic_launch})
    for name in launch.INTERFACES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return seen


def _stand_in(monkeypatch: pytest.MonkeyPatch, name: str, content: dict[str, Any]) -> None:
    module = types.ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)


def test_launch_asks_for_a_process_a_gpu_and_the_first_host_as_the_place_to_meet(started: dict[str, Any]) -> None:
    launch.train_together(TWO, "search_model.training.main", ["--epochs", "1"])

    config = started["config"]
    assert (config["min_nodes"], config["max_nodes"], config["nproc_per_node"]) == (2, 2, 4)
    assert (config["rdzv_backend"], config["rdzv_endpoint"], config["rdzv_configs"]["rank"]) == (
        "static",
        "algo-1:7777",
        1,
    )
    assert config["max_restarts"] == 0
    assert started["command"] == [sys.executable, "-u", "-m", "search_model.training.main", "--epochs", "1"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        pytest.param(-9, "ended with signal SIGKILL, and said no reason. Most likely the memory", id="out-of-memory"),
        pytest.param(-6, "Process 5 of the training, on algo-2, ended with signal SIGABRT, and said", id="aborted"),
        pytest.param(3, "ended with exit status 3, and said no reason.", id="exit"),
    ],
)
def test_launch_says_which_process_ended_and_how(started: dict[str, Any], status: int, told: str) -> None:
    started["failure"] = status

    with pytest.raises(TrainingError) as caught:
        launch.train_together(TWO, "module", [])

    assert told in str(caught.value)


def test_launch_that_is_stopped_ends_as_a_stopped_program_does(started: dict[str, Any]) -> None:
    started["failure"] = "stopped"

    with pytest.raises(SystemExit) as caught:
        launch.train_together(TWO, "module", [])

    assert caught.value.code == 143


def test_failure_file_keeps_the_reason_of_the_first_process_that_failed(tmp_path: Path) -> None:
    for reason in ("the reason", "lost another one"):
        with pytest.raises(SystemExit), FailureFile(tmp_path / "failure"):
            raise TrainingError(reason)
    assert (tmp_path / "failure").read_text(encoding="utf-8") == "the reason"
