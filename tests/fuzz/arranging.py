"""Statements of shape, of indexing, and of linear algebra."""

from __future__ import annotations

import math

import numpy as np
from tests.fuzz.generate import INTEGERS, SIGNED, SIZE, Generator, Item, operation


@operation(4)
def dimshuffle(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    order: list[object] = [i for i in range(x.ndim) if not (x.broadcastable[i] and g.chance(0.5))]
    if g.chance(0.7):
        g.random.shuffle(order)
    while len(order) < 5 and g.chance(0.3):
        order.insert(g.number(0, len(order)), "x")
    return f"{x}.dimshuffle({', '.join(map(repr, order))})" if order else f"{x}.dimshuffle()"


@operation(3)
def moved(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    forms = ["{x}.T", "T.transpose({x})", "T.shape_padleft({x})", "T.shape_padright({x}, 2)"]
    forms += ["T.shape({x})", "{x}.size", "{x}.ravel()", "T.squeeze({x})", "{x}.copy()"]
    forms += ["T.zeros_like({x})", "T.ones_like({x})", "T.ones_like({x}, dtype='int8')"]
    if x.ndim:
        forms += ["T.shape_padaxis({x}, {i})", "T.swapaxes({x}, {i}, {j})", "{x}.shape[{i}]"]
        forms += ["{x}.flatten({k})", "T.flatten({x}, {k})", "T.unbroadcast({x}, {p})"]
        forms += ["T.roll({x}, {s}, axis={i})", "T.roll({x}, {s})"]
    i, j = (g.axis(x), g.axis(x)) if x.ndim else (0, 0)
    s = g.size(g.choice((1, 2, -1, 0, 3, 7)))
    text = g.choice(forms)
    return text.format(x=x, i=i, j=j, k=g.number(1, max(x.ndim, 1)), p=i % max(x.ndim, 1), s=s)


@operation(4)
def reshape(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    size, shape = x.value.size, []
    for _ in range(g.number(0, 3)):
        lengths = [k for k in (1, 2, 3, 4, 5, 6) if size % k == 0]
        shape.append(g.choice(lengths))
        size //= shape[-1]
    shape.insert(g.number(0, len(shape)), size)
    if math.prod(shape) != x.value.size:
        return None
    texts = [g.size(n) for n in shape]
    if g.chance(0.3) and x.value.size:
        texts[g.number(0, len(texts) - 1)] = "-1"
    listed = f"({', '.join(texts)},)" if g.chance(0.7) else f"[{', '.join(texts)}]"
    same = [v for v in g.items if v.shape == tuple(shape)]
    if same and g.chance(0.3):
        listed = f"{g.choice(same)}.shape"
    return f"{x}.reshape({listed})" if g.chance(0.5) else f"T.reshape({x}, {listed})"


@operation(4)
def joined(g: Generator) -> str | None:
    x = g.pick(ndim=(1, 2, 3, 4))
    if x is None:
        return None
    axis = g.axis(x)

    def fits(v: Item) -> bool:
        mine, other = list(x.shape), list(v.shape)
        return v.ndim == x.ndim and (mine.pop(axis), mine)[1] == (other.pop(axis), other)[1]

    parts = [x.name]
    for _ in range(g.number(1, 2)):
        found = [v for v in g.items if fits(v) and (v.kind == "c") == (x.kind == "c")]
        parts.append(g.choice(found).name if g.chance(0.7) else f"{x}[::-1]")
    g.random.shuffle(parts)
    form = g.choice(("T.concatenate([{p}], axis={i})", "T.join({i}, {p})"))
    return form.format(p=", ".join(parts), i=axis)


@operation(3)
def stacked(g: Generator) -> str | None:
    x = g.pick(ndim=(0, 1, 2, 3))
    if x is None:
        return None
    found = [v for v in g.items if v.shape == x.shape and (v.kind == "c") == (x.kind == "c")]
    parts = ", ".join(str(g.choice(found)) for _ in range(g.number(1, 3)))
    return f"T.stack([{parts}], axis={g.number(-x.ndim - 1, x.ndim)})"


@operation(1)
def split(g: Generator) -> str | None:
    x = g.pick(ndim=(1, 2, 3))
    if x is None:
        return None
    axis = g.axis(x)
    first = g.number(0, x.shape[axis])
    rest = x.shape[axis] - first
    return f"T.split({x}, [{g.size(first)}, {g.size(rest)}], 2, axis={axis})"


@operation(3)
def repeated(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    if g.chance(0.5):
        if not x.ndim:
            return None
        reps = ", ".join(g.size(g.choice((1, 2, 3, 1, 0))) for _ in range(x.ndim))
        return f"T.tile({x}, ({reps},))"
    axis = g.axis(x) if x.ndim and g.chance(0.8) else None
    length = x.value.size if axis is None else x.shape[axis]

    def counts_it(v: Item) -> bool:
        return v.shape[0] == length and bool(((v.value >= 0) & (v.value < SIZE)).all())

    counts = g.pick("iu", 1, counts_it, new=False)
    if counts is not None and g.chance(0.6):
        n = counts.name
    else:
        n = g.size(g.choice((1, 2, 3, 0)))
    return f"T.repeat({x}, {n}, axis={axis})"


@operation(3)
def diagonals(g: Generator) -> str | None:
    x = g.pick(ndim=(1, 2, 2, 3))
    if x is None:
        return None
    k = g.choice((0, 0, 1, -1, 2, -2))
    if x.ndim == 1:
        return f"T.diag({x})"
    if x.ndim == 3:
        i, j = g.random.sample(range(3), 2)
        return f"T.diagonal({x}, offset={k}, axis1={i}, axis2={j})"
    forms = (
        "T.diag({x})", "T.diagonal({x}, offset={k})", "T.tril({x}, {k})", "T.triu({x}, {k})",
        "T.nlinalg.trace({x})", "T.extra_ops.fill_diagonal({x}, 2)", "T.identity_like({x})",
        "T.extra_ops.fill_diagonal_offset({x}, 3, {k})", "{x}.trace()",
        "T.nlinalg.extract_diag({x})",
    )  # fmt: skip
    return g.choice(forms).format(x=x, k=k)


@operation(4)
def made(g: Generator) -> str | None:
    """Return something made of sizes."""
    n, m = g.number(0, 5), g.number(1, 4)
    x = g.pick()
    if x is None:
        return None
    forms = ["T.arange({n})", "T.arange({m}, {n})", "T.arange({n}, {m}, -1)", "T.eye({n}, {m})"]
    forms += ["T.arange({m}, {far}, 2)", "T.tri({n}, {m}, {k})", "T.zeros(({n}, {m}))"]
    forms += ["T.ones(({m},), dtype='int32')", "T.arange({m}).dimshuffle(0, 'x') + T.arange({n})"]
    if x.ndim <= 2:
        shape = [g.size(k) for k in x.shape]
        if x.value.size == 1 or (x.ndim and x.broadcastable[0]):
            shape = [g.size(3)] + shape[1:]
        if g.chance(0.5):
            shape = ["{n}", *shape]
        forms += [f"T.alloc({{x}}, {', '.join(shape)})"] * 4 if shape else []
        forms += ["T.fill({x}, {m})", "T.mgrid[0:{m}, 0:{n}][1]", "T.arange({x}.size)"]
    dtype = f", dtype='{g.choice(('float32', 'int64', 'float64', 'int8'))}'"
    text = g.choice(forms)
    if text.startswith(("T.arange({", "T.eye", "T.tri")) and text.endswith("})") and g.chance(0.4):
        text = text[:-1] + dtype + ")"
    return text.format(x=x, n=g.size(n), m=g.size(m), far=g.size(m + n), k=g.choice((0, 1, -1)))


@operation(1)
def patterns(g: Generator) -> str | None:
    x = g.pick(ndim=(1, 2, 3), where=lambda v: 1 in v.shape)
    if x is None or 1 not in x.shape:
        return None
    axis = g.choice([i for i, n in enumerate(x.shape) if n == 1])
    lengths = ", ".join(g.size(n) for n in x.shape)
    forms = ("T.addbroadcast({x}, {i})", "T.patternbroadcast({x}, {p})")
    forms += ("T.specify_shape({x}, ({n},))",)
    pattern = tuple(b or i == axis for i, b in enumerate(x.broadcastable))
    return g.choice(forms).format(x=x, i=axis, p=pattern, n=lengths)


def position(g: Generator, length: int) -> str:
    """Return an index of one element."""
    k = g.number(-length, length - 1)
    return g.size(k)


def bound(g: Generator, length: int) -> str:
    if g.chance(0.35):
        return ""
    k = g.number(-length - 1, length + 2)
    return g.size(k) if g.chance(0.6) else str(k)


def a_slice(g: Generator, length: int) -> str:
    text = f"{bound(g, length)}:{bound(g, length)}"
    if g.chance(0.35):
        step = g.choice((-1, -1, 2, -2, 1, 3))
        text += f":{g.size(step) if g.chance(0.3) else step}"
    return text


def several_of(g: Generator, length: int, shape: tuple[int, ...]) -> str:
    """Return integers that index an axis, in an array of the given shape."""
    found = [
        v
        for v in g.items
        if v.kind in "iu"
        and v.ndim
        and v.shape == shape
        and (v.value < length).all()
        and (v.value.astype("int64") >= -length).all()
    ]
    if found and g.chance(0.6):
        return g.choice(found).name
    numbers = [g.number(-length, length - 1) for _ in range(math.prod(shape))]
    value = np.array(numbers, g.choice(SIGNED)).reshape(shape)
    if g.chance(0.4):
        return str(value.tolist())
    dtype = g.choice(INTEGERS) if (value >= 0).all() else value.dtype.name
    return g.input_of(value.astype(dtype)).name


def brackets(g: Generator, x: Item) -> str | None:
    """Return what stands between the brackets of an index of ``x``."""
    if x.ndim == 0:
        return g.choice(("...", "None", "()"))
    advanced = g.chance(0.35)
    if advanced and g.chance(0.2):
        same = [v for v in g.items if v.kind == "b" and v.shape == x.shape[: v.ndim] and v.ndim]
        return g.choice(same).name if same and g.chance(0.5) else f"{x} > 0"
    shape = g.choice(((2,), (3,), (1,), (2, 2), (0,)))
    parts: list[str] = []
    for length in x.shape[: g.number(1, x.ndim)]:
        if advanced and length and g.chance(0.6):
            parts.append(several_of(g, length, shape if g.chance(0.9) else (1,)))
        elif length and g.chance(0.35):
            parts.append(position(g, length))
        else:
            parts.append(a_slice(g, length))
    if g.chance(0.02):
        parts[0] = g.size(x.shape[0] + g.number(0, 2))
    if g.chance(0.15):
        parts.insert(g.number(0, len(parts)), "None")
    if g.chance(0.15) and len(parts) <= x.ndim:
        parts.insert(g.number(0, len(parts)), "...")
    return ", ".join(parts)


@operation(9)
def index(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    if g.chance(0.12) and x.ndim:
        axis = g.axis(x)
        if not x.shape[axis]:
            return None
        mode = f", mode='{g.choice(('wrap', 'clip', 'raise'))}'" if g.chance(0.5) else ""
        indices = several_of(g, x.shape[axis], g.choice(((2,), (3,), (2, 2))))
        return f"T.take({x}, {indices}, axis={axis}{mode})"
    inside = brackets(g, x)
    return inside and f"{x}[{inside}]"


@operation(5)
def written(g: Generator) -> str | None:
    """Return ``set_subtensor`` or ``inc_subtensor``."""
    x = g.pick(ndim=(1, 2, 3, 4), where=lambda v: v.kind != "b" or g.chance(0.3))
    if x is None:
        return None
    inside = brackets(g, x)
    if inside is None:
        return None
    name = g.choice(("set", "inc"))
    try:
        part = g.evaluate(eval(f"{x}[{inside}]", g.built.names))
    except Exception:
        return None
    target = Item("", eval(f"{x}[{inside}]", g.built.names), part)
    kinds = {"c": "biufc", "f": "biuf", "i": "biu", "u": "bu", "b": "b"}[x.kind]
    y = g.partner(target, kinds)
    return f"T.{name}_subtensor({x}[{inside}], {y})"


@operation(2)
def picked(g: Generator) -> str | None:
    x = g.pick("biuf", (1, 2))
    if x is None or not x.shape[0]:
        return None
    forms = ["T.nonzero({x})[0]", "{x}.nonzero_values()", "T.flatnonzero({x})"]
    forms += ["T.extra_ops.Unique()({x})", "T.extra_ops.compress({x}[0] > 0, {x}, axis=-1)"]
    if x.kind in "iu" and x.ndim == 1 and (x.value >= 0).all() and (x.value < 100).all():
        forms += ["T.extra_ops.bincount({x})", "T.extra_ops.bincount({x}, minlength=4)"]
    if x.ndim == 1 and x.kind in "if":
        forms += ["T.extra_ops.searchsorted(T.sort({x}), {x}[::2])"] * 2
    return g.choice(forms).format(x=x)


@operation(5)
def product(g: Generator) -> str | None:
    x = g.pick("fiuc" if g.chance(0.2) else "f", (1, 2, 2, 3))
    if x is None:
        return None

    def other(fits: object) -> str:
        found = [v for v in g.items if v.kind in "fiub" + x.kind and fits(v)]  # type: ignore[operator]
        return str(g.choice(found)) if found else ""

    last = x.shape[-1]
    form = g.choice(("dot", "dot", "tensordot", "batched_dot", "outer", "matmul"))
    if form in ("dot", "matmul"):
        y = other(lambda v: v.ndim and v.shape[-2 if v.ndim > 1 else 0] == last)
        if not y or g.chance(0.15):
            y = g.input_of(g.array(x.dtype, (last, g.choice((1, 2, 3, 0))))).name
        return f"T.dot({x}, {y})" if g.chance(0.6) else f"{x}.dot({y})"
    if form == "tensordot":
        y = other(lambda v: v.ndim and v.shape[0] == last)
        if y and g.chance(0.5):
            return f"T.tensordot({x}, {y}, axes=1)"
        if y:
            return f"T.tensordot({x}, {y}, axes=[[{x.ndim - 1}], [0]])"
        return f"T.tensordot({x}, {x}, axes={x.ndim})"
    if form == "batched_dot":
        y = other(lambda v: v.ndim in (2, 3) and v.shape[:2] == (x.shape[0], last))
        return f"T.batched_dot({x}, {y})" if x.ndim > 1 and y else None
    y = other(lambda v: v.ndim == 1)
    return f"T.outer({x}, {y})" if x.ndim == 1 and y else None


@operation(1)
def matrices(g: Generator) -> str | None:
    x = g.pick("f", 2, lambda v: v.dtype != "float16" and v.shape[0] > 0)
    # What LAPACK makes of NaN and of numbers whose squares overflow is anybody's guess.
    if x is None or not bool((abs(x.value) < 1e3).all()):
        return None
    square = f"T.dot({x}, {x}.T) + 3 * T.eye({x}.shape[0])"
    forms = (
        "T.nlinalg.det({a})", "T.nlinalg.matrix_inverse({a})", "T.slinalg.cholesky({a})",
        "T.slinalg.solve({a}, {x})", "T.nlinalg.matrix_power({a}, 2)", "T.slinalg.kron({x}, {x})",
        "T.nlinalg.eigh({a})[0]", "T.nlinalg.svd({x})[1]",
    )  # fmt: skip
    return g.choice(forms).format(a=square, x=x)


@operation(2)
def either(g: Generator) -> str | None:
    """Return an ``ifelse``."""
    x = g.pick("biuf")
    if x is None:
        return None
    same = [v for v in g.items if v.variable.type == x.variable.type]
    y = g.choice((f"{x} * {x}", str(g.choice(same)), f"{x}[::-1]" if x.ndim else f"-{x}"))
    if x.kind == "b":
        y = str(g.choice(same))
    conditions = [f"{v}" for v in g.items if v.ndim == 0 and v.kind in "biuf"]
    conditions += [f"T.gt({x}.sum(), 1)", f"T.eq({x}.size, {g.size(3)})", "T.constant(1)"]
    return f"ifelse({g.choice(conditions)}, {x}, {y})"
