"""Sparse models: documents as weighted words, found by the words of a query."""
