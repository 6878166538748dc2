"""Bedrock: batch inference jobs, and the models they ask."""
