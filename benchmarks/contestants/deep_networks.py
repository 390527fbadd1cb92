"""Deep networks with batch normalisation, for any library that speaks Theano's language.

``theano`` may be this project or the original, ``pytensor`` is PyTensor. Batch normalisation is
written out, from means and elementwise operations, as it was before libraries had an op for it.
Sizes of layers are small: what is measured is how long a graph takes to compile, which does not
depend on them. Runs on Python 3.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

BATCH, N_INPUTS, N_CLASSES = 8, 16, 10
IMAGE_SHAPE = (3, 16, 16)
STAGES = 3
EPSILON, MOMENTUM, LEARNING_RATE, DECAY = 1e-5, 0.9, 0.001, 1e-4


class Step(NamedTuple):
    """A training step: what ``function`` is given, and arguments to call it with."""

    inputs: list[Any]
    cost: Any
    updates: list[tuple[Any, Any]]
    arguments: list[np.ndarray]


class Network:
    """Layers in the language of ``lib`` (with ``T``, its tensor module), and their parameters."""

    def __init__(self, lib: Any, T: Any) -> None:
        self.lib, self.T = lib, T
        self.rng = np.random.RandomState(0)
        self.params: list[Any] = []
        self.updates: list[tuple[Any, Any]] = []

    def number(self, value: float) -> Any:
        return np.asarray(value, "float32")

    def state(self, values: Any, name: str) -> Any:
        return self.lib.shared(np.asarray(values, "float32"), name=f"{name}{len(self.params)}")

    def param(self, values: Any, name: str) -> Any:
        self.params.append(self.state(values, name))
        return self.params[-1]

    def relu(self, x: Any) -> Any:
        return self.T.maximum(x, self.number(0))

    def over_channels(self, v: Any, x: Any) -> Any:
        """A vector, one number a channel, in the rank of ``x``."""
        return v.dimshuffle("x", 0, *["x"] * (x.ndim - 2))

    def normalise(self, x: Any, channels: int) -> Any:
        """Batch normalisation; its running averages are updates too."""
        scale = self.param(np.ones(channels), "scale")
        shift = self.param(np.zeros(channels), "shift")
        axes = [i for i in range(x.ndim) if i != 1]
        mean = x.mean(axis=axes)
        centred = x - self.over_channels(mean, x)
        variance = (centred * centred).mean(axis=axes)
        for current, name in ((mean, "mean"), (variance, "variance")):
            average = self.state(np.ones(channels), name)
            kept = self.number(MOMENTUM) * average + self.number(1 - MOMENTUM) * current
            self.updates.append((average, kept))
        deviation = self.T.sqrt(variance + self.number(EPSILON))
        normal = centred / self.over_channels(deviation, x)
        return normal * self.over_channels(scale, x) + self.over_channels(shift, x)

    def dense(self, x: Any, n_in: int, n_out: int) -> Any:
        weights = self.rng.randn(n_in, n_out) * np.sqrt(2.0 / n_in)
        return self.T.dot(x, self.param(weights, "w"))

    def convolution(self, x: Any, n_in: int, n_out: int, size: int = 1, stride: int = 1) -> Any:
        weights = self.rng.randn(n_out, n_in, size, size) * np.sqrt(2.0 / (n_in * size * size))
        return self.T.nnet.conv2d(
            x, self.param(weights, "w"), border_mode="half", subsample=(stride, stride)
        )

    def cost(self, logits: Any, classes: Any) -> Any:
        """The mean cross-entropy of a softmax with one-hot ``classes``."""
        logits = logits - logits.max(axis=1).dimshuffle(0, "x")
        log_sum = self.T.log(self.T.exp(logits).sum(axis=1))
        return (log_sum - (classes * logits).sum(axis=1)).mean()

    def adam(self, cost: Any) -> list[tuple[Any, Any]]:
        """The updates of Kingma & Ba, "Adam", ICLR 2015, algorithm 1."""
        one, beta1, beta2 = self.number(1), self.number(0.9), self.number(0.999)
        turn = self.state(0, "turn")
        new_turn = turn + one
        updates = [(turn, new_turn)]
        for p, g in zip(self.params, self.lib.grad(cost, self.params)):
            first, second = (self.lib.shared(p.get_value() * self.number(0)) for _ in range(2))
            new_first = beta1 * first + (one - beta1) * g
            new_second = beta2 * second + (one - beta2) * g * g
            unbiased_first = new_first / (one - beta1**new_turn)
            unbiased_second = new_second / (one - beta2**new_turn)
            change = unbiased_first / (self.T.sqrt(unbiased_second) + self.number(1e-8))
            updates.append((first, new_first))
            updates.append((second, new_second))
            updates.append((p, p - self.number(LEARNING_RATE) * change))
        return updates

    def momentum(self, cost: Any) -> list[tuple[Any, Any]]:
        """The updates of Nesterov's momentum, with one velocity for each parameter."""
        mu, rate = self.number(MOMENTUM), self.number(LEARNING_RATE)
        updates = []
        for p, g in zip(self.params, self.lib.grad(cost, self.params)):
            velocity = self.lib.shared(p.get_value() * self.number(0))
            new = mu * velocity - rate * g
            updates.append((velocity, new))
            updates.append((p, p + mu * new - rate * g))
        return updates

    def step(
        self,
        x: Any,
        features: Any,
        n_features: int,
        optimizer: Callable[[Any], list[tuple[Any, Any]]],
    ) -> Step:
        """The training step of a classifier on ``features``, with weight decay."""
        classes = self.T.fmatrix("classes")
        bias = self.param(np.zeros(N_CLASSES), "bias")
        logits = self.dense(features, n_features, N_CLASSES) + bias.dimshuffle("x", 0)
        cost = self.cost(logits, classes)
        for p in self.params:
            cost = cost + self.number(DECAY) * (p * p).sum()
        shape = (BATCH, N_INPUTS) if x.ndim == 2 else (BATCH, *IMAGE_SHAPE)
        batch = np.asarray(self.rng.randn(*shape), "float32")
        one_hot = np.eye(N_CLASSES, dtype="float32")[self.rng.randint(N_CLASSES, size=BATCH)]
        updates = [*self.updates, *optimizer(cost)]
        return Step([x, classes], cost, updates, [batch, one_hot])


def mlp(network: Network, depth: int, form: str) -> Step:
    """``depth`` layers of 32 units, each normalised and rectified, trained by Adam."""
    x = network.T.fmatrix("x")
    h, width = x, N_INPUTS
    for _ in range(depth):
        h, width = network.relu(network.normalise(network.dense(h, width, 32), 32)), 32
    return network.step(x, h, width, network.adam)


def resnet(network: Network, depth: int, form: str) -> Step:
    """The pre-activation residual network of bottleneck blocks with ``depth`` layers.

    Three stages of ``(depth - 2) / 9`` blocks, of three products each: ResNet-164 with depth 164.
    In the form "conv" these are convolutions, as in He, Zhang, Ren & Sun, "Identity Mappings in
    Deep Residual Networks", ECCV 2016; in the form "dense" they are matrix products, and the graph
    is otherwise the same: addition, normalisation and rectification in the same places. Trained by
    momentum, as there.
    """
    blocks, rest = divmod(depth - 2, 3 * STAGES)
    if rest or blocks < 1:
        raise ValueError(f"the depth of a residual network is 2 + 9 n, not {depth}")
    convolutional = form == "conv"
    x = network.T.ftensor4("x") if convolutional else network.T.fmatrix("x")

    def product(x: Any, n_in: int, n_out: int, size: int = 1, stride: int = 1) -> Any:
        if convolutional:
            return network.convolution(x, n_in, n_out, size, stride)
        return network.dense(x, n_in, n_out)

    def block(x: Any, n_in: int, width: int, stride: int) -> Any:
        first = network.relu(network.normalise(x, n_in))
        h = product(first, n_in, width, stride=stride)
        h = product(network.relu(network.normalise(h, width)), width, width, size=3)
        h = product(network.relu(network.normalise(h, width)), width, 4 * width)
        # Where the shape changes, the shortcut is a product of the rectified input.
        changes = n_in != 4 * width or stride != 1
        return h + (product(first, n_in, 4 * width, stride=stride) if changes else x)

    channels = 8
    h = product(x, IMAGE_SHAPE[0] if convolutional else N_INPUTS, channels, size=3)
    for stage in range(STAGES):
        width = 4 * 2**stage
        for i in range(blocks):
            h = block(h, channels, width, stride=2 if stage and not i else 1)
            channels = 4 * width
    h = network.relu(network.normalise(h, channels))
    features = h.mean(axis=[2, 3]) if convolutional else h
    return network.step(x, features, channels, network.momentum)


PROGRAMS = {"mlp": mlp, "resnet": resnet}
