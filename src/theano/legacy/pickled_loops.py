"""Loops that earlier versions pickled: the op ``Scan`` as a call of ``theano.scan``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from theano.graph.traversal import clone_replace
from theano.loops import scan, until
from theano.shared_variable import SharedVariable
from theano.tensor.ops.joining import concatenate


def build_scan(state: Mapping[str, Any], n_steps: Any, *rest: Any) -> list[Any] | None:
    """Return the outputs of a loop, or None for one that only a gradient makes.

    Parameters
    ----------
    state : mapping
        Attributes of the op: its inner graph and how many inputs and outputs there are of a kind.
    n_steps : variable
    *rest : variables
        Sequences, states with their first values in front, shared variables that the step updates,
        lengths of what is only put out, and others.
    """
    given = iter(rest)

    def take(kind: str) -> list[Any]:
        return list(islice(given, state[kind]))

    sequences = take("n_seqs")
    if state["n_mit_mot"]:
        return None
    states = take("n_mit_sot") + take("n_sit_sot")
    shared = take("n_shared_outs")
    take("n_nit_sot")
    others = list(given)
    if not all(isinstance(one, SharedVariable) for one in shared):
        return None
    n_states, n_put_out = len(states), state["n_nit_sot"]
    taps = [list(one) for one in state["tap_array"][:n_states]]
    firsts = [first[: -min(tap)] for first, tap in zip(states, taps, strict=True)]

    def step(*arguments: Any) -> Any:
        inner: Iterator[Any] = iter(state["inputs"])
        n_moving = len(sequences) + sum(map(len, taps))
        places = [*islice(inner, n_moving)]
        of_shared = [*islice(inner, len(shared))]
        replace = dict(zip([*places, *inner], arguments, strict=True))
        replace.update(zip(of_shared, shared, strict=True))
        results: Any = clone_replace(state["outputs"], replace=replace)
        outputs = results[: n_states + n_put_out]
        updates = dict(zip(shared, results[len(outputs) :], strict=False))
        return (outputs, updates, until(results[-1])) if state["as_while"] else (outputs, updates)

    outputs, updates = scan(
        step,
        sequences=sequences,
        outputs_info=[
            {"initial": first if tap != [-1] else first[0], "taps": tap}
            for first, tap in zip(firsts, taps, strict=True)
        ]
        + [None] * n_put_out,
        non_sequences=others,
        n_steps=n_steps,
        return_list=True,
    )
    with_first = [
        concatenate([first, output])
        for first, output in zip(firsts, outputs[:n_states], strict=True)
    ]
    return [*with_first, *outputs[n_states:], *(updates[one] for one in shared)]
