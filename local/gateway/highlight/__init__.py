"""Semantic highlighting: the sentences of a hit that answer the query, found by a model.

`single`: a call of the model for each hit, while the shards fetch their hits. `batch`: one for many hits, once the
answer is there. `rules` says what differs between the versions of neural-search.
"""
