"""A program of the stand-in without a network: it reaches this machine, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from local.aws.isolation import no_network

LISTEN = "import socket; s = socket.create_server(('127.0.0.1', 0)); "


def run(script: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": no_network({"EnableNetworkIsolation": True})[0]}
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("socket.create_connection(('192.0.2.1', 80), 1)", id="address"),
        pytest.param("socket.socket().connect_ex(('192.0.2.1', 80))", id="connect-without-exception"),
        pytest.param("socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))", id="ipv6"),
        pytest.param("socket.getaddrinfo('huggingface.co', 443)", id="name"),
        pytest.param("socket.gethostbyname('huggingface.co')", id="name-in-the-old-way"),
        pytest.param("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", id="datagram"),
        pytest.param("socket.socket().connect(('169.254.169.254', 80))", id="metadata"),
        pytest.param("__import__('urllib.request').request.urlopen('http://192.0.2.1')", id="urllib"),
    ],
)
def test_isolated_program_reaches_nothing_else(call: str) -> None:
    done = run(f"import socket; {call}")

    assert done.returncode != 0
    assert "AWS stand-in: no network (EnableNetworkIsolation)" in done.stderr


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(f"{LISTEN} socket.create_connection(s.getsockname())", id="itself"),
        pytest.param(f"{LISTEN} socket.create_connection(('localhost', s.getsockname()[1]))", id="itself-by-name"),
        pytest.param("import socket; a, b = socket.socketpair(); a.send(b'x')", id="pair"),
        pytest.param("import multiprocessing as m; m.Queue().put(1)", id="processes"),
    ],
)
def test_isolated_program_reaches_this_machine(script: str) -> None:
    done = run(script)

    assert done.returncode == 0, done.stderr


def test_isolated_program_cannot_take_it_off() -> None:
    done = run(
        "import sys, socket; sys.modules.pop('sitecustomize'); socket.socket().connect(('192.0.2.1', 80))",
    )

    assert "EnableNetworkIsolation" in done.stderr


def test_program_is_not_isolated_unless_asked() -> None:
    assert no_network({}) == []
    assert no_network({"EnableNetworkIsolation": False}) == []
