"""What SageMaker's training toolkit makes of a job inside a script-mode container: a command line and an environment.

After sagemaker-training 5.1.4 (environment.py, mapping.py, params.py). Where SageMaker's hosts are algo-1, algo-2 and
so on, several hosts here have addresses of this machine as names, which need no name server.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from local.aws.isolation import no_network

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.aws.sagemaker.folders import Folders
    from local.aws.table import Record

HOST = "algo-1"
IN_CONTAINER = "/opt/ml/"
GROUP = "homogeneousCluster"


class Script(NamedTuple):
    """What a job runs."""

    program: str
    submit_directory: str
    hyperparameters: dict[str, Any]
    framework_parameters: dict[str, Any]


def read_script(job: Record) -> Script:
    """The script that a job's hyperparameters name, or else its environment.

    Raises:
        ValueError: it names none.
    """
    decoded = {name: _decode(value) for name, value in job.get("HyperParameters", {}).items()}
    own = {name: value for name, value in decoded.items() if name.startswith("sagemaker_")}
    own.pop("sagemaker_region", None)
    passed_on = {name: value for name, value in decoded.items() if not name.startswith("sagemaker_")}
    passed_on.pop("_tuning_objective_metric", None)
    environment = job.get("Environment", {})
    program = own.pop("sagemaker_program", None) or environment.get("SAGEMAKER_PROGRAM")
    directory = own.pop("sagemaker_submit_directory", None) or environment.get("SAGEMAKER_SUBMIT_DIRECTORY")
    if not program or not directory:
        raise ValueError(
            "No training script: the hyperparameters sagemaker_program (a file name) and sagemaker_submit_directory "
            f"(an s3:// URI of a .tar.gz) must be set. Received: {', '.join(sorted(decoded)) or 'none'}."
        )
    return Script(str(program), str(directory), passed_on, own)


def arguments(hyperparameters: Mapping[str, Any]) -> list[str]:
    """Hyperparameters as the script's command line, sorted: `--epochs 3`, and `-k v` for names of one letter."""
    line: list[str] = []
    for name, value in sorted(hyperparameters.items()):
        shown = ",".join(f"{k}={v}" for k, v in sorted(value.items())) if isinstance(value, dict) else value
        line += [f"--{name}" if len(name) > 1 else f"-{name}", "" if shown is None else str(shown)]
    return line


def hosts_of(job: Record) -> list[str]:
    """Names of the job's hosts."""
    count = int(job.get("ResourceConfig", {}).get("InstanceCount", 1))
    return [HOST] if count == 1 else [f"127.0.0.{number}" for number in range(1, count + 1)]


def environment(job: Record, script: Script, folders: Folders, region: str, host: str = HOST) -> dict[str, str]:
    """The environment of the script: the job's own, what SageMaker sets, and the toolkit's SM_* over both."""
    return {
        **job.get("Environment", {}),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "CURRENT_HOST": host,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([*no_network(job), str(folders.code)]),
        "PYTHONUNBUFFERED": "1",
        "SAGEMAKER_BASE_DIR": str(folders.root),
        "SAGEMAKER_REGION": region,
        "TRAINING_JOB_ARN": job["TrainingJobArn"],
        "TRAINING_JOB_NAME": job["TrainingJobName"],
        **{f"SM_{name.upper()}": _encode(value) for name, value in _variables(job, script, folders, host).items()},
    }


def local_source(script: Script, folders: Folders) -> Path | None:
    """The archive of a script that came as a channel; None if it is to be downloaded."""
    given = script.submit_directory
    return folders.root / given.removeprefix(IN_CONTAINER) if given.startswith(IN_CONTAINER) else None


def resource_config(job: Record, host: str = HOST) -> dict[str, Any]:
    """The content of resourceconfig.json."""
    instance, hosts = job.get("ResourceConfig", {}).get("InstanceType", "local"), hosts_of(job)
    return {
        "current_host": host,
        "current_instance_type": instance,
        "current_group_name": GROUP,
        "hosts": hosts,
        "instance_groups": [{"instance_group_name": GROUP, "instance_type": instance, "hosts": hosts}],
        "network_interface_name": "lo",
    }


def input_data_config(job: Record) -> dict[str, dict[str, str]]:
    """The content of inputdataconfig.json."""
    return {
        channel["ChannelName"]: {
            "ContentType": channel.get("ContentType", ""),
            "TrainingInputMode": channel.get("InputMode", "File"),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        }
        for channel in job.get("InputDataConfig", [])
    }


def _variables(job: Record, script: Script, folders: Folders, host: str) -> dict[str, Any]:
    resources, channels = resource_config(job, host), input_data_config(job)
    training_env = {
        "additional_framework_parameters": script.framework_parameters,
        "channel_input_dirs": {name: str(folders.channel(name)) for name in channels},
        "current_host": host,
        "current_instance_group": GROUP,
        "current_instance_type": resources["current_instance_type"],
        "hosts": resources["hosts"],
        "hyperparameters": script.hyperparameters,
        "input_config_dir": str(folders.config),
        "input_data_config": channels,
        "input_dir": str(folders.input),
        "is_master": host == resources["hosts"][0],
        "job_name": job["TrainingJobName"],
        "log_level": 20,
        "model_dir": str(folders.model),
        "module_dir": script.submit_directory,
        "module_name": script.program.removesuffix(".py"),
        "network_interface_name": resources["network_interface_name"],
        "num_cpus": os.cpu_count(),
        "num_gpus": _count_gpus(),
        "output_data_dir": str(folders.output_data),
        "output_dir": str(folders.output),
        "output_intermediate_dir": str(folders.intermediate),
        "resource_config": resources,
        "user_entry_point": script.program,
    }
    derived = ("additional_framework_parameters", "channel_input_dirs", "hyperparameters", "is_master", "job_name")
    return {
        **{name: value for name, value in training_env.items() if name not in derived},
        "channels": sorted(channels),
        "framework_module": None,
        "framework_params": script.framework_parameters,
        "hps": script.hyperparameters,
        "training_env": training_env,
        "user_args": arguments(script.hyperparameters),
        **{f"channel_{name}": str(folders.channel(name)) for name in channels},
        **{f"hp_{name}": value for name, value in script.hyperparameters.items()},
    }


def _decode(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _encode(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))


def _count_gpus() -> int:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return 0
    listed = subprocess.run([tool, "--list-gpus"], capture_output=True, text=True, check=False).stdout
    return sum(line.startswith("GPU ") for line in listed.splitlines())
