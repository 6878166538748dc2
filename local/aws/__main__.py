"""`python -m local.aws --port P --data DIR --container-python PATH`: runs the AWS stand-in until SIGTERM."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

from local.aws.memory import give_back_what_is_freed

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "127.0.0.1"
FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def main() -> None:
    """Starts the stand-in, waits for SIGTERM or SIGINT, and ends what it started."""
    options = _parse()
    give_back_what_is_freed()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    for name in FOREIGN:  # its own clients speak to itself, whatever the caller's do
        os.environ.pop(name, None)
    from local.aws.bedrock.formats import estimate_tokens  # moto reads the environment when it is imported
    from local.aws.bedrock.metering import word_piece_counter
    from local.aws.run import running

    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    count = word_piece_counter(options.vocabulary) if options.vocabulary else estimate_tokens
    writer = _function(options.writer)
    with running(options.host, options.port, options.data, options.container_python, writer, count):
        over.wait()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.aws", description=__doc__)
    parser.add_argument("--host", default=HOST, help="another one only inside a container (%(default)s)")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one, which the log names")
    parser.add_argument("--data", type=Path, required=True, help="the folder that everything is kept in")
    parser.add_argument(
        "--container-python",
        type=Path,
        required=True,
        help="the interpreter that stands for SageMaker's containers: training and inference scripts run under it",
    )
    parser.add_argument(
        "--writer",
        default="local.aws.query_writer:answer",
        metavar="MODULE:FUNCTION",
        help="what stands for Bedrock's models: takes a prompt's text, gives the answer's (default: %(default)s)",
    )
    parser.add_argument(
        "--vocabulary",
        type=Path,
        help="vocab.txt of a BERT tokenizer, by whose word pieces Bedrock's tokens are counted (default: 4 characters)",
    )
    return parser.parse_args()


def _function(name: str) -> Callable[[str], str]:
    module, _, function = name.partition(":")
    return cast("Callable[[str], str]", getattr(importlib.import_module(module), function))


if __name__ == "__main__":
    main()
