"""Three functions that compute next to nothing, in one library: what a call of them costs.

    python calls.py theano --with-jax --rounds 5 --calls 2000

prints one line of JSON: for each case and contestant the microseconds of a call, round by round.
``theano`` is this project or the original, whichever the interpreter finds; ``--with-jax`` times
jitted JAX functions in the same process, turn by turn with it. Runs on Python 3.7.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
import timeit
import traceback
from typing import Any, Callable, NamedTuple

import numpy as np

TWO_SCALARS, ONE_UPDATE, NOTHING = "two_scalars", "one_update", "nothing"
VECTOR_LENGTH = 100


class Call(NamedTuple):
    """A statement to time, the names in it, and how to wait for what it may have left running."""

    statement: str
    names: dict[str, Any]
    wait: Callable[[], Any] = lambda: None


def theano_calls(name: str) -> dict[str, Call]:
    """The functions in ``theano`` or ``pytensor``."""
    library = importlib.import_module(name)
    tensor = importlib.import_module(f"{name}.tensor")
    x, y, v = tensor.dscalar(), tensor.dscalar(), tensor.dvector()
    count = library.shared(np.asarray(0.0))
    add = library.function([x, y], x + y)
    update = library.function([], [], updates=[(count, count + 1)])
    nothing = library.function([v], [], on_unused_input="ignore")
    return {
        TWO_SCALARS: Call("f(x, y)", {"f": add, **scalars()}),
        ONE_UPDATE: Call("f()", {"f": update}, count.get_value),
        NOTHING: Call("f(v)", {"f": nothing, "v": vector()}),
    }


def jax_calls() -> dict[str, dict[str, Call]]:
    """The functions in jitted JAX: as such, and with the results read, as Theano's calls have it.

    Theano's other calls return nothing that could be read.
    """
    import jax  # noqa: PLC0415  the original Theano's Python has none

    jax.config.update("jax_enable_x64", True)
    add = jax.jit(lambda x, y: x + y)
    update = jax.jit(lambda count: count + 1, donate_argnums=0)
    nothing = jax.jit(lambda v: (), keep_unused=True)
    count = [jax.device_put(np.asarray(0.0))]
    names = {"f": add, "array": np.array, **scalars()}
    return {
        "jax_jit": {
            TWO_SCALARS: Call("f(x, y)", names),
            ONE_UPDATE: Call(
                "count[0] = f(count[0])",
                {"f": update, "count": count},
                lambda: count[0].block_until_ready(),
            ),
            NOTHING: Call("f(v)", {"f": nothing, "v": vector()}),
        },
        "jax_jit_read": {TWO_SCALARS: Call("array(f(x, y))", names)},
    }


def scalars() -> dict[str, np.ndarray]:
    """The arguments ``x`` and ``y``: float64, ()."""
    return {"x": np.asarray(1.0), "y": np.asarray(2.0)}


def vector() -> np.ndarray:
    """The argument ``v``: float64, (VECTOR_LENGTH,)."""
    return np.ones(VECTOR_LENGTH)


def seconds(call: Call, timer: timeit.Timer, n: int) -> float:
    """The time of ``n`` calls and of what they leave running."""
    taken = timer.timeit(n)
    start = time.perf_counter()
    call.wait()
    return taken + time.perf_counter() - start


def measure(
    contestants: dict[str, dict[str, Call]], rounds: int, calls: int
) -> dict[str, dict[str, list[float]]]:
    """For each case and contestant, the microseconds of a call in each round.

    Within a round every contestant has its turn at a case before the next case comes.
    """
    cases = list(dict.fromkeys(case for made in contestants.values() for case in made))
    figures: dict[str, dict[str, list[float]]] = {case: {} for case in cases}
    timers = {
        (case, name): timeit.Timer(made[case].statement, globals=made[case].names)
        for name, made in contestants.items()
        for case in made
    }
    for (case, name), timer in timers.items():
        seconds(contestants[name][case], timer, 20)  # compiles, and fills what is cached
    for _ in range(rounds):
        for case in cases:
            for name, made in contestants.items():
                if case in made:
                    taken = seconds(made[case], timers[case, name], calls)
                    figures[case].setdefault(name, []).append(taken / calls * 1e6)
    return figures


def main() -> None:
    """Measure, and print one line of JSON, whatever happens."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", choices=("theano", "pytensor"))
    parser.add_argument("--name", help="what the package is called in the answer")
    parser.add_argument("--with-jax", action="store_true")
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True)
    options = parser.parse_args()

    # What a library prints on file descriptor 1 must not mix with the one line of JSON.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        contestants = {options.name or options.package: theano_calls(options.package)}
        if options.with_jax:
            contestants.update(jax_calls())
        figures: dict[str, Any] = {
            "status": "ok",
            "us_per_call": measure(contestants, options.rounds, options.calls),
            "python": sys.version.split()[0],
            "versions": {
                name: str(getattr(sys.modules[name], "__version__", "?"))
                for name in ("numpy", "theano", "jax", "jaxlib", "pytensor", "numba")
                if name in sys.modules
            },
        }
    except Exception as error:
        traceback.print_exc()
        missing = isinstance(error, ModuleNotFoundError) and "." not in (error.name or "")
        reason = str(error) if missing else f"{type(error).__name__}: {error}"
        figures = {"status": "unavailable" if missing else "failed", "reason": reason}
    answer.write(json.dumps(figures) + "\n")
    answer.close()


if __name__ == "__main__":
    main()
