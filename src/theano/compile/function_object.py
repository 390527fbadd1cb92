"""``Function``: what ``theano.function`` returns."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from theano.compile.arguments import ArgumentFilter
from theano.compile.executor import Executor
from theano.compile.io import In, Out, OutputForm
from theano.compile.maker import Maker, input_containers, shared_input
from theano.compile.places import Places
from theano.errors import usage_error
from theano.graph import FunctionGraph
from theano.runtime.executable import Compilation
from theano.shared_variable import Container, SharedVariable


class Function:
    """A compiled function.

    Call it with values for its inputs, in order or by name. It returns what ``outputs`` was given
    as: one array, a list, or a dict; and updates its shared variables. ``f(…, output_subset=[…])``
    computes only some outputs, by number or by key, and all updates. ``f[x]`` is the value that
    the input or shared variable ``x`` has when it is not given; ``f[x] = value`` sets it.

    Attributes
    ----------
    name : str or None
    maker : Maker
        The rewritten graph is ``maker.fgraph``.
    trust_input : bool
        Skip all checks of the arguments. They must then be ndarrays of the right dtype and rank.
    profile : ProfileStats or None
        What was measured, where the function was made with ``profile``.
    """

    profile: Any = None

    def __init__(
        self,
        executor: Executor,
        maker: Maker,
        shared: Sequence[SharedVariable],
        containers: Sequence[Container],
    ) -> None:
        self.executor = executor
        self.maker = maker
        self.name = maker.name
        self.trust_input = False
        self._shared = list(shared)
        self._containers = list(containers)
        self._arguments = maker.arguments
        self._places = Places(self._arguments, self._containers, self._shared)
        self._filters = [ArgumentFilter(one) for one in self._arguments]
        self._checks = [(check, check.dtype, check.ndim) for check in self._filters]
        self._is_single = maker.form.single
        stateful = {id(cell) for cell in executor.updated_cells}
        self._fixed_defaults = [
            (container, container.storage[0])
            for container, one in zip(containers, self._arguments, strict=True)
            if one.container is None and id(container.storage) not in stateful
        ]
        # Containers of the user's that take over what is given, with the numbers of their inputs.
        self._kept = [
            (i, one.container)
            for i, one in enumerate(self._arguments)
            if one.container is not None
            and not one.implicit
            and id(one.container.storage) not in stateful
        ]
        lends = any(check.ndim > 0 for check in self._filters)
        self._has_more_to_do = lends or bool(self._kept)
        # How many positional arguments need no binding; -1 where every call does.
        self._n_plain = self._usual_n_plain()
        n, outputs = executor.n_results, maker.fgraph.outputs
        # `numpy.array` makes a result an ordinary, writable array of the caller's own.
        self._to_host = [np.array if v.type.on_device else v.type.own_copy for v in outputs[:n]]
        self._subsets: dict[tuple[int, ...], Executor] = {}
        new = dict(zip(map(id, executor.updated_cells), outputs[n:], strict=True))
        maker.inputs = [*self._arguments, *(shared_input(s, new) for s in self._shared)]

    def _usual_n_plain(self) -> int:
        return -1 if any(one.implicit for one in self._arguments) else len(self._arguments)

    @property
    def compilations(self) -> list[Compilation]:
        """What was compiled so far: shapes of the inputs, and seconds. Copies share it."""
        return self.executor.compilations

    @property
    def container(self) -> Places:
        """The containers of inputs and shared variables: ``f.container[x].value``."""
        return self._places

    @property
    def value(self) -> Function:
        """The function itself, so that ``f.value[x]`` is ``f[x]``."""
        return self

    @property
    def finder(self) -> Places:
        """The same as ``container``."""
        return self._places

    @property
    def input_storage(self) -> list[Container]:
        """The containers of inputs and then of shared variables."""
        return [*self._containers, *(s.container for s in self._shared)]

    @property
    def outputs(self) -> list[Out]:
        """What the function returns."""
        return self.maker.outputs

    @property
    def defaults(self) -> list[tuple[bool, bool, Any]]:
        """For each input and then each shared variable, three values.

        Whether a call must give it, whether its default is put back after the call, the default.
        """
        own = [
            (one.required, one.default is not None and one.update is None, one.default)
            for one in self._arguments
        ]
        return [*own, *((False, False, None) for _ in self._shared)]

    def get_shared(self) -> list[SharedVariable]:
        """Return the shared variables that the function reads or updates."""
        return list(self._shared)

    def free(self) -> None:
        """Kept for programs that call it: nothing is held between calls that could be freed."""

    def __contains__(self, key: Any) -> bool:
        return key in self._places

    def __getitem__(self, key: Any) -> Any:
        return self._places[key].value

    def __setitem__(self, key: Any, value: Any) -> None:
        container = self._places[key]
        container.value = value
        if any(container is one for one in self._containers):
            self._n_plain = -1  # so that the next call passes through _bind and sees it

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs and apply the updates.

        Raises
        ------
        TypeError
            An argument is missing, is one too many, or does not fit its type.
        ValueError
            The shapes do not fit together.
        """
        if kwargs or len(args) != self._n_plain:
            subset = kwargs.pop("output_subset", None)
            args = self._bind(args, kwargs)
            if subset is not None:
                return self._call_for(subset, args)
        arguments: list[Any] = []
        if self.trust_input:
            arguments = list(args)
        elif args:
            try:
                # The common case, an array of the very type, is decided without a call.
                arguments = [
                    value
                    if type(value) is ndarray and value.dtype is dtype and value.ndim == ndim
                    else check(value)
                    for (check, dtype, ndim), value in zip(self._checks, args, strict=False)
                ]
            except (TypeError, ValueError, OverflowError) as error:
                raise self._bad_call(error, args) from None
        results = self.executor(arguments)
        value: Any
        if self._is_single:
            value = self._to_host[0](results[0])
        else:
            taken = zip(self._to_host, results, strict=False)
            value = self.maker.form([take(result) for take, result in taken])
        if self._has_more_to_do:
            self._finish(arguments, args)
        return value

    def _finish(self, arguments: Sequence[Any], args: Sequence[Any]) -> None:
        """Take over what is given to containers, and take back memory: the results are there."""
        for i, container in self._kept:
            container.value = arguments[i]
        for check, array, value in zip(self._filters, arguments, args, strict=False):
            if array is not value:
                check.release(array, value)

    def _bad_call(self, error: Exception, args: Sequence[Any]) -> Exception:
        """Return the error of the first argument that does not fit."""
        for i, (check, value) in enumerate(zip(self._filters, args, strict=True)):
            try:
                check(value)
            except (TypeError, ValueError, OverflowError) as of_argument:
                return self._bad_argument(of_argument, i)
        return error

    def _call_for(self, subset: Sequence[Any], args: Sequence[Any]) -> Any:
        """Compute some of the outputs, and all updates."""
        form = self.maker.form
        chosen = form.places(subset, self.executor.n_results)
        places = sorted(set(chosen))
        executor = self._for_subset(places)
        try:
            arguments = [check(v) for check, v in zip(self._filters, args, strict=True)]
        except (TypeError, ValueError, OverflowError) as error:
            raise self._bad_call(error, args) from None
        results = zip(places, executor(arguments), strict=True)
        found = {i: self._to_host[i](result) for i, result in results}
        self._finish(arguments, args)
        # What is asked for twice is two arrays.
        return form.part(
            chosen,
            [
                found[i] if i not in chosen[:k] else copy.copy(found[i])
                for k, i in enumerate(chosen)
            ],
        )

    def _for_subset(self, places: Sequence[int]) -> Executor:
        """Return an executor that computes some of the outputs, and all updates."""
        whole = self.executor
        if len(places) == whole.n_results:
            return whole
        if (key := tuple(places)) not in self._subsets:
            graph = whole.fgraph.clone()
            outputs = [graph.outputs[i] for i in places] + graph.outputs[whole.n_results :]
            self._subsets[key] = Executor(
                FunctionGraph(graph.inputs, outputs, clone=False),
                whole.state,
                whole.updated_cells,
                self.maker.mode,
                self.name or "",
            )
        return self._subsets[key]

    def _bad_argument(self, error: Exception, i: int) -> Exception:
        label = self.maker.inputs[i].name
        named = f' with name "{label}"' if label else ""
        function = f' with name "{self.name}"' if self.name else ""
        variable = self.maker.inputs[i].variable
        created = f"\n  created:  {variable.source}" if variable.source else ""
        kinds = (TypeError, OverflowError, ValueError)
        kind = next(k for k in kinds if isinstance(error, k))
        return kind(
            f"Bad input argument{named} to theano function{function} at index {i} (0-based): "
            f"{error}{created}"
        )

    def _bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        try:
            return self._bound(args, kwargs)
        finally:
            # A value that f[x] = … put in place of a fixed default is good for one call.
            for container, value in self._fixed_defaults:
                container.storage[0] = value
            self._n_plain = self._usual_n_plain()

    def _bound(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        inputs = self._arguments
        if len(args) > len(inputs):
            raise usage_error(
                TypeError,
                f"{self._label()} was called with too many arguments",
                expected=f"at most {len(inputs)}",
                got=f"{len(args)}",
            )
        missing = object()
        values: list[Any] = list(args) + [missing] * (len(inputs) - len(args))
        for name, value in kwargs.items():
            place = self._places.index(name)
            if place >= len(inputs):
                raise usage_error(
                    TypeError,
                    f"the shared variable {name!r} was given as an argument",
                    fix="set it, f[variable] = value, or put an input in its place with `givens`",
                )
            if values[place] is not missing:
                raise usage_error(TypeError, f"the input {name!r} was given twice")
            values[place] = value
        for i, value in enumerate(values):
            if value is not missing and inputs[i].implicit:
                raise usage_error(
                    TypeError,
                    f"{self._label()} was given a value for input {i}, which is implicit",
                    got=inputs[i].variable,
                )
            if value is missing:
                values[i] = self._default(i)
        return tuple(values)

    def _default(self, i: int) -> Any:
        one, container = self._arguments[i], self._containers[i]
        if one.required:
            raise usage_error(
                TypeError,
                f"{self._label()} was called without a value for input {i}",
                expected=one.variable,
                got="nothing",
            )
        # Always of one kind, a NumPy array: for another one JAX would need a slower first call.
        return container.value

    def _label(self) -> str:
        return f"the function {self.name}" if self.name else "a function"

    def copy(
        self,
        share_memory: bool = False,
        swap: Mapping[SharedVariable, SharedVariable] | None = None,
        delete_updates: bool = False,
        name: str | None = None,
        profile: Any = None,
    ) -> Function:
        """Return a function that computes the same; what was compiled is not compiled again.

        Inputs with an update start from their first defaults again.

        Parameters
        ----------
        share_memory : bool
            Kept for programs that give it: no memory is held between calls that could be shared.
        swap : dict, optional
            From shared variables of this function to others of the same types that the copy uses in
            their place. All others are used by both functions.
        delete_updates : bool
            Leave out all updates; the copy is then compiled anew.
        name : str, optional
            By default this function's with " copy" behind it.
        profile : optional
            Kept for programs that give it.

        Raises
        ------
        TypeError
            ``swap`` holds something that is no shared variable, or one of another type.
        ValueError
            A key of ``swap`` plays no part in this function, or two variables become one.
        """
        shared = swapped(self._shared, swap or {})
        old = self.maker
        label = name or (f"{self.name} copy" if self.name else None)
        containers = input_containers(old.arguments)
        fgraph, arguments = old.fgraph, old.arguments
        state = [s.container.storage for s in shared]
        if delete_updates:
            fgraph = fgraph.clone()
            n_results = self.executor.n_results
            fgraph = FunctionGraph(fgraph.inputs, fgraph.outputs[:n_results], clone=False)
            arguments = [one.without_update() for one in arguments]
            executor = Executor(fgraph, state, [], old.mode, label or "")
        else:
            moved = dict(
                zip(
                    map(id, [*self.executor.state, *(c.storage for c in self._containers)]),
                    [*state, *(c.storage for c in containers)],
                    strict=True,
                )
            )
            executor = self.executor.with_cells(
                state, [moved[id(cell)] for cell in self.executor.updated_cells]
            )
        maker = Maker(fgraph, arguments, old.outputs, old.form, old.mode, label)
        new = Function(executor, maker, shared, containers)
        new.trust_input = self.trust_input
        return new

    def __copy__(self) -> Function:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        places = {id(cell): i for i, cell in enumerate(self.executor.state)}
        for i, container in enumerate(self._containers):
            places[id(container.storage)] = len(self._shared) + i
        maker = self.maker
        return restore, (
            maker.fgraph,
            [one.without_update() if one.update is not None else one for one in self._arguments],
            maker.outputs,
            maker.form,
            maker.mode,
            self.name,
            self._shared,
            self._containers,
            [places[id(cell)] for cell in self.executor.updated_cells],
            self.trust_input,
        )

    def __repr__(self) -> str:
        return f"<theano.function {self.name or ''} of {self._arguments}>"


def restore(
    fgraph: FunctionGraph,
    arguments: list[In],
    outputs: list[Out],
    form: OutputForm,
    mode: Any,
    name: str | None,
    shared: list[SharedVariable],
    containers: list[Container],
    targets: list[int],
    trust_input: bool,
) -> Function:
    """Return a function that was pickled; it compiles at its next call."""
    state = [s.container.storage for s in shared]
    cells = [*state, *(c.storage for c in containers)]
    executor = Executor(fgraph, state, [cells[i] for i in targets], mode, name or "")
    maker = Maker(fgraph, arguments, outputs, form, mode, name)
    function = Function(executor, maker, shared, containers)
    function.trust_input = trust_input
    return function


def swapped(shared: Sequence[SharedVariable], swap: Mapping[Any, Any]) -> list[SharedVariable]:
    """Return ``shared`` with some replaced.

    Raises
    ------
    TypeError, ValueError
        See :meth:`Function.copy`.
    """
    result = list(shared)
    for old, new in swap.items():
        for one in (old, new):
            if not isinstance(one, SharedVariable):
                raise usage_error(
                    TypeError, "`swap` exchanges shared variables for others", got=one
                )
        if old not in shared:
            raise usage_error(
                ValueError,
                "a shared variable in `swap` plays no part in the function",
                expected=", ".join(map(str, shared)) or "none: it uses no shared variables",
                got=old,
            )
        if new.type != old.type:
            raise usage_error(
                TypeError,
                "a shared variable in `swap` is exchanged for one of another type",
                expected=old,
                got=new,
            )
        result[list(shared).index(old)] = new
    if len({id(one.container.storage) for one in result}) < len(result):
        raise usage_error(ValueError, "`swap` would make two shared variables of a function one")
    return result
