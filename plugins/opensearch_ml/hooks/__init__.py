"""Hooks of OpenSearch ML Commons."""
