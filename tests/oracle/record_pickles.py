"""Pickles that Theano 1.0.5 writes, and some that it wrote under Python 2 or on a GPU.

    python tests/oracle/record_pickles.py tests/data/pickles

Run with Theano 1.0.5, in the folder that holds ``tests``: the classes of the models are in
``tests/legacy/old_models.py``. What Python 2 wrote is made by a pickler that writes
every string as Python 2's; GPU values are made by classes with the names, the states and the
reduced forms that ``theano.sandbox.cuda`` and ``theano.gpuarray`` had.

``graphs.pkl.xz`` and ``large_graphs.pkl.xz``: for each expression the variables of its inputs and
of its value, and values of both. ``functions*.pkl.xz``: for each function a pickle, calls, and what
they returned in order.
"""

from __future__ import annotations

import importlib
import lzma
import pickle
import struct
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

import theano
import theano.ifelse
import theano.tensor as T
import theano.tensor.signal.pool
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.shared_randomstreams import RandomStreams

# By a relative path, as the tags of variables keep the files of the lines that made them.
sys.path.insert(0, ".")
old_models = importlib.import_module("tests.legacy.old_models")


class Python2Pickler(pickle._Pickler):
    """Writes strings and bytes alike as the byte strings of Python 2, with protocol 2."""

    dispatch = dict(pickle._Pickler.dispatch)  # noqa: RUF012

    def __init__(self, file):
        super().__init__(file, 2)

    def save_bytes(self, text):
        data = text.encode("latin1") if isinstance(text, str) else text
        short = len(data) < 256
        head = pickle.SHORT_BINSTRING if short else pickle.BINSTRING
        self.write(head + struct.pack("<B" if short else "<i", len(data)) + data)
        self.memoize(text)

    dispatch[str] = save_bytes
    dispatch[bytes] = save_bytes


def python2_dumps(value):
    file = Buffer()
    Python2Pickler(file).dump(value)
    return b"".join(file)


class Buffer(list):
    write = list.append


def arrays():
    rng = np.random.RandomState(7)
    return {
        "x": rng.uniform(0.1, 0.9, (3, 4)).astype("float32"),
        "z": rng.uniform(-2, 2, (3, 4)).astype("float32"),
        "v": rng.uniform(0.1, 0.9, 4).astype("float32"),
        "i": np.array([2, 0, 1], "int32"),
        "n": np.int32(2),
        "t": rng.uniform(-1, 1, (2, 3, 4)).astype("float32"),
        "q": (rng.uniform(-1, 1, (3, 3)) + 3 * np.eye(3)).astype("float32"),
    }


def expressions():
    x, z, v = T.fmatrix("x"), T.fmatrix("z"), T.fvector("v")
    i, n, t, q = T.ivector("i"), T.iscalar("n"), T.ftensor3("t"), T.fmatrix("q")
    w = theano.shared(np.arange(12, dtype="float32").reshape(4, 3) / 10, "w")
    b = theano.shared(np.ones(3, "float32"), "b")
    hidden = T.nnet.sigmoid(T.dot(x, w) + b)
    guess = T.nnet.softmax(hidden)
    cost = T.nnet.categorical_crossentropy(guess, i).mean() + 0.01 * (w**2).sum()
    ready = {
        "add": x + v,
        "arithmetic": (x * 2 - z) / (x + 1) // 0.5 % 3,
        "comparisons": T.switch((x > z) & T.neq(x, 0) | T.le(z, 1), x, -z),
        "functions": T.exp(x) + T.log(x) + T.sqrt(x) + T.sqr(z) + abs(z) + T.tanh(z) + T.log1p(x),
        "more functions": T.sgn(z) + T.ceil(z) + T.round(z) + T.erf(z) + x**z + T.arctan2(x, z),
        "clip": T.clip(z, -1, T.max(x)) + T.maximum(x, z) + T.minimum(x, 0.5),
        "cast": T.cast(z, "int32") + T.cast(x, "float64"),
        "reductions": x.sum(axis=0) + x.mean(axis=0) + x.var(axis=0) + x.prod(axis=0),
        "extremes": T.max(x, axis=1) + T.min(z, axis=1) + T.argmax(x, axis=1),
        "keepdims": x - x.max(axis=1, keepdims=True),
        "any": T.any(T.gt(z, 1), axis=0) & T.all(T.lt(x, 2), axis=0),
        "dot": T.dot(x, z.T) + T.outer(v[:3], v[:3]),
        "tensordot": T.tensordot(t, x, axes=[[2], [1]]),
        "batched_dot": T.batched_dot(t, t.dimshuffle(0, 2, 1)),
        "shapes": x.reshape((2, -1)) + x.flatten().reshape((2, 6)) + x.shape[0] + x.size,
        "dimshuffle": x.dimshuffle(1, "x", 0) + v.dimshuffle(0, "x", "x"),
        "rebroadcast": T.addbroadcast(x[:1], 0) + T.unbroadcast(T.shape_padleft(v), 0),
        "join": T.concatenate([x, z], axis=1),
        "stack": T.stack([x, z]),
        "split": T.split(x, [1, 2], 2, axis=0)[1],
        "subtensor": x[1:, ::-1][:n, 1:-1] + x[n, 0],
        "row": x[n] + x[-1, :] * x[0, n:][0],
        "advanced": x[i] + x[:, i[:1]].sum() + x[i, i].sum(),
        "set": T.set_subtensor(x[1:, 0], 5.0) + T.inc_subtensor(z[:, n], v[:3]),
        "increment": T.inc_subtensor(x[i], z) + T.inc_subtensor(x[i, i], 1),
        "filled": T.zeros_like(x) + T.ones_like(z) + T.alloc(v, 3, 4) + T.fill(x, 2),
        "made": T.eye(3, 4) + T.arange(4) + T.zeros((3, 4)),
        "sorted": T.sort(x, axis=1) + T.argsort(z, axis=1),
        "repeated": T.repeat(x, 2, axis=0)[:3] + T.extra_ops.cumsum(x, axis=1) + T.tile(v, (3, 1)),
        "diagonal": T.diag(q) + T.nlinalg.trace(q),
        "linear algebra": T.nlinalg.matrix_inverse(q) + T.nlinalg.det(q),
        "activations": T.nnet.relu(z) + T.nnet.softplus(z) + T.nnet.hard_sigmoid(z),
        "crossentropy": T.nnet.binary_crossentropy(x, T.nnet.sigmoid(z)).sum(axis=1),
        "dense crossentropy": T.nnet.categorical_crossentropy(T.nnet.softmax(z), x),
        "log softmax": T.nnet.logsoftmax(z),
        "network": guess,
        "cost": cost,
        "gradient of weights": T.grad(cost, w),
        "gradient of bias": T.grad(cost, b),
        "gradient of parts": T.grad(T.sqr(T.tanh(x[1:])).sum() + T.max(x[0]), x),
        "gradient of dense": T.grad(T.nnet.categorical_crossentropy(T.nnet.softmax(z), x).sum(), z),
        "gradient of functions": T.grad((T.nnet.softplus(z) * T.sqrt(x) / T.exp(x)).sum(), x),
        "disconnected": theano.gradient.disconnected_grad(x) * 2,
        "conditional": theano.ifelse.ifelse(T.gt(n, 1), x, z),
        "convolution": T.nnet.conv2d(
            t.dimshuffle("x", 0, 1, 2), T.stack([q[:2, :2], q[1:, 1:]]).dimshuffle("x", 0, 1, 2)
        ),
        "pooling": theano.tensor.signal.pool.pool_2d(t, (1, 2), ignore_border=True),
        "scan": theano.scan(lambda row, total: total + T.tanh(row), x, T.zeros_like(v))[0],
    }
    given = {"x": x, "z": z, "v": v, "i": i, "n": n, "t": t, "q": q}
    return ready, given


def graph_pickles():
    found, given = expressions()
    values = arrays()
    record = {}
    for name, variable in found.items():
        used = [key for key in given if given[key] in theano.gof.graph.inputs([variable])]
        inputs = [given[key] for key in used]
        # Convolutions are only in C.
        mode = None if name == "convolution" else "FAST_COMPILE"
        f = theano.function(inputs, variable, mode=mode)
        expected = f(*[values[k] for k in used])
        record[name] = (inputs, variable, [values[k] for k in used], expected)
    return record


def training():
    x, y = T.fmatrix("x"), T.ivector("y")
    rate = T.fscalar("rate")
    w = theano.shared(np.linspace(-1, 1, 12).astype("float32").reshape(4, 3), "w")
    b = theano.shared(np.zeros(3, "float32"), "b")
    guess = T.nnet.softmax(T.dot(x, w) + b)
    cost = T.nnet.categorical_crossentropy(guess, y).mean()
    grads = T.grad(cost, [w, b])
    updates = [(p, p - rate * g) for p, g in zip([w, b], grads)]  # noqa: B905  Python 3.7
    train = theano.function(
        [x, y, theano.In(rate, value=np.float32(0.5))], cost, updates=updates, name="train"
    )
    a, z, _, i = (arrays()[k] for k in "xzvi")
    return train, [(a, i), (z, i), (a, i, np.float32(0.1)), (a, i)]


def keyed():
    x, s = T.fmatrix("x"), T.fvector("s")
    f = theano.function(
        [x, theano.In(s, name="total", value=np.zeros(4, "float32"), update=s + x.sum(axis=0))],
        {"total": s, "mean": x.mean()},
        mode="FAST_COMPILE",
    )
    a, z = (arrays()[k] for k in "xz")
    return f, [(a,), (z,), (a,)]


def random():
    rng = RandomStreams(5)
    u = rng.uniform((2, 3))
    return theano.function([], [u, u.mean()]), [(), ()]


def dropout():
    x = T.fmatrix("x")
    mask = MRG_RandomStreams(5).binomial((3, 4), p=0.5, dtype="float32", nstreams=6)
    return theano.function([x], x * mask, mode="FAST_COMPILE"), [(arrays()["x"],), (arrays()["z"],)]


def function_pickles(dumps):
    record = {}
    for name, make in (
        ("train", training), ("keyed", keyed), ("random", random), ("dropout", dropout),
    ):  # fmt: skip
        f, calls = make()
        f(*calls[0])
        pickled = dumps(f)
        record[name] = (pickled, calls, [f(*args) for args in calls])
    return record


def shared():
    rng = np.random.RandomState(3)
    return {
        "matrix": theano.shared(rng.uniform(size=(3, 2)).astype("float32"), "W"),
        "row": theano.shared(rng.uniform(size=(1, 2)), "r", broadcastable=(True, False)),
        "scalar": theano.shared(1.5, "s"),
        "number": theano.shared(np.float32(0.25)),
        "integers": theano.shared(np.arange(3)),
        "object": theano.shared([1, "two", None], "list"),
        "strict": theano.shared(np.zeros(2, "float32"), "z", strict=True, allow_downcast=False),
    }


def models():
    rng = np.random.RandomState(4)
    first = old_models.Dense(rng, 4, 3, "first")
    second = old_models.Dense(rng, 3, 2, "second", below=first)
    return {
        "parameters": [p.get_value() for p in first.params + second.params],
        "layers": second,
        "sequential": old_models.Sequential([first, second]),
        "brick": old_models.Brick(rng, 3, 2),
    }


def streams():
    numpy_streams, mrg = RandomStreams(5), MRG_RandomStreams(5)
    for one in (numpy_streams, mrg):
        u = one.uniform((2, 3))
        theano.function([], u)()
    return {"numpy": numpy_streams, "mrg": mrg}


def on_gpu(package, type_name, variable_name, reconstruct, **of_type):
    """Return shared variables as they were pickled on a GPU, in a class of that name."""
    type_module, variable_module = ModuleType(f"{package}.type"), ModuleType(f"{package}.var")
    if package == "theano.gpuarray":
        variable_module = type_module

    class Values:
        def __init__(self, array):
            self.array = array

        def __reduce__(self):
            arguments = (self.array,)
            if "context_name" in of_type:
                arguments += (of_type["context_name"],)
            return getattr(type_module, reconstruct), arguments

    def unpickler(*arguments):
        raise NotImplementedError

    def named(module, name, value):
        value.__name__ = value.__qualname__ = name
        value.__module__ = module.__name__
        setattr(module, name, value)
        sys.modules[module.__name__] = module
        return value

    named(type_module, reconstruct, unpickler)
    kind = named(type_module, type_name, type("made", (), {}))
    variable = named(variable_module, variable_name, type("made", (), {}))

    def parameter(array, name):
        new, of_it = variable(), kind()
        pattern = (False,) * array.ndim
        vars(of_it).update(broadcastable=pattern, name=None, **of_type)
        if "context_name" in of_type:
            vars(of_it).update(dtype=str(array.dtype), ndim=array.ndim)
        container = theano.gof.Container.__new__(theano.gof.Container)
        vars(container).update(
            type=of_it,
            name=name,
            storage=[Values(array)],
            readonly=False,
            strict=False,
            allow_downcast=None,
        )
        vars(new).update(
            tag=theano.gof.utils.scratchpad(), type=of_it, owner=None, index=None, name=name,
            container=container, auto_name="auto_0",
        )  # fmt: skip
        return new

    rng = np.random.RandomState(6)
    value = rng.uniform(size=(2, 3)).astype("float32")
    return {"shared": parameter(value, "W"), "value": Values(value), "type": kind()}


def main(folder):
    def write(name, data):
        target = folder / name
        if name.endswith(".xz"):
            data = lzma.compress(data, preset=9)
        target.write_bytes(data)

    for protocol in range(4):
        write(f"shared.protocol{protocol}.pkl", pickle.dumps(shared(), protocol))
    write("shared.python2.pkl", python2_dumps(shared()))
    write("models.pkl.xz", pickle.dumps(models(), 3))
    write("models.python2.pkl.xz", python2_dumps(models()))
    write("streams.pkl.xz", pickle.dumps(streams(), 2))
    # Without the lines that made each variable, which are most of a graph's pickle.
    theano.config.traceback.limit = 0
    graphs = graph_pickles()
    large = {name: graphs.pop(name) for name in ("convolution", "pooling", "scan")}
    write("graphs.pkl.xz", pickle.dumps(graphs, 2))
    write("large_graphs.pkl.xz", pickle.dumps(large, 2))
    functions = function_pickles(lambda f: pickle.dumps(f, 2))
    write("functions.pkl.xz", pickle.dumps(functions, 2))
    write("functions.python2.pkl.xz", pickle.dumps(function_pickles(python2_dumps), 2))
    cuda = on_gpu(
        "theano.sandbox.cuda", "CudaNdarrayType", "CudaNdarraySharedVariable",
        "CudaNdarray_unpickler",
    )  # fmt: skip
    del cuda["type"]
    write("cuda.python2.pkl", python2_dumps(cuda))
    gpu = on_gpu(
        "theano.gpuarray", "GpuArrayType", "GpuArraySharedVariable", "GpuArray_unpickler",
        context_name=None, typecode=11,
    )  # fmt: skip
    del gpu["type"]
    write("gpuarray.pkl", pickle.dumps(gpu, 2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
