"""The loops by hand in JAX: ``lax.scan`` and ``lax.while_loop``, jitted with their gradients.

What does not depend on the states is computed before or after the loop, as one would write it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from loop_cases import Problem

Run = Callable[[], Any]
Weights = dict[str, jax.Array]


def elman(problem: Problem) -> Run:
    def loss(w: Weights, x: Any, y: Any) -> jax.Array:
        def step(h: Any, given: Any) -> Any:
            h = jnp.tanh(given + h @ w["U"])
            return h, h

        _, hs = lax.scan(step, jnp.zeros(x.shape[1:], "float32"), x @ w["W"] + w["b"])
        return jnp.mean((hs @ w["V"] + w["c"] - y) ** 2)

    return gradients_of(loss, problem)


def lstm(problem: Problem) -> Run:
    dim = problem.sizes["hidden"]

    def loss(w: Weights, x: Any, mask: Any, y: Any) -> jax.Array:
        def step(state: Any, now: Any) -> Any:
            (h_old, c_old), (given, m) = state, now
            i, f, g, o = jnp.split(given + h_old @ w["U"], 4, axis=1)
            c = jax.nn.sigmoid(f) * c_old + jax.nn.sigmoid(i) * jnp.tanh(g)
            c = jnp.where(m, c, c_old)
            h = jnp.where(m, jax.nn.sigmoid(o) * jnp.tanh(c), h_old)
            return (h, c), h

        start = jnp.zeros((x.shape[1], dim), "float32")
        given = w["E"][x] @ w["W"] + w["b"]
        _, hs = lax.scan(step, (start, start), (given, mask[:, :, None] > 0))
        mean = jnp.einsum("tbh,tb->bh", hs, mask) / mask.sum(axis=0)[:, None]
        return cross_entropy(mean @ w["V"] + w["c"], y)

    return gradients_of(loss, problem)


def gru(problem: Problem) -> Run:
    dim = problem.sizes["hidden"]

    def loss(w: Weights, x: Any, y: Any) -> jax.Array:
        def step(h: Any, given: Any) -> Any:
            x_r, x_z, x_n = jnp.split(given, 3, axis=1)
            h_r, h_z, h_n = jnp.split(h @ w["U"], 3, axis=1)
            z = jax.nn.sigmoid(x_z + h_z)
            n = jnp.tanh(x_n + jax.nn.sigmoid(x_r + h_r) * h_n)
            h = (1 - z) * n + z * h
            return h, h

        given = w["E"][x] @ w["W"] + w["b"]
        _, hs = lax.scan(step, jnp.zeros((x.shape[1], dim), "float32"), given)
        return cross_entropy(hs @ w["V"] + w["c"], y)

    return gradients_of(loss, problem)


def cross_entropy(scores: Any, y: Any) -> jax.Array:
    chances = jax.nn.log_softmax(scores)
    return -jnp.mean(jnp.take_along_axis(chances, y[..., None], axis=-1))


def rbm(problem: Problem) -> Run:
    def bits(key: Any, p: Any) -> Any:
        return jax.random.bernoulli(key, p).astype("float32")

    def free_energy(w: Weights, v: Any) -> jax.Array:
        return -v @ w["vbias"] - jax.nn.softplus(v @ w["W"] + w["hbias"]).sum(axis=1)

    def loss(w: Weights, x: Any, key: Any) -> jax.Array:
        def up(key: Any, v: Any) -> Any:
            return bits(key, jax.nn.sigmoid(v @ w["W"] + w["hbias"]))

        def step(state: Any, key: Any) -> Any:
            key_v, key_h = jax.random.split(key)
            v = bits(key_v, jax.nn.sigmoid(state[0] @ w["W"].T + w["vbias"]))
            return (up(key_h, v), v), None

        keys = jax.random.split(key, problem.sizes["steps"] + 1)
        (_, end), _ = lax.scan(step, (up(keys[0], x), x), keys[1:])
        end = lax.stop_gradient(end)
        return jnp.mean(free_energy(w, x)) - jnp.mean(free_energy(w, end))

    @jax.jit
    def f(key: Any, w: Weights, x: Any) -> Any:
        key, drawn = jax.random.split(key)
        return key, jax.value_and_grad(loss)(w, x, drawn)

    w, keys = as_jax(problem), [jax.random.key(7)]

    def run() -> Any:
        keys[0], results = f(keys[0], w, problem.data["x"])
        return read(problem, results)

    return run


def kalman(problem: Problem) -> Run:
    def loss(w: Weights, y: Any) -> jax.Array:
        phi, q, r = w["phi"], jnp.exp(w["log_q"]), jnp.exp(w["log_r"])

        def step(state: Any, y_t: Any) -> Any:
            level, trend, variance, total = state
            level = phi * level + trend
            variance = phi**2 * variance + q
            error, spread = y_t - level, variance + r
            gain = variance / spread
            state = (
                level + gain * error,
                w["rho"] * trend + w["beta"] * error,
                (1 - gain) * variance,
                total + jnp.log(spread) + error**2 / spread,
            )
            return state, None

        zero, one = jnp.float32(0), jnp.float32(1)
        state, _ = lax.scan(step, (zero, zero, one, zero), y, unroll=UNROLL)
        return state[-1] / y.shape[0]

    return gradients_of(loss, problem)


UNROLL = 1
"""Of the scalar recurrence."""


def until(problem: Problem) -> Run:
    """JAX has no gradient of ``while_loop``: states are kept, and gone back over by hand."""
    most = problem.sizes["most"]

    def layer(w: Weights, x: Any, h: Any) -> Any:
        return jnp.tanh(x @ w["U"] + h @ w["W"] + w["b"])

    @jax.custom_vjp
    def rest(w: Weights, x: Any) -> Any:
        return forward(w, x)[0]

    def forward(w: Weights, x: Any) -> Any:
        given = x @ w["U"] + w["b"]

        def goes_on(state: Any) -> Any:
            count, _, moved, _ = state
            return (count < most) & (moved >= 1e-4)

        def body(state: Any) -> Any:
            count, h, _, kept = state
            new = jnp.tanh(given + h @ w["W"])
            kept = lax.dynamic_update_index_in_dim(kept, h, count, 0)
            return count + 1, new, jnp.abs(new - h).max(), kept

        kept = jnp.zeros((most, *x.shape), "float32")
        state = (0, jnp.zeros_like(x), jnp.float32(jnp.inf), kept)
        count, h, _, kept = lax.while_loop(goes_on, body, state)
        return h, (w, x, count, kept)

    def backward(residuals: Any, g_h: Any) -> Any:
        w, x, count, kept = residuals

        def body(state: Any) -> Any:
            k, g_h, g_w, g_x = state
            h = lax.dynamic_index_in_dim(kept, k, keepdims=False)
            _, back = jax.vjp(layer, w, x, h)
            d_w, d_x, g_h = back(g_h)
            return k - 1, g_h, jax.tree.map(jnp.add, g_w, d_w), g_x + d_x

        state = (count - 1, g_h, jax.tree.map(jnp.zeros_like, w), jnp.zeros_like(x))
        _, _, g_w, g_x = lax.while_loop(lambda s: s[0] >= 0, body, state)
        return g_w, g_x

    rest.defvjp(forward, backward)

    def loss(w: Weights, x: Any, y: Any) -> jax.Array:
        return jnp.mean((rest(w, x) - y) ** 2)

    return gradients_of(loss, problem)


def nested(problem: Problem) -> Run:
    def loss(w: Weights, x: Any, y: Any) -> jax.Array:
        def word(h: Any, given: Any) -> Any:
            return jnp.tanh(given + h @ w["U"]), None

        def sentence(text: Any, given: Any) -> Any:
            last, _ = lax.scan(word, text, given)
            return jnp.tanh(last @ w["A"] + text @ w["C"]), None

        text, _ = lax.scan(sentence, jnp.zeros_like(y), x @ w["W"] + w["b"])
        return jnp.mean((text - y) ** 2)

    return gradients_of(loss, problem)


def lengths(problem: Problem) -> Run:
    def loss(w: Weights, x: Any, y: Any) -> jax.Array:
        def step(h: Any, given: Any) -> Any:
            return jnp.tanh(given + h @ w["U"]), None

        h, _ = lax.scan(step, jnp.zeros(x.shape[1:], "float32"), x @ w["W"] + w["b"])
        return jnp.mean((h @ w["V"] + w["c"] - y) ** 2)

    f, w = jax.jit(jax.value_and_grad(loss)), as_jax(problem)

    def run() -> Any:
        results = [read(problem, f(w, x, problem.data["y"])) for x in problem.data["xs"]]
        return [np.asarray(sum(r[0] for r in results), "float32"), *results[-1][1:]]

    return run


def as_jax(problem: Problem) -> Weights:
    return {name: jnp.asarray(value) for name, value in problem.weights.items()}


def read(problem: Problem, results: Any) -> list[np.ndarray]:
    cost, gradients = results
    return [np.asarray(cost), *(np.asarray(gradients[name]) for name in problem.weights)]


def gradients_of(loss: Callable[..., jax.Array], problem: Problem) -> Run:
    f, w = jax.jit(jax.value_and_grad(loss)), as_jax(problem)
    values = [np.int32(v) if v.dtype == "int64" else v for v in problem.data.values()]
    return lambda: read(problem, f(w, *values))


CASES = {f.__name__: f for f in (elman, lstm, gru, rbm, kalman, until, nested, lengths)}


def build(case: str, problem: Problem, _: str) -> Run:
    """What a call computes: the cost and its gradients."""
    return CASES[case](problem)
