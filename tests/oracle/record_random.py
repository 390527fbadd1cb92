"""What Theano 1.0.5 makes of ``random_table.py``, as JSON.

    python tests/oracle/record_random.py > tests/data/random_streams.json

A case holds the type and the values of two calls, the second with the generator that the first
left, or the type of the exception that it raises.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["THEANO_FLAGS"] = "floatX=float32," + os.environ.get("THEANO_FLAGS", "")

import numpy as np
from random_table import DRAWS, INPUTS, RAW

import theano
import theano.tensor as T
from theano.tensor import raw_random
from theano.tensor.shared_randomstreams import RandomStreams


def numbers_of(value):
    """Return an array as lists of the shortest numbers that give it back in its dtype."""
    if value.dtype.kind != "f":
        return value.tolist()
    return np.vectorize(lambda x: float(str(x)), otypes=[float])(value).tolist()


def case(text):
    names = {name: T.TensorType(dtype, b)(name) for name, (dtype, b, _) in INPUTS.items()}
    used = [name for name in names if name in text]
    arguments = [np.array(INPUTS[name][2], INPUTS[name][0]) for name in used]
    inputs = [names[name] for name in used]
    streams, generator = RandomStreams(77), raw_random.random_state_type("r")
    raw = text in RAW
    try:
        made = eval(text, dict(names, s=streams, r=generator, R=raw_random, T=T, np=np))
        numbers = made[1] if raw else made
        if raw:
            f = theano.function(
                [generator] + inputs, made, on_unused_input="ignore", accept_inplace=True
            )
            state, first = f(np.random.RandomState(5), *arguments)
            _, second = f(state, *arguments)
        else:
            f = theano.function(inputs, made, on_unused_input="ignore")
            first, second = f(*arguments), f(*arguments)
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        standard = next(k for k in kinds if k in dir(__builtins__))
        return {"raises": standard}
    kind = numbers.type
    return {
        "dtype": kind.dtype,
        "broadcastable": [bool(b) for b in kind.broadcastable],
        "shape": first.shape,
        "values": [numbers_of(first), numbers_of(second)] if first.size else None,
    }


rows = [f"{json.dumps(text)}: {json.dumps(case(text))}" for text in DRAWS + RAW]
sys.stdout.write("{\n" + ",\n".join(rows) + "\n}\n")
