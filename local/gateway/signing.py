"""AWS Signature Version 4 for `aws_sigv4` connectors, signed for real by botocore."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from local.gateway.remote import RemoteRequest


def signed(request: RemoteRequest, credential: dict[str, str], parameters: dict[str, str]) -> RemoteRequest:
    """`request` with the headers of its signature.

    Args:
        request: complete, `content-length` and `content-type` included: they are signed too.
        credential: `access_key`, `secret_key`, and `session_token` where there is one.
        parameters: the connector's; region and service name come from there, else from the credential.
    """
    checksum = hashlib.sha256(request.content).hexdigest()
    headers = {**request.headers, "x-amz-content-sha256": checksum}
    aws_request = AWSRequest(request.method, request.url, headers=headers, data=request.content)
    keys = Credentials(credential["access_key"], credential["secret_key"], credential.get("session_token"))
    both = {**credential, **parameters}
    SigV4Auth(keys, both["service_name"], both["region"]).add_auth(aws_request)
    return request._replace(headers=dict(aws_request.headers.items()))
