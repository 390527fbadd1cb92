"""The networks by hand in JAX: jitted, states donated, channels last, which XLA likes on a CPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
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

Weights = dict[str, jax.Array]
Update = Callable[[Weights, Weights, Weights], tuple[Weights, Weights]]
LAYOUT = ("NHWC", "HWIO", "NHWC")


def channels_last(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(x, -3, -1))


def restored(x: Any) -> np.ndarray:
    """A result with its channels where the problem has them."""
    x = np.asarray(x)
    return np.moveaxis(x, 3, 1) if x.ndim == 4 else x


def as_jax(problem: Problem) -> Weights:
    return {
        name: jnp.asarray(v.transpose(2, 3, 1, 0) if v.ndim == 4 else v)
        for name, v in problem.weights.items()
    }


def as_numpy(w: Weights) -> dict[str, np.ndarray]:
    return {
        name: np.asarray(v).transpose(3, 2, 0, 1) if v.ndim == 4 else np.asarray(v)
        for name, v in w.items()
    }


def convolved(x: Any, w: Any, padding: Any) -> Any:
    return lax.conv_general_dilated(x, w, (1, 1), padding, dimension_numbers=LAYOUT)


def max_pool(x: Any, window: int = 2, stride: int = 2, ceil: bool = False) -> Any:
    padding = [(0, -x.shape[axis] % stride if ceil else 0) for axis in (1, 2)]
    padding = [(0, 0), *padding, (0, 0)]
    sizes, strides = (1, window, window, 1), (1, stride, stride, 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, sizes, strides, padding)


def cross_entropy(scores: Any, y: Any) -> Any:
    """Of labels, or of one-hot rows."""
    chances = jax.nn.log_softmax(scores)
    if y.ndim == 2:
        return -jnp.mean(jnp.sum(chances * y, axis=1))
    return -jnp.mean(jnp.take_along_axis(chances, y[:, None], axis=1))


def rmsprop(w: Weights, state: Weights, g: Weights) -> tuple[Weights, Weights]:
    state = {k: RHO * state[k] + (1 - RHO) * g[k] ** 2 for k in g}
    return {k: w[k] - RATE * g[k] * lax.rsqrt(state[k] + SMALL) for k in g}, state


def momentum(w: Weights, state: Weights, g: Weights) -> tuple[Weights, Weights]:
    state = {k: MOMENTUM * state[k] - SGD_RATE * g[k] for k in g}
    return {k: w[k] + state[k] for k in g}, state


def sgd(w: Weights, state: Weights, g: Weights) -> tuple[Weights, Weights]:
    return {k: w[k] - SGD_RATE * g[k] for k in g}, state


def program(
    loss: Callable[..., Any], update: Update, problem: Problem, batches: Sequence[Sequence[Any]]
) -> Built:
    """Steps over batches that follow one another; ``loss`` gives a cost and new averages."""
    w = as_jax(problem)
    held = [w, {k: jnp.zeros_like(v) for k, v in w.items()}, jax.random.key(7)]
    turn = [0]

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(w: Weights, state: Weights, key: Any, *data: Any) -> Any:
        key, drawn = jax.random.split(key)
        fixed = {k: v for k, v in w.items() if k in AVERAGES}
        learned = {k: v for k, v in w.items() if k not in AVERAGES}

        def cost_of(learned: Weights) -> Any:
            return loss({**learned, **fixed}, drawn, *data)

        (cost, fixed), g = jax.value_and_grad(cost_of, has_aux=True)(learned)
        new, state_new = update(learned, state, g)
        return {**fixed, **new}, {**state, **state_new}, key, cost

    def call() -> list[Any]:
        turn[0] = (turn[0] + 1) % len(batches)
        *held[:], cost = step(*held, *batches[turn[0]])
        return [np.float32(cost)]

    def weights() -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = as_numpy(held[0])  # type: ignore[arg-type]
        return {name: found[name] for name in problem.weights}

    return Built(call, weights)


def dropped(key: Any, x: Any, p: float) -> Any:
    return jnp.where(jax.random.bernoulli(key, 1 - p, x.shape), x / (1 - p), 0) if p else x


def mnist(problem: Problem, drops: Sequence[float] = DROP) -> Built:
    def loss(w: Weights, key: Any, x: Any, y: Any) -> Any:
        keys = jax.random.split(key, 4)
        for k, p in enumerate(drops[:3], start=1):
            border = [(2, 2)] * 2 if k == 1 else "VALID"
            x = jax.nn.relu(convolved(x, w[f"w{k}"], border))
            x = dropped(keys[k - 1], max_pool(x, ceil=True), p)
        # The dense layer takes its rows in the order of the problem.
        x = x.transpose(0, 3, 1, 2).reshape(x.shape[0], -1)
        x = dropped(keys[3], jax.nn.relu(x @ w["w4"]), drops[3])
        return cross_entropy(x @ w["w_o"], y), {}

    x, y = channels_last(problem.data["x"]), problem.data["y"]
    return program(loss, rmsprop, problem, list(zip(x, y, strict=True)))


def mnist_plain(problem: Problem) -> Built:
    return mnist(problem, (0, 0, 0, 0))


def lenet(problem: Problem) -> Built:
    batch = problem.sizes["batch"]
    x_all, y_all = (jnp.asarray(problem.data[name]) for name in "xy")

    def loss(w: Weights, _: Any, index: Any, x_all: Any, y_all: Any) -> Any:
        x = lax.dynamic_slice_in_dim(x_all, index * batch, batch)
        y = lax.dynamic_slice_in_dim(y_all, index * batch, batch)
        h = x.reshape(batch, 28, 28, 1)
        for k in "12":
            h = jnp.tanh(max_pool(convolved(h, w["w" + k], "VALID")) + w["b" + k])
        h = h.transpose(0, 3, 1, 2).reshape(batch, -1)
        h = jnp.tanh(h @ w["w3"] + w["b3"])
        return cross_entropy(h @ w["w_o"] + w["b_o"], y), {}

    return program(loss, sgd, problem, [(np.int32(k), x_all, y_all) for k in range(4)])


def vgg_block(w: Weights, x: Any) -> Any:
    for k in "12":
        x = jax.nn.relu(convolved(x, w["w" + k], "SAME") + w["b" + k])
    return max_pool(x)


def one_batch(problem: Problem) -> list[tuple[Any, Any]]:
    return [(jnp.asarray(channels_last(problem.data["x"])), jnp.asarray(problem.data["y"]))]


def vgg(problem: Problem) -> Built:
    return forward(vgg_block, problem)


def vgg_step(problem: Problem) -> Built:
    def loss(w: Weights, _: Any, x: Any, y: Any) -> Any:
        return cross_entropy(vgg_block(w, x).mean((1, 2)) @ w["w_o"], y), {}

    return program(loss, momentum, problem, one_batch(problem))


def normed(x: Any, gamma: Any, beta: Any) -> tuple[Any, Any, Any]:
    """Normalized over all but channels, as flax does it: both means in one pass."""
    mean = x.mean((0, 1, 2))
    var = jnp.maximum((x * x).mean((0, 1, 2)) - mean * mean, 0)
    invstd = lax.rsqrt(var + EPSILON)
    return (x - mean) * (invstd * gamma) + beta, mean, invstd


def resnet(problem: Problem) -> Built:
    def block(w: Weights, x: Any) -> Any:
        h = x
        for k in "12":
            scale = w["gamma" + k] * lax.rsqrt(w["var" + k] + EPSILON)
            h = (convolved(h, w["w" + k], "SAME") - w["mean" + k]) * scale + w["beta" + k]
            h = jax.nn.relu(h if k == "1" else h + x)
        return h

    return forward(block, problem)


def resnet_step(problem: Problem) -> Built:
    def loss(w: Weights, _: Any, x: Any, y: Any) -> Any:
        h, averages = x, {}
        n = x.size // x.shape[-1]
        for k in "12":
            h = convolved(h, w["w" + k], "SAME")
            h, mean, invstd = normed(h, w["gamma" + k], w["beta" + k])
            var = (1 / invstd**2 - EPSILON) * (n / (n - 1))
            for name, new in (("mean", mean), ("var", var)):
                averages[name + k] = (1 - AVERAGE) * w[name + k] + AVERAGE * new
            h = jax.nn.relu(h if k == "1" else h + x)
        return cross_entropy(h.mean((1, 2)) @ w["w_o"], y), averages

    return program(loss, momentum, problem, one_batch(problem))


def text(problem: Problem) -> Built:
    def loss(w: Weights, _: Any, x: Any, y: Any) -> Any:
        seen, parts = w["embedding"][x], []
        for k in (3, 4, 5):
            h = lax.conv_general_dilated(
                seen, w[f"w{k}"][:, :, 0], (1,), "VALID", dimension_numbers=("NHC", "HIO", "NHC")
            )
            parts.append(jax.nn.relu(h + w[f"b{k}"]).max(1))
        return cross_entropy(jnp.concatenate(parts, 1) @ w["w_o"], y), {}

    data = problem.data
    return program(loss, sgd, problem, list(zip(data["x"], data["y"], strict=True)))


def forward(f: Callable[..., Any], problem: Problem) -> Built:
    """What a network gives, without gradients."""
    arguments = (as_jax(problem), jnp.asarray(channels_last(problem.data["x"])))
    return Built(partial(called, jax.jit(f), *arguments), dict, restored)


def called(f: Callable[..., Any], *arguments: Any) -> list[np.ndarray]:
    return [np.asarray(v) for v in jax.tree.leaves(f(*arguments))]


def alone(f: Callable[..., Any], arguments: Sequence[Any], g: Any, gradient: bool) -> Built:
    """An operation, and with ``gradient`` also the gradients of its arguments."""

    def both(g: Any, *arguments: Any) -> Any:
        def first(*arguments: Any) -> Any:
            outputs = f(*arguments)
            return outputs if isinstance(outputs, tuple) else (outputs, ())

        def split(*arguments: Any) -> Any:
            outputs = first(*arguments)
            return outputs[0], outputs[1:]

        z, back, more = jax.vjp(split, *arguments, has_aux=True)
        return z, more, back(g)

    if gradient:
        return Built(partial(called, jax.jit(both), g, *arguments), dict, restored)
    return Built(partial(called, jax.jit(f), *arguments), dict, restored)


def pool(problem: Problem, mode: str, gradient: bool) -> Built:
    window, stride = problem.sizes["window"], problem.sizes["stride"]

    def pooled(x: Any) -> Any:
        if mode == "max":
            return max_pool(x, window, stride)
        sizes, strides = (1, window, window, 1), (1, stride, stride, 1)
        return lax.reduce_window(x, 0.0, lax.add, sizes, strides, "VALID") / window**2

    x, g = (jnp.asarray(channels_last(problem.data[name])) for name in "xg")
    return alone(pooled, [x], g, gradient)


def norm(problem: Problem, gradient: bool) -> Built:
    x, g = (jnp.asarray(channels_last(problem.data[name])) for name in "xg")
    w = as_jax(problem)
    return alone(normed, [x, w["gamma"], w["beta"]], g, gradient)


CASES = {
    f.__name__: f for f in (mnist, mnist_plain, lenet, vgg, vgg_step, resnet, resnet_step, text)
}


def build(case: str, problem: Problem, _: str) -> Built:
    """The program of a case."""
    if case in CASES:
        return CASES[case](problem)
    name, _, gradient = case.partition("_")
    if name == "norm":
        return norm(problem, bool(gradient))
    return pool(problem, name[:-1], bool(gradient))
