"""Linear regression: the line that fits noisy points best, found by gradient descent.

    python examples/linear_regression.py

The first program to read. It has all that the others are made of: symbolic variables, shared
variables for what is learnt, a cost, its gradient, and a function that makes a step. The points are
made up. At the end the line is compared with the exact solution of the least squares problem.
"""

import numpy as np

import theano
import theano.tensor as T
from gallery import Options, finish, minibatches, new_figure, open_grid, parameter
from training import Progress, count_option, rate_option

SLOPE, INTERCEPT = 2.0, -1.0
LEVELS = [0.5, 1, 2, 4, 8, 16, 32]


def made_up_points(n, noise, rng):
    x = rng.uniform(-1, 2, size=n)
    y = SLOPE * x + INTERCEPT + noise * rng.standard_normal(n)
    return x.astype(theano.config.floatX), y.astype(theano.config.floatX)


def main(arguments=None):
    parser = Options(__doc__, epochs=15, batch_size=20, lr=0.1)
    parser.number("--points", count_option, 200, "how many points there are")
    parser.number("--noise", rate_option, 0.5, "standard deviation of their distance to the line")
    options = parser.read(arguments)
    rng = np.random.default_rng(options.seed)
    points = made_up_points(options.points, options.noise, rng)

    # Symbolic variables stand for the data of a step; shared variables hold what is learnt.
    x, y = T.vector("x"), T.vector("y")
    slope, intercept = parameter(0.0, "slope"), parameter(4.0, "intercept")

    cost = T.mean((slope * x + intercept - y) ** 2)
    g_slope, g_intercept = T.grad(cost, [slope, intercept])

    # A call computes the cost, and then puts new values into the shared variables.
    step = theano.function(
        [x, y],
        cost,
        updates=[
            (slope, slope - options.lr * g_slope),
            (intercept, intercept - options.lr * g_intercept),
        ],
    )

    path = [(slope.get_value(), intercept.get_value())]
    with Progress(options, options.points // options.batch_size) as progress:
        for _ in range(options.epochs):
            for batch in minibatches(options.points, options.batch_size, rng):
                progress.step(step(points[0][batch], points[1][batch]))
                path.append((slope.get_value(), intercept.get_value()))
            progress.end_epoch(f"y = {path[-1][0]:.3f} x {path[-1][1]:+.3f}")

    best = np.polyfit(*points, deg=1)
    print(f"gradient descent: y = {path[-1][0]:.4f} x {path[-1][1]:+.4f}")
    print(f"least squares:    y = {best[0]:.4f} x {best[1]:+.4f}")
    picture = draw(points, np.array(path), best)
    finish(picture, "linear_regression.png", options, interrupted=progress.interrupted)
    return progress.costs


def draw(points, path, best):
    """The line among the points, and the way to it on the map of the cost."""
    figure = new_figure(9, 4)
    left, right = figure.subplots(1, 2)

    x = np.array([points[0].min(), points[0].max()])
    left.plot(*points, ".", color="0.6", markersize=4)
    for slope, intercept in path[:-1:4]:
        left.plot(x, slope * x + intercept, color="tab:blue", alpha=0.25, linewidth=0.8)
    left.plot(x, path[-1, 0] * x + path[-1, 1], color="tab:blue", linewidth=2)
    left.set(xlabel="x", ylabel="y", title="the line, from the first step to the last")
    open_grid(left)

    # As wide as the way itself, and with contours close together where the ground is flat.
    reach = 1.15 * np.abs(path - best).max(axis=0)
    slopes, intercepts = (np.linspace(b - r, b + r, 41) for b, r in zip(best, reach, strict=True))
    everywhere = [
        [np.mean((s * points[0] + b - points[1]) ** 2) for s in slopes] for b in intercepts
    ]
    lines = right.contour(
        slopes, intercepts, everywhere, levels=LEVELS, colors="0.6", linewidths=0.8
    )
    right.plot(*path.T, ".-", color="tab:blue", linewidth=1, markersize=4, label="steps")
    right.plot(*best, "+", color="tab:red", markersize=12, label="least squares")
    right.set(xlabel="slope", ylabel="intercept", title="the way down the mean squared error")
    right.clabel(lines, fontsize="x-small", fmt="%g")
    right.legend(loc="lower left")
    return figure


if __name__ == "__main__":
    main()
