"""Operators of OpenSearch ML Commons."""
