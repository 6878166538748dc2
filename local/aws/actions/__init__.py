"""Which IAM actions, on which resources, each role has used: what least privilege is tested against.

`recorder.py` keeps them; `s3.py`, `sagemaker.py`, `bedrock.py` and `moto.py` say what AWS would ask of a caller's
policies for a request. Source: AWS's Service Authorization Reference.
"""
