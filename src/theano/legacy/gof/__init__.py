"""What programs know of ``theano.gof``, on the engine of ``theano.graph`` and ``theano.rewriting``.

Rules that users write by these names run in compiled functions as those of ``theano.rewriting`` do:
``local_rules.as_node_rewriter`` makes one of the other.
"""
