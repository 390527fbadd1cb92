"""A convolutional network for handwritten digits: over 99 % of the test images are read right.

    python examples/convolutional_net.py

Three layers of 3 x 3 filters, each followed by a maximum over 2 x 2 pixels, then a layer of
rectified units with dropout, and the softmax of ten. The picture has what it reads wrong.
"""

from typing import NamedTuple

import numpy as np

import theano
import theano.tensor as T
from gallery import (
    N_CLASSES,
    Options,
    adam,
    digits,
    finish,
    minibatches,
    new_figure,
    open_grid,
    parameter,
    share_option,
)
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.nnet import conv2d
from theano.tensor.signal.pool import pool_2d
from training import Progress

SIDE = 28
N_FILTERS = (16, 32, 64)
N_HIDDEN = 128
AT_ONCE = 1000
"""Test images that are read in one call."""
N_SHOWN = 15


class Layer(NamedTuple):
    weights: theano.compile.SharedVariable
    bias: theano.compile.SharedVariable


def layer(name, shape, fan_in, rng):
    """Weights that keep the variance of rectified units (He et al., ICCV 2015), and a zero bias."""
    weights = rng.standard_normal(shape) * np.sqrt(2 / fan_in)
    bias = np.zeros(shape[0] if len(shape) == 4 else shape[1])
    return Layer(parameter(weights, f"{name}_weights"), parameter(bias, f"{name}_bias"))


def layers(rng):
    """The three layers of filters, the hidden one and the last one."""
    made, n_channels, side = [], 1, SIDE
    for i, n_filters in enumerate(N_FILTERS, 1):
        shape = (n_filters, n_channels, 3, 3)
        made.append(layer(f"filters{i}", shape, n_channels * 9, rng))
        n_channels, side = n_filters, side // 2
    n_features = n_channels * side**2
    made.append(layer("hidden", (n_features, N_HIDDEN), n_features, rng))
    made.append(layer("classes", (N_HIDDEN, N_CLASSES), 2 * N_HIDDEN, rng))
    return made


def probabilities(images, network, dropout, srng):
    """Of the ten classes, ``(n, 10)``, for images ``(n, 784)``."""
    *filters, hidden, classes = network
    x = images.reshape((-1, 1, SIDE, SIDE))
    for weights, bias in filters:
        # border_mode="half" surrounds the image with zeros, so that its size stays.
        x = conv2d(x, weights, border_mode="half") + bias.dimshuffle("x", 0, "x", "x")
        x = pool_2d(T.nnet.relu(x), (2, 2), ignore_border=True)
    h = T.nnet.relu(T.dot(x.flatten(2), hidden.weights) + hidden.bias)
    if dropout:
        kept = srng.binomial(h.shape, p=1 - dropout, dtype=theano.config.floatX)
        h = h * kept / (1 - dropout)
    return T.nnet.softmax(T.dot(h, classes.weights) + classes.bias)


def main(arguments=None):
    parser = Options(__doc__, epochs=8, batch_size=128, lr=0.002, digits=True)
    parser.number("--dropout", share_option, 0.5, "share of the hidden units left out in a step")
    options = parser.read(arguments)
    train_x, test_x, train_y, test_y = digits(options)
    rng = np.random.default_rng(options.seed)
    srng = MRG_RandomStreams(options.seed)

    network = layers(rng)
    parameters = [p for one in network for p in one]

    images, labels = T.matrix("images"), T.ivector("labels")
    lr = T.scalar("lr")
    noisy = probabilities(images, network, options.dropout, srng)
    cost = T.nnet.categorical_crossentropy(noisy, labels).mean()

    # The data stays where the computing is done; a step is told which rows it shall take.
    all_images, all_labels = theano.shared(train_x), theano.shared(train_y)
    batch = T.ivector("batch")
    train = theano.function(
        [batch, lr],
        cost,
        updates=adam(cost, parameters, lr),
        givens={images: all_images[batch], labels: all_labels[batch]},
    )
    predict = theano.function([images], probabilities(images, network, 0, srng))

    def read(images):
        return np.concatenate(
            [predict(images[i : i + AT_ONCE]) for i in range(0, len(images), AT_ONCE)]
        )

    accuracies = []
    n_batches = len(train_x) // options.batch_size
    n_steps = options.epochs * n_batches
    with Progress(options, n_batches) as progress:
        for _ in range(options.epochs):
            for rows in minibatches(len(train_x), options.batch_size, rng):
                # The learning rate falls to zero along a line.
                rate = options.lr * (1 - len(progress.costs) / n_steps)
                progress.step(train(rows, np.asarray(rate, theano.config.floatX)))
            accuracies.append(np.mean(read(test_x).argmax(axis=1) == test_y))
            progress.end_epoch(f"accuracy on the test images: {accuracies[-1]:.2%}")

    p = read(test_x)
    wrong = np.flatnonzero(p.argmax(axis=1) != test_y)
    print(
        f"{len(wrong)} of {len(test_y)} test images are read wrong: {len(wrong) / len(test_y):.2%}"
    )
    picture = draw(accuracies, test_x, test_y, p, wrong)
    finish(picture, "convolutional_net.png", options, interrupted=progress.interrupted)
    return progress.costs


def draw(accuracies, images, labels, p, wrong):
    """The accuracy over the epochs, and the worst mistakes: those the network is surest of."""
    figure = new_figure(9, 4)
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.3))

    axes = left.subplots()
    percent = 100 * np.array(accuracies)
    axes.plot(range(1, len(percent) + 1), percent, "o-", markersize=4)
    last = f", {percent[-1]:.2f} % at the end" if len(percent) else ""
    axes.set(xlabel="epoch", ylabel="read right (%)", title=f"test images{last}")
    axes.title.set_fontsize("medium")
    open_grid(axes)

    surest = wrong[np.argsort(-p[wrong].max(axis=1))][:N_SHOWN]
    right.suptitle(
        f"the surest of {len(wrong)} mistakes: what is read, and what it is", fontsize="medium"
    )
    for axes in (tiles := right.subplots(3, 5)).flat:
        axes.set_axis_off()
    for axes, i in zip(tiles.flat, surest, strict=False):
        axes.imshow(images[i].reshape(SIDE, SIDE), cmap="gray_r")
        axes.set_title(f"{p[i].argmax()} ({p[i].max():.0%}), is {labels[i]}", fontsize="small")
    return figure


if __name__ == "__main__":
    main()
