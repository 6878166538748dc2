"""Sparse models: texts into weighted words of the tokenizer's vocabulary."""
