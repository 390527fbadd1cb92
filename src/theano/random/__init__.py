"""Random numbers: the generator MRG31k3p, and streams of symbolic draws from it."""

from theano.random import masks as _masks  # registers its rule
from theano.random import random_state as _random_state  # registers its shared variables
from theano.random.mrg import MRG_RandomStreams

__all__ = ["MRG_RandomStreams"]
