"""The loops as a Theano user writes them, for this project, the original, and PyTensor.

The variant is the library's name. PyTensor has neither ``nnet`` nor ``rng_mrg`` any more: the RBM
draws from its NumPy generators there. ``floatX`` is float32 through the library's flags.
"""

from __future__ import annotations

import importlib
from typing import Any, Callable

import numpy as np
from loop_cases import Problem

Run = Callable[[], Any]


class Language:
    """Where the names of the language are in a library."""

    def __init__(self, name: str) -> None:
        self.lib = importlib.import_module(name)
        self.T = importlib.import_module(name + ".tensor")
        old = hasattr(self.T, "nnet")
        functions = self.T.nnet if old else self.T
        self.sigmoid, self.softplus = functions.sigmoid, functions.softplus
        self.softmax = functions.softmax if old else self.row_softmax
        utils = importlib.import_module(
            name + (".scan_module.scan_utils" if old else ".scan.utils")
        )
        self.until = utils.until
        self.rng: Any = None
        if old:
            module = importlib.import_module(name + ".sandbox.rng_mrg")
            self.rng = module.MRG_RandomStreams(7)

    def row_softmax(self, x: Any) -> Any:
        return importlib.import_module(self.lib.__name__ + ".tensor.special").softmax(x, axis=-1)

    def scan(self, *args: Any, **kwargs: Any) -> Any:
        return self.lib.scan(*args, **kwargs)[0]

    def shared(self, problem: Problem) -> dict[str, Any]:
        return {name: self.lib.shared(value, name=name) for name, value in problem.weights.items()}

    def function(
        self, problem: Problem, arguments: dict[str, Any], cost: Any, weights: Any, **more: Any
    ) -> Run:
        """The cost and its gradients, of the problem's data."""
        updates = more.pop("updates", None)
        outputs = [cost, *self.lib.grad(cost, list(weights.values()), **more)]
        f = self.lib.function(list(arguments.values()), outputs, updates=updates)
        values = [problem.data[name] for name in arguments]
        return lambda: f(*values)


def tanh_layer(T: Any, x: Any, h: Any, W: Any, U: Any, b: Any) -> Any:
    return T.tanh(T.dot(x, W) + T.dot(h, U) + b)


def zeros(T: Any, *shape: Any) -> Any:
    return T.alloc(np.asarray(0, "float32"), *shape)


def elman(lang: Language, problem: Problem) -> Run:
    T, w = lang.T, lang.shared(problem)
    x, y = T.ftensor3("x"), T.ftensor3("y")
    hs = lang.scan(
        lambda x_t, h, W, U, b: tanh_layer(T, x_t, h, W, U, b),
        sequences=x,
        outputs_info=zeros(T, x.shape[1], problem.sizes["hidden"]),
        non_sequences=[w["W"], w["U"], w["b"]],
    )
    cost = ((T.dot(hs, w["V"]) + w["c"] - y) ** 2).mean()
    return lang.function(problem, {"x": x, "y": y}, cost, w)


def lstm(lang: Language, problem: Problem) -> Run:
    T, w, dim = lang.T, lang.shared(problem), problem.sizes["hidden"]
    x, mask, y = T.lmatrix("x"), T.fmatrix("mask"), T.lvector("y")
    n_samples = x.shape[1]

    def part(gates: Any, k: int) -> Any:
        return gates[:, k * dim : (k + 1) * dim]

    def step(m: Any, x_t: Any, h_old: Any, c_old: Any) -> Any:
        gates = T.dot(h_old, w["U"]) + x_t
        i, f, o = (lang.sigmoid(part(gates, k)) for k in (0, 1, 3))
        c = f * c_old + i * T.tanh(part(gates, 2))
        c = m[:, None] * c + (1 - m)[:, None] * c_old
        h = o * T.tanh(c)
        h = m[:, None] * h + (1 - m)[:, None] * h_old
        return h, c

    embedded = w["E"][x.flatten()].reshape((x.shape[0], n_samples, dim))
    hs, _ = lang.scan(
        step,
        sequences=[mask, T.dot(embedded, w["W"]) + w["b"]],
        outputs_info=[zeros(T, n_samples, dim), zeros(T, n_samples, dim)],
    )
    mean = (hs * mask[:, :, None]).sum(axis=0) / mask.sum(axis=0)[:, None]
    chances = lang.softmax(T.dot(mean, w["V"]) + w["c"])
    cost = -T.log(chances[T.arange(n_samples), y]).mean()
    return lang.function(problem, {"x": x, "mask": mask, "y": y}, cost, w)


def gru(lang: Language, problem: Problem) -> Run:
    T, w, dim = lang.T, lang.shared(problem), problem.sizes["hidden"]
    x, y = T.lmatrix("x"), T.lmatrix("y")
    n_samples = x.shape[1]

    def step(x_t: Any, y_t: Any, h: Any) -> Any:
        given, fed = T.dot(w["E"][x_t], w["W"]) + w["b"], T.dot(h, w["U"])
        r = lang.sigmoid(given[:, :dim] + fed[:, :dim])
        z = lang.sigmoid(given[:, dim : 2 * dim] + fed[:, dim : 2 * dim])
        n = T.tanh(given[:, 2 * dim :] + r * fed[:, 2 * dim :])
        h = (1 - z) * n + z * h
        chances = lang.softmax(T.dot(h, w["V"]) + w["c"])
        return h, -T.log(chances[T.arange(n_samples), y_t]).mean()

    _, costs = lang.scan(step, sequences=[x, y], outputs_info=[zeros(T, n_samples, dim), None])
    return lang.function(problem, {"x": x, "y": y}, costs.mean(), w)


def rbm(lang: Language, problem: Problem) -> Run:
    T, w = lang.T, lang.shared(problem)
    x = T.fmatrix("x")

    def prop_up(v: Any) -> Any:
        return lang.sigmoid(T.dot(v, w["W"]) + w["hbias"])

    def prop_down(h: Any) -> Any:
        return lang.sigmoid(T.dot(h, w["W"].T) + w["vbias"])

    def free_energy(v: Any) -> Any:
        hidden = lang.softplus(T.dot(v, w["W"]) + w["hbias"]).sum(axis=1)
        return -T.dot(v, w["vbias"]) - hidden

    def bits(p: Any) -> Any:
        return lang.rng.binomial(size=p.shape, n=1, p=p, dtype="float32")

    def gibbs_hvh(h: Any) -> Any:
        v_mean = prop_down(h)
        v = bits(v_mean)
        h_mean = prop_up(v)
        return v_mean, v, h_mean, bits(h_mean)

    def gibbs_with_generator(h: Any, rng: Any) -> Any:
        v_mean = prop_down(h)
        rng, v = rng.bernoulli(v_mean)
        v = v.astype("float32")
        h_mean = prop_up(v)
        rng, h = rng.bernoulli(h_mean)
        return v_mean, v, h_mean, h.astype("float32"), rng

    n_steps = problem.sizes["steps"]
    if lang.rng is not None:
        (_, vs, _, _), updates = lang.lib.scan(
            gibbs_hvh, outputs_info=[None, None, None, bits(prop_up(x))], n_steps=n_steps
        )
    else:
        first = lang.T.random.shared_rng(seed=7)
        rng, h = first.bernoulli(prop_up(x))
        _, vs, _, _, last = lang.scan(
            gibbs_with_generator,
            outputs_info=[None, None, None, h.astype("float32"), rng],
            n_steps=n_steps,
        )
        updates = {first: last}
    end = vs[-1]
    cost = free_energy(x).mean() - free_energy(end).mean()
    return lang.function(problem, {"x": x}, cost, w, updates=updates, consider_constant=[end])


def kalman(lang: Language, problem: Problem) -> Run:
    T, w = lang.T, lang.shared(problem)
    y = T.fvector("y")
    q, r = T.exp(w["log_q"]), T.exp(w["log_r"])

    def step(y_t: Any, level: Any, trend: Any, variance: Any, total: Any) -> Any:
        level = w["phi"] * level + trend
        variance = w["phi"] ** 2 * variance + q
        error, spread = y_t - level, variance + r
        gain = variance / spread
        return (
            level + gain * error,
            w["rho"] * trend + w["beta"] * error,
            (1 - gain) * variance,
            total + T.log(spread) + error**2 / spread,
        )

    zero, one = np.asarray(0, "float32"), np.asarray(1, "float32")
    totals = lang.scan(step, sequences=y, outputs_info=[zero, zero, one, zero])[-1]
    return lang.function(problem, {"y": y}, totals[-1] / y.shape[0].astype("float32"), w)


def until(lang: Language, problem: Problem) -> Run:
    T, w = lang.T, lang.shared(problem)
    x, y = T.fmatrix("x"), T.fmatrix("y")

    def step(h_old: Any) -> Any:
        h = tanh_layer(T, x, h_old, w["U"], w["W"], w["b"])
        return h, lang.until(abs(h - h_old).max() < np.float32(1e-4))

    hs = lang.scan(step, outputs_info=T.zeros_like(x), n_steps=problem.sizes["most"])
    return lang.function(problem, {"x": x, "y": y}, ((hs[-1] - y) ** 2).mean(), w)


def nested(lang: Language, problem: Problem) -> Run:
    T, w = lang.T, lang.shared(problem)
    x, y = T.ftensor4("x"), T.fmatrix("y")

    def sentence(words: Any, text: Any) -> Any:
        hs = lang.scan(
            lambda x_t, h: tanh_layer(T, x_t, h, w["W"], w["U"], w["b"]),
            sequences=words,
            outputs_info=text,
        )
        return T.tanh(T.dot(hs[-1], w["A"]) + T.dot(text, w["C"]))

    texts = lang.scan(sentence, sequences=x, outputs_info=T.zeros_like(y))
    return lang.function(problem, {"x": x, "y": y}, ((texts[-1] - y) ** 2).mean(), w)


def lengths(lang: Language, problem: Problem) -> Run:
    T, w = lang.T, lang.shared(problem)
    x, y = T.ftensor3("x"), T.fmatrix("y")
    hs = lang.scan(
        lambda x_t, h: tanh_layer(T, x_t, h, w["W"], w["U"], w["b"]),
        sequences=x,
        outputs_info=zeros(T, x.shape[1], problem.sizes["hidden"]),
    )
    cost = ((T.dot(hs[-1], w["V"]) + w["c"] - y) ** 2).mean()
    f = lang.lib.function([x, y], [cost, *lang.lib.grad(cost, list(w.values()))])
    return lambda: _all_of(f, problem)


def _all_of(f: Any, problem: Problem) -> Any:
    """The sum of the costs of all sequences, and the gradients for the last one."""
    results = [f(x, problem.data["y"]) for x in problem.data["xs"]]
    return [np.asarray(sum(r[0] for r in results), "float32"), *results[-1][1:]]


CASES = {f.__name__: f for f in (elman, lstm, gru, rbm, kalman, until, nested, lengths)}


def build(case: str, problem: Problem, library: str) -> Run:
    """What a call computes: the cost and its gradients."""
    return CASES[case](Language(library), problem)
