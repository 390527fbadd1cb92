"""The loops in PyTorch: variants ``eager``, loops of Python, and ``nn``, its recurrent layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from loop_cases import Problem
from torch import Tensor

Run = Callable[[], Any]
Weights = dict[str, Tensor]
Layer = Callable[[Weights, Tensor], Tensor]
"""From weights and inputs (steps, batch, features) to the states (steps, batch, hidden)."""


def eager_elman(w: Weights, x: Tensor) -> Tensor:
    h, hs = x.new_zeros(x.shape[1], w["U"].shape[0]), []
    for given in x @ w["W"] + w["b"]:
        h = torch.tanh(given + h @ w["U"])
        hs.append(h)
    return torch.stack(hs)


def eager_lstm(w: Weights, x: Tensor) -> Tensor:
    h = c = x.new_zeros(x.shape[1], w["U"].shape[0])
    hs = []
    for given in x @ w["W"] + w["b"]:
        i, f, g, o = torch.addmm(given, h, w["U"]).chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        hs.append(h)
    return torch.stack(hs)


def eager_gru(w: Weights, x: Tensor) -> Tensor:
    h, hs = x.new_zeros(x.shape[1], w["U"].shape[0]), []
    for given in x @ w["W"] + w["b"]:
        x_r, x_z, x_n = given.chunk(3, dim=1)
        h_r, h_z, h_n = (h @ w["U"]).chunk(3, dim=1)
        z = torch.sigmoid(x_z + h_z)
        n = torch.tanh(x_n + torch.sigmoid(x_r + h_r) * h_n)
        h = (1 - z) * n + z * h
        hs.append(h)
    return torch.stack(hs)


def module_layer(module: type[torch.nn.Module], w: Weights, x: Tensor) -> Tensor:
    """A layer of ``torch.nn`` with these weights; its second bias stays 0."""
    layer = module(w["W"].shape[0], w["U"].shape[0])
    names = {
        "weight_ih_l0": w["W"].T,
        "weight_hh_l0": w["U"].T,
        "bias_ih_l0": w["b"],
        "bias_hh_l0": torch.zeros_like(w["b"]),
    }
    return torch.func.functional_call(layer, names, (x,))[0]


EAGER = {"elman": eager_elman, "lstm": eager_lstm, "gru": eager_gru}
MODULES = {"elman": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def elman(problem: Problem, layer: Layer) -> Run:
    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(layer(w, x) @ w["V"] + w["c"], y)

    return gradients_of(loss, problem)


def lstm(problem: Problem, layer: Layer) -> Run:
    """What follows a sentence's end changes nothing before it, and the mean leaves it out."""

    def loss(w: Weights, x: Tensor, mask: Tensor, y: Tensor) -> Tensor:
        hs = layer(w, F.embedding(x, w["E"]))
        mean = torch.einsum("tbh,tb->bh", hs, mask) / mask.sum(0)[:, None]
        return F.cross_entropy(mean @ w["V"] + w["c"], y)

    return gradients_of(loss, problem)


def gru(problem: Problem, layer: Layer) -> Run:
    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        scores = layer(w, F.embedding(x, w["E"])) @ w["V"] + w["c"]
        return F.cross_entropy(scores.flatten(0, 1), y.flatten())

    return gradients_of(loss, problem)


def rbm(problem: Problem) -> Run:
    torch.manual_seed(7)

    def free_energy(w: Weights, v: Tensor) -> Tensor:
        return -v @ w["vbias"] - F.softplus(v @ w["W"] + w["hbias"]).sum(1)

    def chain(w: Weights, v: Tensor) -> Tensor:
        h = torch.bernoulli(torch.sigmoid(v @ w["W"] + w["hbias"]))
        for _ in range(problem.sizes["steps"]):
            v = torch.bernoulli(torch.sigmoid(h @ w["W"].T + w["vbias"]))
            h = torch.bernoulli(torch.sigmoid(v @ w["W"] + w["hbias"]))
        return v

    def loss(w: Weights, x: Tensor) -> Tensor:
        with torch.no_grad():
            end = chain(w, x)
        return free_energy(w, x).mean() - free_energy(w, end).mean()

    return gradients_of(loss, problem)


def kalman(problem: Problem) -> Run:
    def loss(w: Weights, y: Tensor) -> Tensor:
        phi, rho, beta, q, r = w["phi"], w["rho"], w["beta"], w["log_q"].exp(), w["log_r"].exp()
        level = trend = torch.tensor(0.0)
        variance, total, decay = torch.tensor(1.0), torch.tensor(0.0), phi**2
        for y_t in y.unbind():
            level = phi * level + trend
            variance = decay * variance + q
            error, spread = y_t - level, variance + r
            gain = variance / spread
            level = level + gain * error
            trend = rho * trend + beta * error
            variance = (1 - gain) * variance
            total = total + torch.log(spread) + error**2 / spread
        return total / len(y)

    return gradients_of(loss, problem)


def until(problem: Problem) -> Run:
    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        given, h = x @ w["U"] + w["b"], torch.zeros_like(x)
        for _ in range(problem.sizes["most"]):
            old, h = h, torch.tanh(torch.addmm(given, h, w["W"]))
            if (h - old).detach().abs().max() < 1e-4:
                break
        return F.mse_loss(h, y)

    return gradients_of(loss, problem)


def nested(problem: Problem) -> Run:
    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        text = torch.zeros_like(y)
        for sentence in x @ w["W"] + w["b"]:
            h = text
            for given in sentence:
                h = torch.tanh(torch.addmm(given, h, w["U"]))
            text = torch.tanh(h @ w["A"] + text @ w["C"])
        return F.mse_loss(text, y)

    return gradients_of(loss, problem)


def lengths(problem: Problem, layer: Layer) -> Run:
    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(layer(w, x)[-1] @ w["V"] + w["c"], y)

    runs = [
        gradients_of(loss, problem._replace(data={"x": x, "y": problem.data["y"]}))
        for x in problem.data["xs"]
    ]

    def run() -> Any:
        results = [each() for each in runs]
        return [np.asarray(sum(r[0] for r in results), "float32"), *results[-1][1:]]

    return run


def gradients_of(loss: Callable[..., Tensor], problem: Problem) -> Run:
    w = {name: torch.tensor(v, requires_grad=True) for name, v in problem.weights.items()}
    data = [torch.from_numpy(np.ascontiguousarray(v)) for v in problem.data.values()]

    def run() -> list[np.ndarray]:
        cost = loss(w, *data)
        gradients = torch.autograd.grad(cost, list(w.values()))
        return [cost.detach().numpy(), *(g.numpy() for g in gradients)]

    return run


def build(case: str, problem: Problem, variant: str) -> Run:
    """What a call computes: the cost and its gradients."""
    plain = {f.__name__: f for f in (rbm, kalman, until, nested)}
    if case in plain:
        return plain[case](problem)
    kind = "elman" if case == "lengths" else case
    layer = partial(module_layer, MODULES[kind]) if variant == "nn" else EAGER[kind]
    layered = {f.__name__: f for f in (elman, lstm, gru, lengths)}
    return layered[case](problem, layer)
