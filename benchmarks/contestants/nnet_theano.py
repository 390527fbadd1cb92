"""The networks as a Theano user writes them, for this project and the original.

``floatX`` is float32 through the library's flags.
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np
from nnet_cases import (
    AVERAGE,
    AVERAGES,
    DROP,
    EPSILON,
    MOMENTUM,
    RATE,
    RHO,
    SGD_RATE,
    SMALL,
    Built,
    Problem,
)

import theano
import theano.tensor
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.nnet import bn, conv2d
from theano.tensor.signal.pool import pool_2d

T: Any = theano.tensor
Shared = dict  # of variables by name


def shared(values: Any) -> Shared:
    return {name: theano.shared(value, name=name) for name, value in values.items()}


def values_of(weights: Shared) -> Callable[[], dict]:
    return lambda: {name: w.get_value() for name, w in weights.items()}


def relu(x: Any) -> Any:
    return T.nnet.relu(x)


def convolved(x: Any, w: Any, border: Any = "valid") -> Any:
    return conv2d(x, w, border_mode=border, filter_flip=False)


def along_channels(b: Any) -> Any:
    return b.dimshuffle("x", 0, "x", "x")


def rmsprop(cost: Any, weights: Shared) -> list:
    updates = []
    for w, g in zip(weights.values(), T.grad(cost, list(weights.values()))):
        acc = theano.shared(w.get_value() * 0)
        acc_new = RHO * acc + (1 - RHO) * g**2
        updates += [(acc, acc_new), (w, w - RATE * g / T.sqrt(acc_new + SMALL))]
    return updates


def momentum(cost: Any, weights: Sequence[Any]) -> list:
    updates = []
    for w, g in zip(weights, T.grad(cost, list(weights))):
        speed = theano.shared(w.get_value() * 0)
        new = MOMENTUM * speed - SGD_RATE * g
        updates += [(speed, new), (w, w + new)]
    return updates


def sgd(cost: Any, weights: Shared, rate: float) -> list:
    gradients = T.grad(cost, list(weights.values()))
    return [(w, w - rate * g) for w, g in zip(weights.values(), gradients)]


def batches(f: Callable[..., Any], problem: Problem) -> Callable[[], Any]:
    """Calls of a function with one batch after another."""
    turn = [0]

    def call() -> Any:
        k = turn[0] = (turn[0] + 1) % len(problem.data["x"])
        return [f(problem.data["x"][k], problem.data["y"][k])]

    return call


def mnist(problem: Problem, drops: Sequence[float] = DROP) -> Built:
    w, rng = shared(problem.weights), MRG_RandomStreams(7)
    x, y = T.ftensor4("x"), T.fmatrix("y")

    def dropped(v: Any, p: float) -> Any:
        if p:
            keep = 1 - p
            v = v * rng.binomial(v.shape, p=keep, dtype="float32") / np.float32(keep)
        return v

    h = x
    for k, p in enumerate(drops[:3], start=1):
        h = relu(convolved(h, w["w%d" % k], "full" if k == 1 else "valid"))
        h = dropped(pool_2d(h, (2, 2), ignore_border=False), p)
    h = dropped(relu(T.dot(T.flatten(h, 2), w["w4"])), drops[3])
    cost = T.mean(T.nnet.categorical_crossentropy(T.nnet.softmax(T.dot(h, w["w_o"])), y))
    f = theano.function([x, y], cost, updates=rmsprop(cost, w))
    return Built(batches(f, problem), values_of(w))


def mnist_plain(problem: Problem) -> Built:
    return mnist(problem, (0, 0, 0, 0))


def lenet(problem: Problem) -> Built:
    w, batch = shared(problem.weights), problem.sizes["batch"]
    data = shared(problem.data)
    index, x, y = T.lscalar("index"), T.fmatrix("x"), T.ivector("y")
    h = x.reshape((batch, 1, 28, 28))
    for k in "12":
        h = pool_2d(conv2d(h, w["w" + k], filter_flip=False), (2, 2), ignore_border=True)
        h = T.tanh(h + along_channels(w["b" + k]))
    h = T.tanh(T.dot(h.flatten(2), w["w3"]) + w["b3"])
    chances = T.nnet.softmax(T.dot(h, w["w_o"]) + w["b_o"])
    cost = -T.mean(T.log(chances)[T.arange(y.shape[0]), y])
    here = slice(index * batch, (index + 1) * batch)
    f = theano.function(
        [index],
        cost,
        updates=sgd(cost, w, SGD_RATE),
        givens={x: data["x"][here], y: data["y"][here]},
    )
    turn = [0]

    def call() -> Any:
        turn[0] = (turn[0] + 1) % 4
        return [f(turn[0])]

    return Built(call, values_of(w))


def cost_of_means(h: Any, w_o: Any, y: Any) -> Any:
    chances = T.nnet.softmax(T.dot(h.mean(axis=(2, 3)), w_o))
    return T.nnet.categorical_crossentropy(chances, y).mean()


def vgg_block(x: Any, w: Shared) -> Any:
    for k in "12":
        x = relu(convolved(x, w["w" + k], "half") + along_channels(w["b" + k]))
    return pool_2d(x, (2, 2), ignore_border=True)


def vgg(problem: Problem) -> Built:
    w, data = shared(problem.weights), shared(problem.data)
    f = theano.function([], [vgg_block(data["x"], w)])
    return Built(f, values_of({}))


def vgg_step(problem: Problem) -> Built:
    w, data = shared(problem.weights), shared(problem.data)
    cost = cost_of_means(vgg_block(data["x"], w), w["w_o"], data["y"])
    f = theano.function([], [cost], updates=momentum(cost, list(w.values())))
    return Built(f, values_of(w))


def resnet(problem: Problem) -> Built:
    w, data = shared(problem.weights), shared(problem.data)
    h = data["x"]
    for k in "12":
        h = convolved(h, w["w" + k], "half")
        gamma, beta, mean, var = (w[name + k] for name in ("gamma", "beta", "mean", "var"))
        h = bn.batch_normalization_test(h, gamma, beta, mean, var, axes="spatial", epsilon=EPSILON)
        h = relu(h if k == "1" else h + data["x"])
    f = theano.function([], [h])
    return Built(f, values_of({}))


def resnet_step(problem: Problem) -> Built:
    w, data = shared(problem.weights), shared(problem.data)
    h, updates = data["x"], []
    for k in "12":
        h = convolved(h, w["w" + k], "half")
        h, _, _, mean, var = bn.batch_normalization_train(
            h,
            w["gamma" + k],
            w["beta" + k],
            axes="spatial",
            epsilon=EPSILON,
            running_average_factor=AVERAGE,
            running_mean=w["mean" + k],
            running_var=w["var" + k],
        )
        updates += [(w["mean" + k], mean), (w["var" + k], var)]
        h = relu(h if k == "1" else h + data["x"])
    cost = cost_of_means(h, w["w_o"], data["y"])
    learned = [v for name, v in w.items() if name not in AVERAGES]
    f = theano.function([], [cost], updates=updates + momentum(cost, learned))
    return Built(f, values_of(w))


def text(problem: Problem) -> Built:
    w = shared(problem.weights)
    x, y = T.imatrix("x"), T.ivector("y")
    length, width = problem.data["x"].shape[2], w["embedding"].get_value().shape[1]
    seen = w["embedding"][x.flatten()].reshape((x.shape[0], 1, length, width))
    parts = []
    for k in (3, 4, 5):
        h = relu(convolved(seen, w["w%d" % k]) + along_channels(w["b%d" % k]))
        parts.append(pool_2d(h, (length - k + 1, 1), ignore_border=True).flatten(2))
    chances = T.nnet.softmax(T.dot(T.concatenate(parts, axis=1), w["w_o"]))
    cost = T.nnet.categorical_crossentropy(chances, y).mean()
    f = theano.function([x, y], cost, updates=sgd(cost, w, SGD_RATE))
    return Built(batches(f, problem), values_of(w))


def pool(problem: Problem, mode: str, gradient: bool) -> Built:
    data, sizes = shared(problem.data), problem.sizes
    window, stride = (sizes["window"],) * 2, (sizes["stride"],) * 2
    z = pool_2d(data["x"], window, ignore_border=True, stride=stride, mode=mode)
    outputs = [z]
    if gradient:
        outputs.append(T.grad(None, data["x"], known_grads={z: data["g"]}))
    return Built(theano.function([], outputs), values_of({}))


def norm(problem: Problem, gradient: bool) -> Built:
    w, data = shared(problem.weights), shared(problem.data)
    z, mean, invstd = bn.batch_normalization_train(
        data["x"], w["gamma"], w["beta"], axes="spatial", epsilon=EPSILON
    )
    outputs = [z, mean, invstd]
    if gradient:
        wrt = [data["x"], w["gamma"], w["beta"]]
        outputs += T.grad(None, wrt, known_grads={z: data["g"]})
    return Built(theano.function([], outputs), values_of({}))


CASES = {
    f.__name__: f for f in (mnist, mnist_plain, lenet, vgg, vgg_step, resnet, resnet_step, text)
}
MODES = {"max2": "max", "max3": "max", "mean2": "average_exc_pad"}


def build(case: str, problem: Problem, _: str) -> Built:
    """The program of a case."""
    if case in CASES:
        return CASES[case](problem)
    name, _, gradient = case.partition("_")
    if name == "norm":
        return norm(problem, bool(gradient))
    return pool(problem, MODES[name], bool(gradient))
