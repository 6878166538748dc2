"""The AWS stand-in: one process that answers S3, IAM, STS, logs, CloudWatch, Secrets Manager, Bedrock and SageMaker.

What is whose:
- S3, IAM, STS, CloudWatch (Logs) and Secrets Manager are moto, in this process (`moto_services.py`); the contents of S3
  objects stay in files (`s3/`), never in memory.
- Bedrock batch inference (`bedrock/`) and SageMaker training and endpoints (`sagemaker/`) are ours, and do the work:
  files are read and written in S3, scripts run, models are served.
- Every request to ours is routed, parsed, checked and answered by AWS's own service models (`protocol.py`,
  `validation.py`). `registry.py` is the table of contents.
- `actions/` notes which IAM actions each role uses on what, for whoever writes policies: `GET /_local/actions`.

What it is not: it checks that a request is signed, not that the signature or a policy allows it; it bills nothing; the
texts of Bedrock models come from `query_writer.py`, which is no language model.
"""

from __future__ import annotations

ACCOUNT = "123456789012"
"""The account that every request belongs to: moto's default."""
