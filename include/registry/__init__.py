"""Phase 5: connector, model group and model in OpenSearch ML Commons."""
