"""The benchmark of semantic highlighting: a call a document against one call a page, through OpenSearch itself."""
