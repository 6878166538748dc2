"""Requests to AWS, built from the settings: what is asked for is decided here, before anything is spent."""
