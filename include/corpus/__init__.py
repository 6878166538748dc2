"""Phase 1: documents out of an OpenSearch index or S3 JSONL, sampled, and split before anything is trained."""
