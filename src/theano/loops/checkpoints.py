"""``scan_checkpoints``: a loop whose gradient takes less memory, and more time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.loops.arguments import Sequenced, as_list, count_steps, read_outputs, read_sequences
from theano.loops.scanning import build
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.brackets import set_subtensor
from theano.tensor.ops.shape import alloc
from theano.updates import OrderedUpdates


def scan_checkpoints(
    fn: Callable[..., Any],
    sequences: Any = (),
    outputs_info: Any = None,
    non_sequences: Any = (),
    name: str = "checkpointscan_fn",
    n_steps: Any = None,
    save_every_N: int = 10,
    padding: bool = True,
) -> tuple[Any, OrderedUpdates]:
    """Return what a function gives after every ``save_every_N`` steps.

    Only those states are kept for the gradient; what lies between them is computed again when it
    is needed [Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016].

    Parameters
    ----------
    fn, sequences, outputs_info, non_sequences, name, n_steps
        As in ``scan``. Outputs are fed back at tap -1 or not at all.
    save_every_N : int
    padding : bool
        Whether the number of steps may be other than a multiple of ``save_every_N``.

    Returns
    -------
    outputs : Variable or list of Variable
        ``(ceil(n_steps / save_every_N), …)``: after every ``save_every_N`` steps and the last.
    updates : OrderedUpdates

    Raises
    ------
    RuntimeError
        Something was given with taps.
    """
    given = read_sequences(list(as_list(sequences)))
    infos = read_outputs(outputs_info)
    if any(s.taps != [0] for s in given) or any(i is not None and i.taps != [-1] for i in infos):
        raise usage_error(
            RuntimeError,
            "scan_checkpoints does not work with taps",
            expected="sequences at tap 0, and outputs fed back at tap -1",
            fix="use theano.scan, or feed earlier values back as outputs of their own",
        )
    length = np.int64(save_every_N)
    total = count_steps(n_steps, given)
    n_outer = (total + length - 1) // length
    # How many steps each run of the inner loop makes: all but the last make all.
    done = ew.cast(as_tensor_variable(np.int64(0)), "int64")
    inner_given = [folded(s.variable, n_outer, length, total, padding) for s in given]
    n_fed = sum(info is not None for info in infos)

    def outer_step(*arguments: Any) -> Any:
        elements, (made, *rest) = arguments[: len(given)], arguments[len(given) :]
        states, others = rest[:n_fed], rest[n_fed:]
        now = ew.FUNCTIONS["minimum"](length, total - made)
        left = iter(states)
        results, updates = build(
            fn,
            [Sequenced(e, [0]) for e in elements],
            [None if info is None else next(left) for info in infos] or None,
            list(others),
            now,
            capacity=as_tensor_variable(length),
            name=f"{name}_inner",
            return_list=True,
        )
        return [made + now, *(r[now - 1] for r in results)], updates

    outer_infos = [done, *(info and info.initial for info in infos)]
    results, updates = build(
        outer_step,
        [Sequenced(s, [0]) for s in inner_given],
        outer_infos if infos else None,
        list(as_list(non_sequences)),
        n_outer,
        keeps=False,
        name=f"{name}_outer",
        return_list=True,
    )
    results = results[1:]
    return (results[0] if len(results) == 1 else results), updates


def folded(sequence: Any, n_outer: Any, length: Any, total: Any, padding: bool) -> Any:
    """Return a sequence in pieces: ``(n, …) -> (n_outer, length, …)``, with zeros at the end."""
    rest = [sequence.shape[i] for i in range(1, sequence.type.ndim)]
    if padding:
        room = alloc(np.zeros((), sequence.type.dtype), n_outer * length, *rest)
        sequence = set_subtensor(room[:total], sequence[:total])
    return sequence.reshape([n_outer, length, *rest], ndim=sequence.type.ndim + 1)
