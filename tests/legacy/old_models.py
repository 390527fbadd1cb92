"""Models as old libraries wrote them: the classes whose instances the recorded pickles hold.

Their methods are what a program of the time needs after it loaded a model; nothing here runs
while a pickle is read.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

import theano
import theano.tensor as T


class Dense:
    """A layer that knows the layer below it and keeps its parameters by name."""

    def __init__(self, rng, n_in, n_out, name, below=None):
        self.name = name
        self.below = below
        self.nonlinearity = T.nnet.sigmoid
        self.W = theano.shared(rng.normal(size=(n_in, n_out)).astype("float32"), name + ".W")
        self.b = theano.shared(np.zeros(n_out, "float32"), name=name + ".b")
        self.params = [self.W, self.b]
        self.tags = OrderedDict([(self.W, {"trainable", "regularizable"}), (self.b, set())])

    def output(self, x):
        x = x if self.below is None else self.below.output(x)
        return self.nonlinearity(T.dot(x, self.W) + self.b)


class Sequential:
    """Layers in a list, with their input and output as variables of a graph."""

    def __init__(self, layers):
        self.layers = layers
        self.input = T.fmatrix("input")
        self.output = layers[-1].output(self.input)
        self.params = [p for layer in layers for p in layer.params]


class Brick:
    """Parameters that say in their tag what they are, and of whom."""

    def __init__(self, rng, n_in, n_out):
        self.W = theano.shared(rng.normal(size=(n_in, n_out)).astype("float32"), "W")
        self.W.tag.annotations = [self]
        self.W.tag.roles = ["weight"]
        self.parameters = [self.W]
