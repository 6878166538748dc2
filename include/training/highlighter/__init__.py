"""Tunes a highlighter: which sentences of a text answer a question."""
