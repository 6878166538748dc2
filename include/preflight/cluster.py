"""Does the cluster answer, and has it ML Commons?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.retryable import is_retryable

if TYPE_CHECKING:
    from opensearchpy import OpenSearch


def check_cluster(client: OpenSearch, endpoint: str) -> str:
    """Version of the cluster.

    Raises:
        TerminalError: nothing answers there, the credentials are refused, or ML Commons is missing.
    """
    version = _version_of(_answer(client, endpoint))
    if version is None:
        raise TerminalError(
            f"opensearch_endpoint is {endpoint!r}, and what answers there is not OpenSearch. Check the port."
        )
    _check_ml_commons(client, endpoint)
    return version


def _answer(client: OpenSearch, endpoint: str) -> Any:
    """What the cluster says of itself, None if that cannot be read."""
    from opensearchpy.exceptions import (
        AuthenticationException,
        AuthorizationException,
        ConnectionError,
        SerializationError,
        SSLError,
        TransportError,
    )

    try:
        return client.info()
    except SSLError as error:
        raise TerminalError(
            f"opensearch_endpoint is {endpoint!r}, and TLS fails: {error.error}. If the server speaks plain HTTP, "
            "begin the URL with http://; if its certificate is of your own authority, give that in the connection's "
            'extra, {"ca_certs": "/path/to/ca.pem"}.'
        ) from error
    except ConnectionError as error:
        raise TerminalError(
            f"opensearch_endpoint is {endpoint!r}, and nothing answers there: {error.error}. Check scheme, host and "
            f"port, and that the Airflow workers may reach it.{_hint(endpoint)}"
        ) from error
    except (AuthenticationException, AuthorizationException) as error:
        raise TerminalError(
            f"opensearch_endpoint is {endpoint!r}, and it refuses the credentials of opensearch_conn_id "
            f"({error.status_code}). Check login and password of the connection, or the role mapped to the AWS "
            "identity."
        ) from error
    except TransportError as error:
        if is_retryable(error):
            raise
        return None
    except SerializationError:
        return None


def _hint(endpoint: str) -> str:
    """A server that speaks TLS closes a connection that does not, without a word."""
    return " If the server speaks TLS, begin the URL with https://." if endpoint.startswith("http://") else ""


def _version_of(answer: Any) -> str | None:
    version = answer.get("version") if isinstance(answer, dict) else None
    number = version.get("number") if isinstance(version, dict) else None
    return None if number is None else str(number)


def _check_ml_commons(client: OpenSearch, endpoint: str) -> None:
    from opensearchpy.exceptions import AuthorizationException, TransportError

    try:
        client.plugins.ml.search_model_group(body={"query": {"match_all": {}}, "size": 1})
    except AuthorizationException as error:
        raise TerminalError(
            f"The user of the connection may not use ML Commons on {endpoint!r}: {error.info}. Map it to the role of "
            "docs/security.md, or to ml_full_access."
        ) from error
    except TransportError as error:
        if is_retryable(error):
            raise
        raise TerminalError(
            f"The cluster at {endpoint!r} has no ML Commons plugin ({error.error}). The model cannot be deployed there."
        ) from error
