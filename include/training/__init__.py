"""Runs alone in a SageMaker training container: tunes a retrieval model on (query, document) pairs.

The source tarball carries this folder as package `training`, `include/inference` as package `serving`, and a `train.py`
that calls `training.main.main()`. Nothing here imports the rest of the repository.
"""
