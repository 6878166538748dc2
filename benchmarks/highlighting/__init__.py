"""`python -m benchmarks.highlighting`: what batch highlighting costs, from a forward pass to a search.

handler.py, forward.py and span_check.py run under the containers' interpreter, the others under the project's own.
"""
