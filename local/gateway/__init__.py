"""ML Commons and neural search for an OpenSearch that lacks them: a gateway for one machine without Docker.

The published jars of OpenSearch bring k-NN but not ML Commons. This ASGI application stands in front of such a server,
passes everything through and adds connectors, model groups, remote models, tasks, predictions and the `neural` query,
as OpenSearch 3.4.0 was recorded to answer (`tests/contract/recordings`). What is odd there is listed in `quirks`.
"""
