"""Runs alone in a SageMaker training container: tunes a retrieval model or a highlighter on one corpus.

The source tarball carries this folder and `include/inference` as one package, `search_model`, and a `train.py` that
calls `search_model.training.main.main()`. Nothing here imports the rest of the repository.
"""
