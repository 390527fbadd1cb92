"""``RNNBlock``: the recurrent networks of cuDNN, all weights in one vector, as loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.loops import scan
from theano.shared_variable import SharedVariable
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.joining import concatenate, stack
from theano.tensor.ops.linear import dot
from theano.tensor.ops.shape import reshape

sigmoid, tanh, maximum = (ew.FUNCTIONS[name] for name in ("sigmoid", "tanh", "maximum"))

Step = Callable[..., tuple[Any, ...]]


def plain(activation: Callable[[Any], Any]) -> Step:
    """Return the step of a network without gates."""

    def step(from_x: list[Any], from_h: list[Any], h: Any) -> tuple[Any, ...]:
        return (activation(from_x[0] + from_h[0]),)

    return step


def lstm(from_x: list[Any], from_h: list[Any], h: Any, c: Any) -> tuple[Any, ...]:
    """Return the next output and memory (Hochreiter & Schmidhuber, 1997; Gers et al., 2000)."""
    i, f, new, o = (a + b for a, b in zip(from_x, from_h, strict=True))
    c = sigmoid(f) * c + sigmoid(i) * tanh(new)
    return sigmoid(o) * tanh(c), c


def gru(from_x: list[Any], from_h: list[Any], h: Any) -> tuple[Any, ...]:
    """Return the next output (Cho et al., 2014), the reset gate behind the recurrent product."""
    reset, update = (sigmoid(a + b) for a, b in zip(from_x[:2], from_h[:2], strict=True))
    new = tanh(from_x[2] + reset * from_h[2])
    return ((1 - update) * new + update * h,)


KINDS: dict[str, tuple[int, Step]] = {
    "rnn_relu": (1, plain(lambda x: maximum(x, 0))),
    "rnn_tanh": (1, plain(tanh)),
    "lstm": (4, lstm),
    "gru": (3, gru),
}
"""How many products each has of its input, and as many of its state, and what a step does."""


@dataclass(frozen=True)
class Part:
    """A part of a vector of weights, as an array that can be read and written to."""

    weights: SharedVariable
    place: slice
    shape: tuple[int, ...]

    def get_value(self) -> np.ndarray:
        """Return a copy: a bias ``(hidden,)``, or a matrix ``(inputs, hidden)``."""
        part = self.weights.get_value()[self.place]
        return part.reshape(self.shape[::-1]).T.copy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.get_value(), dtype)

    def __getitem__(self, key: Any) -> Any:
        return self.get_value()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        part = self.get_value()
        part[key] = value
        whole = self.weights.get_value()
        whole[self.place] = part.T.ravel()
        self.weights.set_value(whole)


class RNNBlock:
    """A recurrent network of several layers whose weights are one vector.

    Parameters
    ----------
    dtype : str
        Of the weights.
    hidden_size, num_layers : int
    rnn_mode : {"rnn_relu", "rnn_tanh", "lstm", "gru"}
    input_mode : {"linear"}
        ``"skip"``, inputs that are added without weights, is not here.
    direction_mode : {"unidirectional", "bidirectional"}
        Both ways: a layer has two parts, forward and back, and its outputs side by side.
    context_name : optional
        No effect.

    Raises
    ------
    ValueError
        A mode that is none of these.
    NotImplementedError
        ``input_mode="skip"``.

    Notes
    -----
    cuDNN's own order of weights is its secret; here matrices come first, of one part of a layer
    after the other, each ``(hidden, inputs)``, those of the input before those of the state; then
    biases, alike. What was trained on a GPU comes over by ``split_params``, matrix by matrix.
    """

    def __init__(
        self,
        dtype: str,
        hidden_size: int,
        num_layers: int,
        rnn_mode: str,
        input_mode: str = "linear",
        direction_mode: str = "unidirectional",
        context_name: Any = None,
    ) -> None:
        if input_mode == "skip":
            raise usage_error(
                NotImplementedError,
                "a recurrent network was to add its input without weights",
                fix="write its step with theano.scan, or give input_mode='linear'",
            )
        directions = ("unidirectional", "bidirectional")
        if rnn_mode not in KINDS or input_mode != "linear" or direction_mode not in directions:
            raise usage_error(
                ValueError,
                "a recurrent network of a kind that is not known",
                expected=f"rnn_mode in {', '.join(KINDS)}; input_mode 'linear'; direction_mode "
                f"in {', '.join(directions)}",
                got=f"{rnn_mode}, {input_mode}, {direction_mode}",
            )
        self.dtype, self.rnn_mode, self.direction_mode = dtype, rnn_mode, direction_mode
        self.hidden_size, self.num_layers = int(hidden_size), int(num_layers)
        self.n_directions = 1 + directions.index(direction_mode)
        self.n_gates, self.step = KINDS[rnn_mode]

    def places(self, input_size: Any) -> tuple[list[tuple[Any, Any]], Any]:
        """Return, for each part of a layer, where its matrices and its biases begin, and the end.

        Parameters
        ----------
        input_size : int or integer scalar
        """
        size, gates = self.hidden_size, self.n_gates
        starts, at = [], 0
        for part in range(self.num_layers * self.n_directions):
            starts.append(at)
            at = at + gates * size * (self.inputs(part, input_size) + size)
        biases = [at + 2 * gates * size * part for part in range(len(starts))]
        return list(zip(starts, biases, strict=True)), at + 2 * gates * size * len(starts)

    def inputs(self, part: int, input_size: Any) -> Any:
        """Return how many inputs a part of a layer has."""
        return input_size if part < self.n_directions else self.hidden_size * self.n_directions

    def get_param_size(self, input_size: Sequence[int]) -> int:
        """Return how many weights there are, for inputs of size ``(batch, inputs)``."""
        return int(self.places(int(input_size[1]))[1])

    def split_params(self, w: SharedVariable, layer: int, input_size: Sequence[int]) -> list:
        """Return the weights of a part of a layer: matrix and bias, for one gate after another.

        Parameters
        ----------
        w : shared vector
        layer : int
            Which part: 0 is the first layer; both ways, 0 and 1 are its two directions.
        input_size : (int, int)

        Returns
        -------
        list
            Objects to read and to write to, ``part[:] = value``: matrices ``(inputs, hidden)`` and
            biases ``(hidden,)``, first those for the input, then those for the state.
        """
        if not isinstance(w, SharedVariable):
            raise usage_error(TypeError, "the weights to be split are no shared variable", got=w)
        size, found = self.hidden_size, []
        at, bias = self.places(int(input_size[1]))[0][layer]
        for k in range(2 * self.n_gates):
            n = self.inputs(layer, int(input_size[1])) if k < self.n_gates else size
            found.append(Part(w, slice(at, at + n * size), (n, size)))
            found.append(Part(w, slice(bias + k * size, bias + (k + 1) * size), (size,)))
            at += n * size
        return found

    def apply(self, w: Any, x: Any, hx: Any, cx: Any = None) -> list[Any]:
        """Return the outputs of the last layer, and the last states of every part.

        Parameters
        ----------
        w : vector
        x : ``(time, batch, inputs)``
        hx : ``(parts, batch, hidden)``
            First states.
        cx : ``(parts, batch, hidden)``
            First memories, of an LSTM.

        Returns
        -------
        list
            ``(time, batch, hidden)``, twice that both ways; states like ``hx``; memories like
            ``cx``.
        """
        w, x, hx = (as_tensor_variable(v) for v in (w, x, hx))
        first = [hx] if self.rnn_mode != "lstm" else [hx, as_tensor_variable(cx)]
        places, _ = self.places(x.shape[2])
        last: list[list[Any]] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(self.n_directions):
                part = layer * self.n_directions + direction
                stacks = self._run(w, x, [v[part] for v in first], places[part], direction == 1)
                last.append([stack_[-1] for stack_ in stacks])
                outputs.append(stacks[0][::-1] if direction else stacks[0])
            x = concatenate(outputs, axis=2) if len(outputs) > 1 else outputs[0]
        return [x, *(stack(states) for states in zip(*last, strict=True))]

    def _run(
        self, w: Any, x: Any, first: list[Any], place: tuple[Any, Any], backwards: bool
    ) -> list[Any]:
        """Return the stacks of states of one part of a layer."""
        size, (at, bias) = self.hidden_size, place
        width = self.n_gates * size
        n = x.shape[2]
        middle, end = at + width * n, at + width * (n + size)
        for_x = reshape(w[at:middle], (width, n), 2).T
        for_h = reshape(w[middle:end], (width, size), 2).T
        from_x = dot(x, for_x) + w[bias : bias + width]
        b_h = w[bias + width : bias + 2 * width]

        def gates(z: Any) -> list[Any]:
            return [z[:, k * size : (k + 1) * size] for k in range(self.n_gates)]

        def step(from_x: Any, *states: Any) -> tuple[Any, ...]:
            *now, for_h, b_h = states
            return self.step(gates(from_x), gates(dot(now[0], for_h) + b_h), *now)

        found, _ = scan(
            step,
            [from_x],
            first,
            [for_h, b_h],
            go_backwards=backwards,
            name=self.rnn_mode,
            return_list=True,
        )
        return found
