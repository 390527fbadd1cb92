"""Graphs as pages to look around in: ``import theano.d3viz as d3v; d3v.d3viz(f, "f.html")``."""

from theano.d3viz.page import d3viz, d3write

__all__ = ["d3viz", "d3write"]
