"""The errors that AWS answers with: a code from the service model (or AWS's common ones) and AWS's own sentence."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class AwsError(ServiceException):
    """An answer that is an error; `code` is AWS's, and the service model gives its HTTP status."""

    code = "InternalFailure"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(code or self.code, message)


class ValidationException(AwsError):
    """The request is well formed, and AWS would refuse it; also how SageMaker says that something is not there."""

    code = "ValidationException"


class SerializationException(AwsError):
    """The request's body does not have the types of the service model."""

    code = "SerializationException"


class UnknownOperationException(AwsError):
    """AWS, or this stand-in for it, has no such operation."""

    code = "UnknownOperationException"


class ResourceInUse(AwsError):
    """SageMaker: the name is taken."""

    code = "ResourceInUse"


class ResourceLimitExceeded(AwsError):
    """SageMaker: the account's quota is used up (see `settings.py`)."""

    code = "ResourceLimitExceeded"


class ResourceNotFoundException(AwsError):
    """Bedrock: the job or model is not there."""

    code = "ResourceNotFoundException"


class ConflictException(AwsError):
    """Bedrock: the name is taken, or the job is past that."""

    code = "ConflictException"


class ServiceQuotaExceededException(AwsError):
    """Bedrock: the account's quota is used up (see `settings.py`)."""

    code = "ServiceQuotaExceededException"
