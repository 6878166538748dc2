"""Where Airflow finds the plugin when the package is not installed but lies in the plugins folder."""

from opensearch_ml.plugin import OpenSearchMLPlugin

__all__ = ["OpenSearchMLPlugin"]
