"""Phase 3b: how good base model, tuned model and BM25 are on queries that nobody trained on."""
