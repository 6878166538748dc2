"""Runs alone in a SageMaker endpoint: texts in, unit-length embeddings out.

`model.tar.gz` carries this folder as `code/serving`, and a `code/inference.py` that imports its four functions.
Nothing here imports the rest of the repository.
"""
