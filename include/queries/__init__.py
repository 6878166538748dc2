"""Phase 2: synthetic queries, one record a document, answered by Bedrock batch inference."""
