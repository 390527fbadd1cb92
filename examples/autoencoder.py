"""A denoising autoencoder: what is learnt by cleaning damaged digits, with no labels at all.

    python examples/autoencoder.py

Half of an image's pixels are wiped out. From those that are left a hidden layer is computed, and
from that, through the same weights transposed, the whole image. The filters become strokes of the
pen.

Reference: Vincent, Larochelle, Bengio & Manzagol, "Extracting and composing robust features with
denoising autoencoders", ICML 2008.
"""

import numpy as np

import theano
import theano.tensor as T
from gallery import (
    Options,
    adam,
    digits,
    draw_mosaics,
    finish,
    minibatches,
    mosaic,
    parameter,
    share_option,
)
from theano.sandbox.rng_mrg import MRG_RandomStreams
from training import Progress, count_option

N_COLUMNS, N_SHOWN = 8, 24


def main(arguments=None):
    parser = Options(__doc__, epochs=15, batch_size=128, lr=0.001, digits=True)
    parser.number("--hidden", count_option, 81, "hidden units")
    parser.number("--wiped", share_option, 0.5, "share of the pixels that are wiped out")
    options = parser.read(arguments)
    train_x, test_x, _, _ = digits(options)
    rng = np.random.default_rng(options.seed)
    srng = MRG_RandomStreams(options.seed)

    n_pixels = train_x.shape[1]
    weights = parameter(0.05 * rng.standard_normal((n_pixels, options.hidden)), "weights")
    hidden_bias = parameter(np.zeros(options.hidden), "hidden_bias")
    visible_bias = parameter(np.zeros(n_pixels), "visible_bias")

    images = T.matrix("images")
    kept = srng.binomial(images.shape, p=1 - options.wiped, dtype=theano.config.floatX)
    damaged = images * kept
    hidden = T.nnet.sigmoid(T.dot(damaged, weights) + hidden_bias)
    cleaned = T.nnet.sigmoid(T.dot(hidden, weights.T) + visible_bias)
    cost = T.nnet.binary_crossentropy(cleaned, images).sum(axis=1).mean()

    # The data stays where the computing is done; a step is told which rows it shall take.
    all_images = theano.shared(train_x)
    batch = T.ivector("batch")
    train = theano.function(
        [batch],
        cost,
        updates=adam(cost, [weights, hidden_bias, visible_bias], options.lr),
        givens={images: all_images[batch]},
    )
    evaluate = theano.function([images], cost)
    clean = theano.function([images], [damaged, cleaned])

    with Progress(options, len(train_x) // options.batch_size) as progress:
        for _ in range(options.epochs):
            for rows in minibatches(len(train_x), options.batch_size, rng):
                progress.step(train(rows))
            progress.end_epoch(f"cross-entropy of a test image: {evaluate(test_x):.2f} nats")

    before = test_x[:N_SHOWN]
    picture = draw(weights.get_value(), [before, *clean(before)])
    finish(picture, "autoencoder.png", options, interrupted=progress.interrupted)
    return progress.costs


def draw(weights, rows):
    """The filters, one for each hidden unit, and test images damaged and cleaned."""
    filters = mosaic(weights.T.reshape(-1, 28, 28))
    # A row of whole images, then the same ones damaged, then cleaned.
    places = [image[i : i + N_COLUMNS] for i in range(0, N_SHOWN, N_COLUMNS) for image in rows]
    digits = mosaic(np.concatenate(places).reshape(-1, 28, 28), N_COLUMNS)
    return draw_mosaics(
        [
            ("filters: one for each hidden unit", filters, True),
            ("test images: a row whole, damaged, cleaned", digits, False),
        ]
    )


if __name__ == "__main__":
    main()
