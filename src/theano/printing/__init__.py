"""Graphs as text."""

from theano.printing.tree import debugprint

__all__ = ["debugprint"]
