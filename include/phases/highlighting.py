"""Phase 3b of a highlighter: what its training job measured, beside BM25 and the base model."""

from __future__ import annotations
