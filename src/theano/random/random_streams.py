"""``RandomStreams``: random variables from NumPy generators that functions share and move on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.random import raw_random
from theano.random.random_state import RandomStateSharedVariable, randomstate_constructor
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.rearranging import permute_row_elements

__all__ = ["RandomStreams", "RandomStreamsBase"]

MAX_SEED = 2**30


class RandomStreamsBase:
    """The random variables of a container of streams, each made by ``gen``.

    The methods take ``size``, ``ndim`` and parameters as the functions of that name in
    ``theano.tensor.raw_random``, and return the numbers.
    """

    def gen(self, op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return the random variable that ``op`` gives on a new generator."""
        raise NotImplementedError

    def uniform(
        self,
        size: Any = None,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
    ) -> Any:
        """Return uniform numbers from ``low``, included, to ``high``; of ``floatX`` or wider."""
        return self.gen(raw_random.uniform, size, low, high, ndim=ndim, dtype=dtype)

    def normal(
        self,
        size: Any = None,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
    ) -> Any:
        """Return normal numbers of mean ``avg`` and deviation ``std``; of ``floatX`` or wider."""
        return self.gen(raw_random.normal, size, avg, std, ndim=ndim, dtype=dtype)

    def binomial(
        self,
        size: Any = None,
        n: Any = 1,
        p: Any = 0.5,
        ndim: int | None = None,
        dtype: Any = "int64",
        prob: Any = None,
    ) -> Any:
        """Return how many of ``n`` trials succeed, each with chance ``p``."""
        return self.gen(raw_random.binomial, size, n, p, ndim=ndim, dtype=dtype, prob=prob)

    def random_integers(
        self,
        size: Any = None,
        low: Any = 0,
        high: Any = 1,
        ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Any:
        """Return integers between ``low`` and ``high``, both included."""
        return self.gen(raw_random.random_integers, size, low, high, ndim=ndim, dtype=dtype)

    def choice(
        self,
        size: Any = None,
        a: Any = 2,
        replace: Any = True,
        p: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Any:
        """Return elements of the vector ``a``, or integers below the number ``a``."""
        return self.gen(raw_random.choice, size, a, replace, p, ndim=ndim, dtype=dtype)

    def poisson(
        self, size: Any = None, lam: Any = 1.0, ndim: int | None = None, dtype: Any = "int64"
    ) -> Any:
        """Return Poisson numbers of mean ``lam``."""
        return self.gen(raw_random.poisson, size, lam, ndim=ndim, dtype=dtype)

    def permutation(
        self, size: Any = None, n: Any = 1, ndim: int | None = None, dtype: Any = "int64"
    ) -> Any:
        """Return permutations of the integers from 0 to ``n - 1``, along the last axis."""
        return self.gen(raw_random.permutation, size, n, ndim=ndim, dtype=dtype)

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = (0.5, 0.5),
        ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Any:
        """Return how often each outcome comes in ``n`` trials, along the last axis."""
        return self.gen(raw_random.multinomial, size, n, pvals, ndim=ndim, dtype=dtype)

    def shuffle_row_elements(self, input: Any) -> Any:
        """Return a tensor with the elements of each row, along the last axis, in random order.

        Its attribute ``permutation`` is the order: ``result[..., j] = input[..., order[..., j]]``.
        """
        x = as_tensor_variable(input)
        order = self.permutation(size=x.shape[:-1], n=x.shape[-1], ndim=x.type.ndim - 1)
        shuffled = permute_row_elements(x, order)
        shuffled.permutation = order
        return shuffled


class RandomStreams(RandomStreamsBase):
    """Makes random variables of a graph: each call gives one with a generator of its own.

    A function that computes such a variable also moves its generator on, so that the next call
    draws other numbers; ``no_default_updates=True`` leaves it. The numbers are those of
    ``numpy.random.RandomState``, drawn on the host. ``MRG_RandomStreams`` draws within the program,
    which is much quicker for large masks.

    Parameters
    ----------
    seed : int, optional
        Fixes the seeds of all generators, which are drawn from one more.

    Attributes
    ----------
    state_updates : list of (shared variable, generator moved on)
    default_instance_seed : int or None
    gen_seedgen : numpy.random.RandomState
        Where the seed of the next random variable comes from.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.state_updates: list[tuple[RandomStateSharedVariable, Any]] = []
        self.default_instance_seed = seed
        self.gen_seedgen = np.random.RandomState(seed)

    def updates(self) -> list[tuple[RandomStateSharedVariable, Any]]:
        """Return the updates of all generators, as in ``state_updates``."""
        return list(self.state_updates)

    def seed(self, seed: int | None = None) -> None:
        """Start all generators made so far anew, as if they had been made with this seed.

        Parameters
        ----------
        seed : int, optional
            By default that of the constructor.
        """
        seeds = np.random.RandomState(self.default_instance_seed if seed is None else seed)
        for generator, _ in self.state_updates:
            generator.set_value(new_generator(seeds), borrow=True)

    def __getitem__(self, item: RandomStateSharedVariable) -> np.random.RandomState:
        """Return the generator of a random variable, itself, given its attribute ``rng``."""
        return item.get_value(borrow=True)

    def __setitem__(self, item: RandomStateSharedVariable, val: np.random.RandomState) -> None:
        """Replace the generator of a random variable, given its attribute ``rng``."""
        item.set_value(val, borrow=True)

    def gen(self, op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return the random variable that ``op`` gives on a new generator.

        Parameters
        ----------
        op : callable
            Such as ``theano.tensor.raw_random.uniform``: takes a generator and the other arguments,
            returns the generator moved on and the numbers.

        Returns
        -------
        variable
            Has the attributes ``rng``, the shared variable with the generator, and ``update``, the
            pair of it and its new value.
        """
        generator = randomstate_constructor(new_generator(self.gen_seedgen), borrow=True)
        generator.tag.is_rng = True
        results = op(generator, *args, **kwargs)
        if len(results) != 2:
            raise usage_error(
                TypeError,
                "a random variable was made by a function that is none",
                expected="a function that returns the generator moved on and the numbers",
                got=results,
            )
        moved_on, numbers = results
        numbers.rng = generator
        numbers.update = (generator, moved_on)
        self.state_updates.append(numbers.update)
        generator.default_update = moved_on
        return numbers


def new_generator(seeds: np.random.RandomState) -> np.random.RandomState:
    """Return a generator with a seed drawn from another."""
    return np.random.RandomState(int(seeds.randint(MAX_SEED)))
