"""What a user gives in place of a derivative of an ``OpFromGraph``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from theano.errors import usage_error
from theano.graph import DisconnectedType, NullType, Op, Variable


class Override:
    """What a derivative of an ``OpFromGraph`` is: that of its graph, or what was given instead.

    Parameters
    ----------
    given : object
        As ``lop_overrides`` describes.
    word : str
        For the name of an op that computes it.
    takes_outputs : bool
        Whether callables and ops are given the outputs too.
    """

    def __init__(self, given: Any, word: str, takes_outputs: bool = False) -> None:
        self.given = given
        self.word = word
        self.takes_outputs = takes_outputs
        self.is_default = is_default(given)

    def derivatives(
        self,
        groups: Sequence[Sequence[Variable]],
        n: int,
        default: Callable[[Sequence[int]], list[Any]],
    ) -> list[Any]:
        """Return the derivatives, those without value by their marks.

        Parameters
        ----------
        groups : sequence of sequences of Variable
            What a callable is given; an op is given them one after another.
        n : int
            How many there are to be.
        default : callable
            Gives those of the graph itself for some positions.

        Raises
        ------
        TypeError, ValueError
            What was given does not fit.
        """
        given = self.given
        if self.is_default:
            return default(range(n))
        if isinstance(given, list):
            check_number("overrides", given, n)
            places = [i for i, one in enumerate(given) if is_default(one)]
            found = dict(zip(places, default(places) if places else [], strict=True))
            return [found[i] if i in found else called(given[i], groups) for i in range(n)]
        if isinstance(given, Variable):
            return [called(given, groups)] * n
        results = called(given, groups, return_list=True)
        if not isinstance(results, list):
            raise usage_error(
                TypeError,
                "a function that overrides the derivatives of an OpFromGraph should return a list",
                got=results,
            )
        check_number("derivatives", results, n)
        return results


def called(given: Any, groups: Sequence[Sequence[Variable]], **kwargs: Any) -> Any:
    """Return what one override gives: a mark, or the result of a callable or an op.

    Raises
    ------
    TypeError
        It is nothing that overrides a derivative.
    ValueError
        It is an op of another number of inputs, or a variable that is no mark.
    """
    if isinstance(given, Op):
        arguments = [v for group in groups for v in group]
        kinds: Sequence[Any] = getattr(given, "input_types", arguments)
        check_number("inputs of an op", kinds, len(arguments))
        return given(*arguments, **kwargs)
    if isinstance(given, Variable):
        if not isinstance(given.type, (NullType, DisconnectedType)):
            raise usage_error(
                ValueError,
                "a variable that overrides a derivative of an OpFromGraph is only a mark",
                expected="a variable of NullType or DisconnectedType",
                got=given,
                fix="give a function that returns it",
            )
        return given
    if not callable(given) or isinstance(given, type):
        raise usage_error(
            TypeError,
            "the derivative of an OpFromGraph was overridden by something that gives none",
            expected="'default', an OpFromGraph, a function, or a variable of NullType or "
            "DisconnectedType; or a list of these",
            got=given,
        )
    return given(*map(list, groups))


def is_default(override: Any) -> bool:
    """Whether an override leaves all as it is."""
    return isinstance(override, str) and override == "default"


def check_number(what: str, found: Sequence[Any], n: int) -> None:
    """Raise ValueError unless there are ``n``."""
    if len(found) != n:
        raise usage_error(
            ValueError,
            f"another number of {what} was given than an OpFromGraph needs for a derivative",
            expected=f"{n}",
            got=f"{len(found)}",
        )
