"""``Function``: what ``theano.function`` returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from theano.compile.arguments import ArgumentFilter
from theano.compile.executor import Executor
from theano.compile.io import In, OutputForm
from theano.compile.places import Places
from theano.errors import usage_error
from theano.graph import FunctionGraph
from theano.runtime.devices import to_host
from theano.runtime.executable import Compilation
from theano.shared_variable import Container, SharedVariable


class Maker:
    """What a function was made from.

    Attributes
    ----------
    fgraph : FunctionGraph
        The rewritten graph. Inputs: the function's own, then its shared variables. Outputs: the
        function's own, then the new values of stateful inputs and of shared variables.
    inputs : list of In
    form : OutputForm
    mode : Mode
    name : str or None
    """

    def __init__(
        self,
        fgraph: FunctionGraph,
        inputs: Sequence[In],
        form: OutputForm,
        mode: Any,
        name: str | None,
    ) -> None:
        self.fgraph = fgraph
        self.inputs = list(inputs)
        self.form = form
        self.mode = mode
        self.name = name


class Function:
    """A compiled function.

    Call it with values for its inputs, in order or by name. It returns what ``outputs`` was given
    as: one array, a list, or a dict; and updates its shared variables. ``f[x]`` is the value that
    the input or shared variable ``x`` has when it is not given; ``f[x] = value`` sets it.

    Attributes
    ----------
    name : str or None
    maker : Maker
        The rewritten graph is ``maker.fgraph``.
    trust_input : bool
        Skip all checks of the arguments. They must then be ndarrays of the right dtype and rank.
    """

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
        self._places = Places(maker.inputs, self._containers, self._shared)
        self._filters = [ArgumentFilter(one) for one in maker.inputs]
        stateful = {id(cell) for cell in executor.updated_cells}
        self._fixed_defaults = [
            (container, container.storage[0])
            for container, one in zip(containers, maker.inputs, strict=True)
            if one.container is None and id(container.storage) not in stateful
        ]
        # How many positional arguments need no binding; -1 where every call does.
        self._n_plain = self._usual_n_plain()

    def _usual_n_plain(self) -> int:
        return -1 if any(one.implicit for one in self.maker.inputs) else len(self.maker.inputs)

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
            args = self._bind(args, kwargs)
        if self.trust_input:
            arguments: list[Any] = list(args)
        else:
            arguments = []
            for i, (check, value) in enumerate(zip(self._filters, args, strict=True)):
                try:
                    arguments.append(check(value))
                except (TypeError, ValueError, OverflowError) as error:
                    raise self._bad_argument(error, i) from None
        results = [to_host(r) for r in self.executor(arguments)]
        for check, array, value in zip(self._filters, arguments, args, strict=True):
            check.release(array, value)
        return self.maker.form(results)

    def _bad_argument(self, error: Exception, i: int) -> Exception:
        label = self.maker.inputs[i].name
        named = f' with name "{label}"' if label else ""
        function = f' with name "{self.name}"' if self.name else ""
        variable = self.maker.inputs[i].variable
        created = f"\n  created:  {variable.source}" if variable.source else ""
        kind = TypeError if isinstance(error, TypeError) else ValueError
        return kind(
            f"Bad input argument{named} to theano function{function} at index {i} (0-based): "
            f"{error}{created}"
        )

    def _bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        inputs = self.maker.inputs
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
        # A value that f[x] = … put in place of a fixed default is good for one call.
        for container, value in self._fixed_defaults:
            container.storage[0] = value
        self._n_plain = self._usual_n_plain()
        return tuple(values)

    def _default(self, i: int) -> Any:
        one, container = self.maker.inputs[i], self._containers[i]
        if one.value is None and one.container is None:
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
        label = name if name is not None else f"{self.name} copy" if self.name else None
        containers = input_containers(old.inputs)
        fgraph, inputs = old.fgraph, old.inputs
        state = [s.container.storage for s in shared]
        if delete_updates:
            fgraph = fgraph.clone()
            n_results = self.executor.n_results
            fgraph = FunctionGraph(fgraph.inputs, fgraph.outputs[:n_results], clone=False)
            inputs = [one.without_update() for one in inputs]
            executor = Executor(fgraph, state, [], on_host=old.mode.on_host, name=label or "")
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
        maker = Maker(fgraph, inputs, old.form, old.mode, label)
        new = Function(executor, maker, shared, containers)
        new.trust_input = self.trust_input
        return new

    def __copy__(self) -> Function:
        return self.copy(name=self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        places = {id(cell): i for i, cell in enumerate(self.executor.state)}
        for i, container in enumerate(self._containers):
            places[id(container.storage)] = len(self._shared) + i
        maker = self.maker
        return restore, (
            maker.fgraph,
            [one.without_update() if one.update is not None else one for one in maker.inputs],
            maker.form,
            maker.mode,
            self.name,
            self._shared,
            self._containers,
            [places[id(cell)] for cell in self.executor.updated_cells],
            self.trust_input,
        )

    def __repr__(self) -> str:
        return f"<theano.function {self.name or ''} of {self.maker.inputs}>"


def restore(
    fgraph: FunctionGraph,
    inputs: list[In],
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
    executor = Executor(
        fgraph, state, [cells[i] for i in targets], on_host=mode.on_host, name=name or ""
    )
    function = Function(executor, Maker(fgraph, inputs, form, mode, name), shared, containers)
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


def input_containers(inputs: Sequence[In]) -> list[Container]:
    """Return where the defaults of inputs lie."""
    return [
        one.container
        if one.container is not None
        else Container(one.variable.type, one.value, one.name, one.strict, one.allow_downcast)
        for one in inputs
    ]
