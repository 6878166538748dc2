"""A real OpenSearch with the real k-NN plugin, assembled from published jars: no Docker, no installation."""
