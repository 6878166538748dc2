"""Sensors of OpenSearch ML Commons."""
