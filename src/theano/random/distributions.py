"""What ``MRG_RandomStreams`` computes from uniform numbers, as plain NumPy functions.

Each function maps uniform numbers in (0, 1) and the parameters to samples. How many uniform numbers
a distribution takes is part of its definition, since it decides what the next call draws:

=================  ==============================================  =================
distribution       uniform numbers                                 sub-streams
=================  ==============================================  =================
uniform, binomial  one per sample                                  as the size says
normal             one per sample, plus one if their count is odd  15360
truncated normal   as normal; a second draw of the rejected        15360 and 15360
multinomial        rows of ``pvals`` times ``n``                   15360
choice             rows of ``p`` times ``size``                    15360
=================  ==============================================  =================

The sub-streams are those taken when the user names no ``nstreams``. Normal numbers are drawn in the
dtype of the result; binomial, multinomial and choice compare uniform numbers of dtype ``floatX``.

Rounding follows Theano's compiled code, which fuses ``x * a + b`` into one rounding in half and
single precision, and whose elementary functions are good to half a unit in the last place: here
both are had by computing in the next wider type. In float64 the two roundings are kept apart, and
samples may differ from Theano's in the last place.

This module depends on NumPy only; it is the reference that symbolic draws are checked against.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "binomial",
    "box_muller",
    "choice",
    "multinomial",
    "n_normal_uniforms",
    "n_rejected",
    "normal",
    "truncated_normal",
    "uniform",
]

Floats = npt.NDArray[np.floating[Any]]

TRUNCATION = 2.0
# Standard deviation of a standard normal variable given that it lies within [-2, 2].
TRUNCATED_STD = 0.87962566103423978
WIDER = {np.dtype(np.float16): np.float32, np.dtype(np.float32): np.float64}

# A radius of Box and Muller's transform is below 2 exactly when its uniform number exceeds this.
TRUNCATION_LOW = 1.0 / np.e**2


def uniform(u: Floats, low: npt.ArrayLike = 0.0, high: npt.ArrayLike = 1.0) -> Floats:
    """Uniform samples between ``low`` and ``high``, both taken to the dtype of ``u`` first.

    Parameters
    ----------
    u : numpy.ndarray, floating, any shape
    low, high : array_like, broadcastable to the shape of ``u``

    Returns
    -------
    numpy.ndarray, shape and dtype of ``u``
    """
    low = np.asarray(low, dtype=u.dtype)
    high = np.asarray(high, dtype=u.dtype)
    return _multiply_add(u, high - low, low)


def binomial(u: Floats, p: npt.ArrayLike, dtype: npt.DTypeLike = "int64") -> npt.NDArray[Any]:
    """One Bernoulli trial per uniform number: 1 where ``u < p``, else 0.

    Parameters
    ----------
    u : numpy.ndarray, floating, any shape
    p : array_like
        Chance of a 1. A Python float is taken to the dtype of ``u``; an array is compared as it is.
        Not checked: a chance above 1 gives all ones.
    dtype : dtype

    Returns
    -------
    numpy.ndarray of ``dtype``, the broadcast shape of ``u`` and ``p``
    """
    return np.less(u, p).astype(dtype)


def n_normal_uniforms(n: int) -> int:
    """Number of uniform numbers behind ``n`` normal samples: ``n`` made even."""
    return n + n % 2


def _polar(u: Floats) -> tuple[Floats, Floats, Floats]:
    """Radius, cosine and sine (k,) from uniform numbers (2 k,): radii come from the first half."""
    half = len(u) // 2
    angle = u.dtype.type(2.0 * np.pi) * u[half:]
    return _radius(u[:half]), _rounded(np.cos, angle), _rounded(np.sin, angle)


def _radius(u: Floats) -> Floats:
    return np.sqrt(u.dtype.type(-2.0) * _rounded(np.log, u))


def _rounded(function: np.ufunc, x: Floats) -> Floats:
    """Apply an elementary function in the next wider type and round once."""
    return np.asarray(function(x, dtype=WIDER.get(x.dtype, np.float64))).astype(x.dtype)


def box_muller(u: Floats) -> Floats:
    """Standard normal samples from as many uniform numbers.

    Sample i and sample i + k belong together: the cosine and the sine of one angle.

    Parameters
    ----------
    u : numpy.ndarray, floating, shape (2 k,)

    Returns
    -------
    numpy.ndarray, dtype of ``u``, shape (2 k,)

    References
    ----------
    G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates", Annals of
    Mathematical Statistics 29(2), 1958, 610-611.
    """
    radius, cosine, sine = _polar(u)
    return np.concatenate([radius * cosine, radius * sine])


def normal(
    u: Floats, shape: tuple[int, ...], avg: npt.ArrayLike = 0.0, std: npt.ArrayLike = 1.0
) -> Floats:
    """Normal samples of mean ``avg`` and standard deviation ``std``.

    Parameters
    ----------
    u : numpy.ndarray, floating, shape (n_normal_uniforms(n),)
        ``n`` is the number of elements of ``shape``; of an odd number the last sample is dropped.
    shape : tuple of int
    avg, std : array_like
        Taken to the dtype of ``u`` first.

    Returns
    -------
    numpy.ndarray, dtype of ``u``, ``shape`` broadcast with ``avg`` and ``std``

    Raises
    ------
    ValueError
        If there are too many or too few uniform numbers for the shape.
    """
    n = _count(shape)
    _check_uniforms("normal samples were made", u, n_normal_uniforms(n))
    return _scale(box_muller(u)[:n].reshape(shape), avg, std)


def _outside(u: Floats) -> tuple[npt.NDArray[np.bool_], Floats, Floats, Floats]:
    """Which standard normal samples (2, k) lie outside [-2, 2]; the samples; cosine; sine."""
    radius, cosine, sine = _polar(u)
    samples = np.stack([radius * cosine, radius * sine])
    return np.abs(samples) > TRUNCATION, samples, cosine, sine


def n_rejected(u: Floats) -> int:
    """Number of uniform numbers that the second draw of :func:`truncated_normal` takes.

    Parameters
    ----------
    u : numpy.ndarray, floating, shape (2 k,)
        The first draw.
    """
    return int(_outside(u)[0].sum())


def truncated_normal(
    u: Floats,
    u_again: Floats,
    shape: tuple[int, ...],
    avg: npt.ArrayLike = 0.0,
    std: npt.ArrayLike = 1.0,
    std_dtype: npt.DTypeLike | None = None,
) -> Floats:
    """Samples of mean ``avg`` and standard deviation ``std``, cut at the same distance either side.

    A standard normal sample outside [-2, 2] keeps its angle and gets a radius below 2 from the
    second draw. In each half (cosines, then sines) the untouched samples come first, in order, and
    the mended ones after them. The cut samples are then stretched to the given deviation, so they
    reach ``2 / 0.8796 std`` from the mean.

    Parameters
    ----------
    u : numpy.ndarray, floating, shape (n_normal_uniforms(n),)
        ``n`` is the number of elements of ``shape``; of an odd number the last sample is dropped.
    u_again : numpy.ndarray, dtype of ``u``, shape (n_rejected(u),)
    shape : tuple of int
    avg, std : array_like
    std_dtype : dtype, optional
        The type in which ``std`` is divided by 0.8796; that of ``u`` if not given. Theano divides
        before it casts to the dtype of the result, so for a Python number this is ``floatX``.

    Returns
    -------
    numpy.ndarray, dtype of ``u``, ``shape`` broadcast with ``avg`` and ``std``

    Raises
    ------
    ValueError
        If there are too many or too few uniform numbers of either draw.
    """
    n = _count(shape)
    _check_uniforms("truncated normal samples were made", u, n_normal_uniforms(n))
    outside, samples, cosine, sine = _outside(u)
    _check_uniforms("rejected normal samples were mended", u_again, int(outside.sum()))
    radius = _radius(uniform(u_again, TRUNCATION_LOW, 1.0))
    n_cosines = int(outside[0].sum())
    packed = np.concatenate(
        [
            samples[0][~outside[0]],
            radius[:n_cosines] * cosine[outside[0]],
            samples[1][~outside[1]],
            radius[n_cosines:] * sine[outside[1]],
        ]
    )
    std_type = u.dtype if std_dtype is None else np.dtype(std_dtype)
    stretched = np.asarray(std, dtype=std_type) / np.asarray(TRUNCATED_STD, dtype=std_type)
    return _scale(packed[:n].reshape(shape), avg, stretched)


def multinomial(
    u: Floats, pvals: npt.ArrayLike, n: int = 1, dtype: npt.DTypeLike = "int64"
) -> npt.NDArray[Any]:
    """Counts of ``n`` trials among the outcomes whose chances each row of ``pvals`` gives.

    A trial picks the first outcome whose cumulated chance, summed in float64, exceeds its uniform
    number; none if the row sums to less. Chances are not checked.

    Parameters
    ----------
    u : numpy.ndarray, floating, shape (n * rows,)
        The first trial of every row, then the second of every row, and so on.
    pvals : array_like, shape (rows, outcomes)
    n : int
    dtype : dtype

    Returns
    -------
    numpy.ndarray of ``dtype``, shape (rows, outcomes)

    Raises
    ------
    ValueError
        If there are too many or too few uniform numbers.
    """
    pvals = np.asarray(pvals)
    rows = len(pvals)
    _check_uniforms("multinomial samples were made", u, rows * n)
    cumulated = np.cumsum(pvals, axis=1, dtype=np.float64)
    counts = np.zeros(pvals.shape, dtype=dtype)
    for trial in u.reshape(n, rows):
        exceeds = cumulated > trial[:, None]
        chosen = np.flatnonzero(exceeds.any(axis=1))
        counts[chosen, exceeds[chosen].argmax(axis=1)] += 1
    return counts


def choice(
    u: Floats,
    p: npt.ArrayLike,
    size: int = 1,
    dtype: npt.DTypeLike = "int64",
    replace: bool = False,
) -> npt.NDArray[Any]:
    """Indices of ``size`` different outcomes for each row of chances ``p``.

    After each pick the chance of the picked outcome becomes 0 and its row is divided by what is
    left, in the dtype of ``p``. Where no cumulated chance exceeds the uniform number, which happens
    when a row sums to less than 1 or is rounded to, the pick is -1 and the row stays as it is.

    Parameters
    ----------
    u : numpy.ndarray, floating, shape (size * rows,)
        The first pick of every row, then the second of every row, and so on.
    p : array_like, shape (rows, outcomes)
    size : int
        At most the number of outcomes.
    dtype : dtype
    replace : bool
        Whether an outcome may be picked again: its chance stays.

    Returns
    -------
    numpy.ndarray of ``dtype``, shape (rows, size)

    Raises
    ------
    ValueError
        If more outcomes are asked for than there are, or the uniform numbers do not fit.
    """
    left = np.array(p)
    if left.dtype.kind != "f":
        left = left.astype(np.float64)
    rows, outcomes = left.shape
    if size > outcomes:
        raise ValueError(
            "outcomes were chosen without replacement.\n"
            f"  expected: size at most {outcomes}, the number of columns of p\n"
            f"  got:      size {size}"
        )
    _check_uniforms("outcomes were chosen", u, rows * size)
    picks = np.full((rows, size), -1, dtype=dtype)
    for pick, trial in enumerate(u.reshape(size, rows)):
        cumulated = np.cumsum(left, axis=1, dtype=np.float64)
        exceeds = cumulated > trial[:, None]
        chosen = np.flatnonzero(exceeds.any(axis=1))
        column = exceeds[chosen].argmax(axis=1)
        picks[chosen, pick] = column
        if not replace:
            _remove(left, chosen, column, cumulated[chosen, column])
    return picks


def _remove(
    p: Floats, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], cumulated: Floats
) -> None:
    """Set one chance per row to 0 and divide the row by its new sum, in place.

    The rounding of the sum shows in later picks, so its order is fixed: the float64 sum before the
    picked column, rounded to the dtype of ``p``, then one addition in that dtype per column.
    """
    before = (cumulated - p[rows, columns]).astype(p.dtype)
    p[rows, columns] = 0
    behind = np.where(np.arange(p.shape[1]) > columns[:, None], p[rows], p.dtype.type(0))
    terms = np.concatenate([before[:, None], behind], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        p[rows] /= np.cumsum(terms, axis=1, dtype=p.dtype)[:, -1:]


def _count(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=np.int64))


def _scale(samples: Floats, avg: npt.ArrayLike, std: npt.ArrayLike) -> Floats:
    std = np.asarray(std, dtype=samples.dtype)
    avg = np.asarray(avg, dtype=samples.dtype)
    return _multiply_add(samples, std, avg)


def _multiply_add(x: Floats, factor: Floats, term: Floats) -> Floats:
    wide = WIDER.get(x.dtype, np.float64)
    return np.asarray(x.astype(wide) * factor + term).astype(x.dtype)


def _check_uniforms(what: str, u: Floats, expected: int) -> None:
    if u.shape != (expected,):
        raise ValueError(
            f"{what} from the wrong number of uniform numbers.\n"
            f"  expected: shape ({expected},)\n"
            f"  got:      shape {u.shape}"
        )
