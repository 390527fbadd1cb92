"""What Theano 1.0.5 makes of programs of ``tests/fuzz``, as pickle.

    python tests/oracle/run_programs.py < PROGRAMS.json > ANSWERS.pickle

Each answer is a list of arrays, or the name of an exception and its text.
"""

import json
import os
import pickle
import sys
import warnings

os.environ["THEANO_FLAGS"] = "floatX=float64," + os.environ.get("THEANO_FLAGS", "")

import numpy as np

import theano
import theano.tensor as T
import theano.tensor.nlinalg
import theano.tensor.slinalg
from theano.ifelse import ifelse

MODE = theano.Mode(os.environ.get("FUZZ_LINKER", "py"), "fast_compile")


def array(dtype, values, shape=None):
    found = np.array(values, dtype=dtype)
    return found if shape is None else found.reshape(shape)


def answer(text):
    inputs, arguments, outputs, updates = [], [], [], []

    def given(value, broadcastable=()):
        pattern = tuple(broadcastable) or (False,) * value.ndim
        inputs.append(T.TensorType(value.dtype.name, pattern)())
        arguments.append(value)
        return inputs[-1]

    names = {
        "T": T,
        "theano": theano,
        "np": np,
        "nan": np.nan,
        "inf": np.inf,
        "ifelse": ifelse,
        "array": array,
        "given": given,
        "shared": theano.shared,
        "result": lambda *found: outputs.extend(map(T.as_tensor_variable, found)),
        "update": lambda variable, new: updates.append((variable, new)),
    }
    exec(text, names)
    function = theano.function(
        inputs, outputs, updates=updates, mode=MODE, on_unused_input="ignore"
    )
    found = []
    for _ in range(2 if updates else 1):
        found += [np.asarray(value) for value in function(*arguments)]
        found += [np.asarray(variable.get_value()) for variable, _ in updates]
    return found


def main():
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    answers = []
    out = os.dup(1)
    os.dup2(2, 1)
    for text in json.load(sys.stdin):
        try:
            answers.append(answer(text))
        except Exception as error:
            answers.append((type(error).__name__, str(error)[:500]))
    with os.fdopen(out, "wb") as stream:
        pickle.dump(answers, stream, 2)


main()
