"""Hamiltonian Monte Carlo: random draws from a density of which only a formula is known.

    python examples/hamiltonian.py

Points roll over the density's logarithm as over hills, from one random push to the next. Theano
differentiates the logarithm, a scan takes the steps of all points at once, and the pushes are
MRG's. Of this banana-shaped density the moments are known, so that the result can be checked.

Reference: Neal, "MCMC using Hamiltonian dynamics", Handbook of Markov Chain Monte Carlo, 2011.
"""

import contextlib

import numpy as np

import theano
import theano.tensor as T
from gallery import Options, finish, new_figure, open_grid, parameter
from theano.sandbox.rng_mrg import MRG_RandomStreams
from training import count_option, counted, rate_option

BEND, WIDTH = 0.5, 0.5
N_DOTS = 4000
N_PATHS, N_MOVES = 4, 2


def log_density(x):
    """Of points ``(n, 2)``, up to a constant: ``x0`` and ``x1 - BEND * x0**2`` are normal."""
    return -0.5 * (x[:, 0] ** 2 + (x[:, 1] - BEND * x[:, 0] ** 2) ** 2 / WIDTH**2)


def force(x):
    """The gradient of the log density, for each point."""
    return T.grad(log_density(x).sum(), x)


def leapfrog(x, momentum, step, n_steps):
    """Places and momenta ``(n_steps, n, 2)`` on the way of each point."""

    def move(x, momentum):
        momentum = momentum + 0.5 * step * force(x)
        x = x + step * momentum
        return x, momentum + 0.5 * step * force(x)

    path, _ = theano.scan(move, outputs_info=[x, momentum], n_steps=n_steps)
    return path


def main(arguments=None):
    parser = Options(__doc__)
    parser.number("--draws", count_option, 300, "draws of each chain")
    parser.number("--warm-up", count_option, 50, "draws before them, which are left out")
    parser.number("--chains", count_option, 100, "points that move side by side")
    parser.number("--step", rate_option, 0.15, "length of a step")
    parser.number("--steps", count_option, 20, "steps between two draws")
    options = parser.read(arguments)
    rng = np.random.default_rng(options.seed)
    srng = MRG_RandomStreams(options.seed)

    # All start far from where the density is.
    x = parameter(rng.uniform(-3, 3, (options.chains, 2)) + [0, 4], "x")
    momentum = srng.normal(x.shape, dtype=theano.config.floatX)
    path, momenta = leapfrog(x, momentum, options.step, options.steps)

    # Metropolis' rule makes up for the error of the steps: worse places are sometimes refused.
    energy = -log_density(x) + 0.5 * T.sum(momentum**2, axis=1)
    new_energy = -log_density(path[-1]) + 0.5 * T.sum(momenta[-1] ** 2, axis=1)
    taken = srng.uniform(energy.shape, dtype=theano.config.floatX) < T.exp(energy - new_energy)
    new_x = T.switch(taken.dimshuffle(0, "x"), path[-1], x)
    draw_next = theano.function([], [new_x, taken.mean(), path[:, :N_PATHS]], updates=[(x, new_x)])

    draws, rates, ways = [], [], []
    n = options.warm_up + options.draws
    # After Ctrl-C the program goes on with the draws that there are.
    with contextlib.suppress(KeyboardInterrupt):
        for _ in counted(n, "draw"):
            start = x.get_value()[:N_PATHS]
            places, rate, way = draw_next()
            draws.append(places)
            rates.append(rate)
            ways.append(np.concatenate([start[None], way]))

    if len(draws) <= options.warm_up:
        raise SystemExit("stopped during the warm-up: there is nothing to show")
    kept = np.array(draws[options.warm_up :])
    rate = np.mean(rates[options.warm_up :])
    print(f"{kept.shape[0] * kept.shape[1]} draws, {rate:.1%} of the moves were taken")
    results = moments(kept)
    for name, (exact, estimate, error) in results.items():
        print(f"{name}: {estimate:.3f} ± {error:.3f}, exactly {exact:.3f}")
    picture = draw(kept, ways[options.warm_up :], rate)
    finish(picture, "hamiltonian.png", options, interrupted=len(draws) < n)
    return results


def moments(draws):
    """Exact value, estimate and its standard error, which the chains' differences tell."""
    x0, x1 = draws[..., 0], draws[..., 1]
    quantities = {
        "mean of x0": (0.0, x0),
        "mean of x1": (BEND, x1),
        "mean of x0 squared": (1.0, x0**2),
        "variance of x1": (WIDTH**2 + 2 * BEND**2, (x1 - BEND) ** 2),
    }
    return {
        name: (exact, values.mean(), values.mean(axis=0).std() / np.sqrt(values.shape[1]))
        for name, (exact, values) in quantities.items()
    }


def draw(draws, ways, rate):
    """The ways of some points from draw to draw, and all draws, over the density's contours."""
    figure = new_figure(9, 3.8)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    across, up = np.meshgrid(np.linspace(-3.5, 3.5, 141), np.linspace(-2, 6, 161))
    x = T.matrix("x")
    points = np.stack([across, up], axis=-1).reshape(-1, 2).astype(theano.config.floatX)
    density = theano.function([x], T.exp(log_density(x)))(points).reshape(across.shape)
    for axes in (left, right):
        axes.contour(across, up, density, levels=[0.02, 0.2, 0.6], colors="0.6", linewidths=0.8)
        axes.set_xlabel("x0")
        open_grid(axes)
    left.set_ylabel("x1")
    for i in range(ways[0].shape[1]):
        line = left.plot(*np.concatenate([way[:, i] for way in ways[:N_MOVES]]).T, linewidth=1)
        ends = np.array([way[-1, i] for way in ways[:N_MOVES]])
        left.plot(*ends.T, "o", color=line[0].get_color(), markersize=4)
    left.set_title(f"the ways of {N_PATHS} points, {N_MOVES} moves each", fontsize="medium")
    shown = draws.reshape(-1, 2)[:: max(1, draws.size // 2 // N_DOTS)]
    right.plot(*shown.T, ".", markersize=2, alpha=0.4, color="tab:blue", rasterized=True)
    right.set_title(f"{len(shown)} of the draws; {rate:.0%} of moves taken", fontsize="medium")
    return figure


if __name__ == "__main__":
    main()
