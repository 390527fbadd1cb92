"""Logistic regression on handwritten digits: one template for each, learnt by gradient descent.

    python examples/logistic_regression.py

The probability of a digit is the softmax of ten products of the image with a template. The picture
has the templates: ink where they are red speaks for the digit, where they are blue against it.
"""

import numpy as np

import theano
import theano.tensor as T
from gallery import (
    N_CLASSES,
    Options,
    digits,
    finish,
    minibatches,
    new_figure,
    open_grid,
    parameter,
    share_option,
)
from training import Progress


def main(arguments=None):
    parser = Options(__doc__, epochs=20, batch_size=100, lr=0.2, digits=True)
    parser.number("--decay", share_option, 1e-4, "weight of the sum of squares in the cost")
    options = parser.read(arguments)
    train_x, test_x, train_y, test_y = digits(options)
    rng = np.random.default_rng(options.seed)

    images, labels = T.matrix("images"), T.ivector("labels")
    weights = parameter(np.zeros((train_x.shape[1], N_CLASSES)), "weights")
    bias = parameter(np.zeros(N_CLASSES), "bias")

    p = T.nnet.softmax(T.dot(images, weights) + bias)
    cross_entropy = T.nnet.categorical_crossentropy(p, labels).mean()
    cost = cross_entropy + options.decay * T.sum(weights**2)
    g_weights, g_bias = T.grad(cost, [weights, bias])

    # The data stays where the computing is done; a step is told which rows it shall take.
    all_images, all_labels = theano.shared(train_x), theano.shared(train_y)
    batch = T.ivector("batch")
    train = theano.function(
        [batch],
        cost,
        updates=[(weights, weights - options.lr * g_weights), (bias, bias - options.lr * g_bias)],
        givens={images: all_images[batch], labels: all_labels[batch]},
    )
    is_right = T.eq(T.argmax(p, axis=1), labels)
    accuracy = theano.function([images, labels], T.mean(is_right))

    accuracies = []
    with Progress(options, len(train_x) // options.batch_size) as progress:
        for _ in range(options.epochs):
            for rows in minibatches(len(train_x), options.batch_size, rng):
                progress.step(train(rows))
            accuracies.append((accuracy(train_x, train_y), accuracy(test_x, test_y)))
            progress.end_epoch(f"accuracy on the test images: {accuracies[-1][1]:.2%}")

    picture = draw(weights.get_value(), np.array(accuracies).reshape(-1, 2))
    finish(picture, "logistic_regression.png", options, interrupted=progress.interrupted)
    return progress.costs


def draw(weights, accuracies):
    """The ten templates on one scale, and the accuracy over the epochs."""
    figure = new_figure(9, 3.1)
    left, right = figure.subfigures(1, 2, width_ratios=(1.5, 1))

    limit = np.quantile(np.abs(weights), 0.995) or 1.0
    left.suptitle("what speaks for a digit (red) and against it (blue)", fontsize="medium")
    for digit, axes in enumerate((tiles := left.subplots(2, 5)).flat):
        template = weights[:, digit].reshape(28, 28)
        shown = axes.imshow(template, cmap="RdBu_r", vmin=-limit, vmax=limit)
        axes.set_title(str(digit), fontsize="medium")
        axes.set_axis_off()
    left.colorbar(shown, ax=tiles, shrink=0.6, label="weight")

    axes = right.subplots()
    epochs = range(1, len(accuracies) + 1)
    axes.plot(epochs, 100 * accuracies[:, 0], ".-", color="0.6", label="training images")
    axes.plot(epochs, 100 * accuracies[:, 1], ".-", color="tab:blue", label="test images")
    axes.set(xlabel="epoch", ylabel="read right (%)")
    axes.legend()
    open_grid(axes)
    return figure


if __name__ == "__main__":
    main()
