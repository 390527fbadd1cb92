"""``MRG_RandomStreams``: symbolic random numbers from the generator MRG31k3p."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.random import distributions, mrg31k3p
from theano.random.arguments import (
    check_normal_size,
    check_uniform_size,
    check_unknown,
    float_dtype,
    is_number,
    parameter,
)
from theano.random.mrg31k3p import guess_n_streams
from theano.random.ops import Choice, Multinomial, Repair, Uniform
from theano.random.states import shared_states
from theano.scalar.type import upcast
from theano.tensor.conversion import constant
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops import shape as shapes
from theano.tensor.ops.joining import join
from theano.tensor.ops.sizes import product, size_elements

__all__ = ["MRG_RandomStreams", "guess_n_streams"]

log, sqrt, cos, sin = (ew.FUNCTIONS[name] for name in ("log", "sqrt", "cos", "sin"))


class MRG_RandomStreams:
    """Makes random variables of a graph: each call gives one with streams of its own.

    A function that computes such a variable also moves its streams on, so that the next call draws
    other numbers; ``no_default_updates=True`` leaves them. The numbers are those that Theano's
    generator of this name gives for the same seed, sizes and numbers of streams.

    Parameters
    ----------
    seed : int or six ints
        One integer, 0 < seed < 2**31 - 21069, or six: three of them below 2**31 - 1 and not all 0,
        three below 2**31 - 21069 and not all 0.
    use_cuda : optional
        Kept for programs that give it; where numbers are made is decided by ``config.device``.

    Attributes
    ----------
    rstate : numpy.ndarray, int32, shape (6,)
        Where the streams of the next random variable start.
    state_updates : list of (shared variable, new states, size, number of streams or None)

    Raises
    ------
    TypeError, ValueError
        The seed is no such number.

    References
    ----------
    P. L'Ecuyer, R. Simard, E. J. Chen and W. D. Kelton, "An object-oriented random-number package
    with many long streams and substreams", Operations Research 50(6), 2002, 1073-1075.
    """

    def __init__(self, seed: Any = 12345, use_cuda: Any = None) -> None:
        self.state_updates: list[tuple[Any, Any, Any, int | None]] = []
        self.default_instance_seed = seed
        self.set_rstate(seed)

    def updates(self) -> list[tuple[Any, Any, Any, int | None]]:
        """Return the updates of all streams, as in ``state_updates``."""
        return list(self.state_updates)

    def set_rstate(self, seed: Any) -> None:
        """Let the next random variable start where a new object with this seed would."""
        self.rstate = mrg31k3p.seed_state(seed)

    def seed(self, seed: Any = None) -> None:
        """Start all streams made so far anew, as if they had been made with this seed.

        Parameters
        ----------
        seed : int or six ints, optional
            By default that of the constructor.
        """
        self.set_rstate(self.default_instance_seed if seed is None else seed)
        for states, _, size, nstreams in self.state_updates:
            n = self.n_streams(size) if nstreams is None else nstreams
            states.set_value(self.get_substream_rstates(n))

    def inc_rstate(self) -> None:
        """Move on to the next stream, 2**134 steps ahead."""
        self.rstate = mrg31k3p.next_stream(self.rstate)

    def get_substream_rstates(
        self, n_streams: int, dtype: Any = None, inc_rstate: bool = True
    ) -> np.ndarray:
        """Return the states of sub-streams, 2**72 steps apart; move on to the next stream.

        Parameters
        ----------
        n_streams : int
        dtype : str, optional
            Kept for programs that give it.
        inc_rstate : bool
            False to stay at this stream.

        Returns
        -------
        numpy.ndarray, int32, shape (n_streams, 6)

        Raises
        ------
        TypeError
            ``n_streams`` is no integer.
        AssertionError
            It is less than 1.
        """
        if isinstance(n_streams, bool) or not isinstance(n_streams, (int, np.integer)):
            raise usage_error(
                TypeError,
                "sub-streams of a random stream were asked for",
                expected="an integer",
                got=n_streams,
            )
        if n_streams < 1:
            raise usage_error(
                AssertionError,
                "sub-streams of a random stream were asked for",
                expected="a number of streams of at least 1",
                got=n_streams,
            )
        states = mrg31k3p.substreams(self.rstate, int(n_streams))
        if inc_rstate:
            self.inc_rstate()
        return states

    def n_streams(self, size: Any) -> int:
        """Return the number of sub-streams of a draw of this size whose user names none."""
        return guess_n_streams(size)

    def pretty_return(
        self, node_rstate: Any, new_rstate: Any, sample: Any, size: Any, nstreams: int | None
    ) -> Any:
        """Note how streams are moved on, and return ``sample``.

        Parameters
        ----------
        node_rstate : StreamStates
        new_rstate : variable
            Their states after the draw; becomes the default update.
        sample : variable
            Gets the attributes ``rstate`` and ``update``.
        size : tuple or variable
        nstreams : int or None
            As the user gave it.
        """
        sample.rstate = node_rstate
        sample.update = (node_rstate, new_rstate)
        self.state_updates.append((node_rstate, new_rstate, size, nstreams))
        node_rstate.default_update = new_rstate
        return sample

    def uniform(
        self,
        size: Any,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
        nstreams: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return uniform numbers between ``low`` and ``high``, both left out.

        Parameters
        ----------
        size : tuple of lengths, or integer vector
            The shape. A length that is given as a number is at least 1.
        low, high : array_like or tensor
            Must not be of larger shape.
        ndim : int, optional
            The number of dimensions, needed where ``size`` is a vector of unknown length.
        dtype : str, optional
            By default the common dtype of ``floatX``, ``low`` and ``high``.
        nstreams : int, optional
            By default what ``n_streams`` says.

        Raises
        ------
        TypeError
            The size is no tuple of integers, or an unknown argument is given.
        ValueError
            A length is not positive, or the number of dimensions is not known.
        NotImplementedError
            ``low`` or ``high`` has a larger shape than the result.
        """
        check_unknown("uniform", kwargs)
        standard = is_number(low, 0) and is_number(high, 1)
        low, high = parameter(low), parameter(high)
        dtype = float_dtype(dtype, low, high)
        low, high = ew.cast(low, dtype), ew.cast(high, dtype)
        lengths, ndim = check_uniform_size(size, ndim)
        n_streams = self.n_streams(size) if nstreams is None else nstreams
        states = shared_states(self.get_substream_rstates(n_streams))
        new_states, u = Uniform(dtype, ndim)(states, lengths)
        self.pretty_return(states, new_states, u, size, nstreams)
        if standard:
            return u
        result = scaled(u, high - low, low)
        if result.type.broadcastable != u.type.broadcastable:
            raise usage_error(
                NotImplementedError,
                "uniform() was given bounds of a larger shape than its result",
                expected=f"a size that is broadcastable like the bounds: {result.type}",
                got=u,
                fix="give the size of the bounds: uniform(size=low.shape, low=low)",
            )
        return result

    def binomial(
        self,
        size: Any = None,
        n: int = 1,
        p: Any = 0.5,
        ndim: int | None = None,
        dtype: Any = "int64",
        nstreams: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return one trial per element: 1 with chance ``p``, else 0.

        Parameters
        ----------
        size : tuple of lengths, or integer vector
        n : int
            The number of trials; only 1 is supported.
        p : array_like or tensor
            The chance of a 1. Not checked.
        ndim : optional
            Kept for programs that give it; has no effect.
        dtype : str
        nstreams : int, optional
            By default what ``n_streams`` says.

        Raises
        ------
        NotImplementedError
            ``n`` is not 1.
        TypeError, ValueError
            As ``uniform``.
        """
        if n != 1:
            raise usage_error(
                NotImplementedError, "binomial() takes one trial", expected="n=1", got=f"n={n}"
            )
        u = self.uniform(size=size, nstreams=nstreams, **kwargs)
        return ew.cast(u < parameter(p), dtype)

    def normal(
        self,
        size: Any,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
        nstreams: int | None = None,
        truncate: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return normal numbers of mean ``avg`` and standard deviation ``std``.

        Parameters
        ----------
        size : int, sequence of lengths, or integer vector or scalar
        avg, std : array_like or tensor
        ndim : int, optional
            The number of dimensions, needed where ``size`` is a vector of unknown length.
        dtype : str, optional
            By default the common dtype of ``floatX``, ``avg`` and ``std``.
        nstreams : int, optional
            By default 15360 whatever the size is.
        truncate : bool
            Draw standard normal numbers outside [-2, 2] anew; see ``truncated_normal``, which also
            corrects the standard deviation.

        Raises
        ------
        ValueError
            The size is no shape, or the number of dimensions is not known.
        TypeError
            An unknown argument is given.

        References
        ----------
        G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates", Annals
        of Mathematical Statistics 29(2), 1958, 610-611.
        """
        size, lengths, ndim = check_normal_size(size, ndim)
        standard = is_number(avg, 0) and is_number(std, 1)
        avg, std = parameter(avg), parameter(std)
        dtype = float_dtype(dtype, avg, std)
        avg, std = ew.cast(avg, dtype), ew.cast(std, dtype)
        n = product(size_elements(lengths, ndim))
        u = self.uniform((n + n % 2,), ndim=1, dtype=dtype, nstreams=nstreams, **kwargs)
        samples = self._cut(u, nstreams) if truncate else box_muller(u, n)
        result = samples[:n].reshape(lengths, ndim=ndim)
        return result if standard else scaled(result, std, avg)

    def _cut(self, u: Any, nstreams: int | None) -> Any:
        """Return as many truncated standard normal numbers as there are in ``u``."""
        n_streams = mrg31k3p.MAX_STREAMS if nstreams is None else nstreams
        states = shared_states(self.get_substream_rstates(n_streams))
        new_states, samples, n_rejected = Repair()(u, states)
        return self.pretty_return(states, new_states, samples, (n_rejected,), nstreams)

    def truncated_normal(
        self,
        size: Any,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
        nstreams: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return normal numbers that are cut at 2 / 0.8796 standard deviations from the mean.

        The numbers have mean ``avg`` and, after the cut, standard deviation ``std``. Arguments and
        errors are those of ``normal``; twice as many streams are used.
        """
        kept = constant(distributions.TRUNCATED_STD, dtype="floatX")
        return self.normal(
            size,
            avg,
            parameter(std) / kept,
            ndim=ndim,
            dtype=dtype,
            nstreams=nstreams,
            truncate=True,
            **kwargs,
        )

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
        nstreams: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return how often each outcome came in ``n`` trials, for each row of chances.

        Parameters
        ----------
        n : int, or integer scalar
        pvals : matrix
            Chances, one row after another; each row sums to 1. Not checked.
        dtype : str
            "auto" means that of ``pvals``.
        nstreams : int, optional
            By default 15360.
        size, ndim
            Must be left out.

        Returns
        -------
        matrix, in the shape of ``pvals``

        Raises
        ------
        TypeError
            ``pvals`` is missing.
        ValueError
            ``size`` or ``ndim`` is given.
        NotImplementedError
            ``pvals`` is no matrix.
        """
        if pvals is None:
            raise usage_error(TypeError, "multinomial() needs chances", expected="pvals, a matrix")
        for name, given in (("size", size), ("ndim", ndim)):
            if given is not None:
                raise usage_error(
                    ValueError,
                    f"multinomial() does not take `{name}`: its result has the shape of pvals",
                    got=f"{name}={given}",
                )
        pvals = self._check_rows("multinomial() takes chances in rows: pvals", pvals)
        dtype = pvals.type.dtype if dtype == "auto" else dtype
        u = self._by_rows(pvals, n, nstreams, kwargs)
        return Multinomial(str(dtype))(pvals, u, n)

    def choice(
        self,
        size: Any = 1,
        a: Any = None,
        replace: bool = True,
        p: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
        nstreams: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return the indices of different outcomes, for each row of chances.

        Parameters
        ----------
        size : int, or integer scalar
            How many for each row, at most as many as there are columns.
        replace : bool
            Only False is supported: no outcome twice.
        p : matrix
            Chances, one row after another; each row sums to 1. Not checked. Where the chances that
            are left are used up, the index is -1.
        dtype : str
            "auto" means int64.
        nstreams : int, optional
            By default 15360.
        a, ndim
            Must be left out.

        Returns
        -------
        matrix, (rows, size)

        Raises
        ------
        NotImplementedError
            ``replace`` is true, or ``p`` is no matrix.
        TypeError
            ``a`` is given, or ``p`` is missing.
        ValueError
            ``ndim`` is given.
        """
        if replace:
            raise usage_error(
                NotImplementedError,
                "choice() draws without replacement only",
                expected="replace=False",
                got=f"replace={replace}",
                fix="use multinomial(n=size, pvals=p) for counts with replacement",
            )
        if a is not None:
            raise usage_error(
                TypeError,
                "choice() gives indices and does not take `a`",
                got=a,
                fix="index it: a[choice(size=..., replace=False, p=p)]",
            )
        if p is None:
            raise usage_error(TypeError, "choice() needs chances", expected="p, a matrix")
        if ndim is not None:
            raise usage_error(
                ValueError,
                "choice() does not take `ndim`: its result is a matrix",
                got=f"ndim={ndim}",
            )
        p = self._check_rows("choice() takes chances in rows: p", p)
        dtype = "int64" if dtype == "auto" else dtype
        u = self._by_rows(p, size, nstreams, kwargs)
        return Choice(str(dtype))(p, u, size)

    def multinomial_wo_replacement(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
        nstreams: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return ``choice(size=n, p=pvals, replace=False)``; the earlier name, with a warning.

        Raises
        ------
        TypeError
            ``size`` is given, or what ``choice`` raises.
        """
        warnings.warn(
            "MRG_RandomStreams.multinomial_wo_replacement is the earlier name of "
            "choice(size=n, p=pvals, replace=False)",
            DeprecationWarning,
            stacklevel=2,
        )
        if size is not None:
            raise usage_error(
                TypeError, "multinomial_wo_replacement() takes n, not size", got=f"size={size}"
            )
        return self.choice(
            size=n,
            replace=False,
            p=pvals,
            ndim=ndim,
            dtype=dtype,
            nstreams=nstreams,
            **kwargs,
        )

    def _check_rows(self, what: str, chances: Any) -> Any:
        chances = parameter(chances)
        if chances.type.ndim != 2:
            raise usage_error(NotImplementedError, what, expected="a matrix", got=chances)
        return chances

    def _by_rows(self, chances: Any, n: Any, nstreams: int | None, kwargs: Any) -> Any:
        size = shapes.shape(chances[:, 0]) * n
        return self.uniform(size, ndim=1, nstreams=nstreams, **kwargs)


WIDER = {str(narrow): str(np.dtype(wide)) for narrow, wide in distributions.WIDER.items()}


def scaled(x: Any, factor: Any, term: Any) -> Any:
    """Return ``x * factor + term``, rounded once in dtypes that have a wider one."""
    dtype = upcast(*[v.type.dtype for v in (x, factor, term)])
    x, factor, term = (ew.cast(v, WIDER.get(dtype, dtype)) for v in (x, factor, term))
    return ew.cast(x * factor + term, dtype)


def box_muller(u: Any, n: Any) -> Any:
    """Return ``n`` standard normal numbers, one more if ``n`` is odd, from as many uniform ones.

    Logarithm, cosine and sine are taken in the next wider dtype, so that their last digits are the
    same everywhere.
    """
    dtype = u.type.dtype
    wide = WIDER.get(dtype, dtype)
    half = (n + n % 2) // 2

    def rounded(function: Any, x: Any) -> Any:
        return ew.cast(function(ew.cast(x, wide)), dtype)

    radius = sqrt(-2.0 * rounded(log, u[:half]))
    angle = constant(2.0 * np.pi, dtype=dtype) * u[half:]
    return join(0, radius * rounded(cos, angle), radius * rounded(sin, angle))
