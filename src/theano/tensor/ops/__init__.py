"""The operations on tensors: one family a file, each op with all its facets in one class."""
