"""Handwritten digits with dropout, rectified units and RMSprop: a program in the style of 2016.

    python examples/modern_net.py --epochs 2

Images of 784 pixels go through two hidden layers of 625 units to 10 classes. After each epoch the
accuracy on the test images is printed. At the end, and after Ctrl-C as well, the weights are in
parameters.npz, the curve in accuracy.png and the first layer in filters.png.
"""

# The original Theano, on Python 3.7, runs this file too: zip has no `strict` there.
# ruff: noqa: B905, E402

import numpy as np

from load import mnist
from training import Run, plain_errors, read_options

# Theano reads its flags (floatX, device) when it is imported, so the options come first.
options = read_options(__doc__)

import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams

with plain_errors():
    trX, teX, trY, teY = mnist(ntrain=None, ntest=None, data_dir=options.data_dir)

np.random.seed(options.seed)
srng = MRG_RandomStreams(options.seed) if options.seed else MRG_RandomStreams()


def floatX(values):
    return np.asarray(values, dtype=theano.config.floatX)


def init_weights(*shape):
    return theano.shared(floatX(np.random.randn(*shape) * 0.01))


def dropout(X, prob):
    if prob == 0:
        return X
    X *= srng.binomial(X.shape, p=1 - prob, dtype=theano.config.floatX)
    return X / (1 - prob)


def softmax(X):
    exps = T.exp(X - X.max(axis=1).dimshuffle(0, "x"))
    return exps / exps.sum(axis=1).dimshuffle(0, "x")


def model(X, w_h1, w_h2, w_o, drop_input, drop_hidden):
    h1 = T.nnet.relu(T.dot(dropout(X, drop_input), w_h1))
    h2 = T.nnet.relu(T.dot(dropout(h1, drop_hidden), w_h2))
    return softmax(T.dot(dropout(h2, drop_hidden), w_o))


def RMSprop(cost, params, accs, lr=0.001, rho=0.9, epsilon=1e-6):
    updates = []
    for p, acc, g in zip(params, accs, T.grad(cost, params)):
        acc_new = rho * acc + (1 - rho) * g**2
        updates.append((acc, acc_new))
        updates.append((p, p - lr * g / T.sqrt(acc_new + epsilon)))
    return updates


X = T.matrix()
Y = T.matrix()
w_h1 = init_weights(784, 625)
w_h2 = init_weights(625, 625)
w_o = init_weights(625, 10)
params = [w_h1, w_h2, w_o]
accs = [theano.shared(p.get_value() * 0.0) for p in params]

noisy_py_x = model(X, w_h1, w_h2, w_o, 0.2, 0.5)
cost = T.mean(T.nnet.categorical_crossentropy(noisy_py_x, Y))
updates = RMSprop(cost, params, accs, lr=options.lr)
train = theano.function(inputs=[X, Y], outputs=cost, updates=updates, allow_input_downcast=True)

py_x = model(X, w_h1, w_h2, w_o, 0.0, 0.0)
predict = theano.function(inputs=[X], outputs=T.argmax(py_x, axis=1), allow_input_downcast=True)


def accuracy():
    return np.mean(np.argmax(teY, axis=1) == predict(teX))


n, size = len(trX), options.batch_size
batches = list(zip(range(0, n, size), range(size, n + 1, size)))

with Run(options, len(batches)) as run:
    for _ in range(options.epochs):
        for start, end in batches:
            run.step(train(trX[start:end], trY[start:end]))
        run.epoch(accuracy())

run.finish(accuracy, w_h1=w_h1.get_value(), w_h2=w_h2.get_value(), w_o=w_o.get_value())
