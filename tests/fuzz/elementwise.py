"""Elementwise statements, reductions, and what goes along an axis."""

from __future__ import annotations

import numpy as np
from tests.fuzz.generate import COMPLEX, DTYPES, FLOATS, INTEGERS, Generator, operation, words

FLOAT_FUNCTIONS = words(
    "exp log log2 log10 log1p exp2 expm1 sqrt sqr sin cos tan sinh cosh tanh arcsin arccos arctan "
    "arcsinh arccosh arctanh erf erfc erfcx erfinv gamma gammaln psi tri_gamma j0 j1 i0 i1 "
    "nnet.sigmoid nnet.softplus nnet.relu nnet.hard_sigmoid nnet.ultra_fast_sigmoid ceil floor "
    "trunc round_half_to_even round_half_away_from_zero rad2deg deg2rad inv abs_ sgn neg real imag "
    "conj isnan isinf sigmoid"
)
INTEGER_FUNCTIONS = words(
    "neg abs_ sgn sqr sqrt exp log1p invert ceil floor trunc inv tanh cos isnan real conj "
    "round_half_to_even arctan erf"
)
COMPLEX_FUNCTIONS = words("neg abs_ sqr exp sin cos real imag conj angle sqrt log tanh inv sgn")
BOOLEAN_FUNCTIONS = words("invert neg abs_ sqr exp sgn")
BINARY = words("+ + - - * * / // % ** < <= > >=")
BINARY_FUNCTIONS = words("maximum minimum eq neq lt ge add sub mul true_div int_div mod")
ROWWISE = words("nnet.softmax nnet.logsoftmax nnet.softmax_graph nnet.softmax_with_bias")
REDUCTIONS = words(
    "sum sum sum sum sum prod max max min mean mean any all var std argmax argmin ptp"
)


@operation(10)
def unary(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    if x.kind == "f":
        function = g.choice(FLOAT_FUNCTIONS)
        if function == "tri_gamma" and bool((x.value < -1e3).any()):
            return None  # SciPy adds one term for each unit
        if function in ("log", "sqrt", "log2", "log10", "gammaln", "psi") and g.chance(0.5):
            return f"T.{function}(abs({x}) + 0.5)"
        return f"T.{function}({x})"
    functions = {"c": COMPLEX_FUNCTIONS, "b": BOOLEAN_FUNCTIONS}
    return f"T.{g.choice(functions.get(x.kind, INTEGER_FUNCTIONS))}({x})"


@operation(14)
def binary(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    kinds = "biufc" if x.kind == "c" else "biuf" if g.chance(0.9) else "biufc"
    y = g.partner(x, kinds)
    if y[0] not in "vwxsa" and g.chance(0.3) and not y.startswith("-"):
        return f"{y} {g.choice(BINARY)} {x}"
    if g.chance(0.7):
        y = f"({y})" if y.startswith("-") else y
        return f"{x} {g.choice(BINARY)} {y}"
    return f"T.{g.choice(BINARY_FUNCTIONS)}({x}, {y})"


@operation(3)
def algebra(g: Generator) -> str | None:
    """Return what the rules of algebra apply to."""
    x = g.pick("biuf")
    if x is None:
        return None
    y = g.partner(x, "biuf")
    forms = (
        "{x} - {x}", "{x} * {y} / {y}", "{x} + {y} - {y}", "({x} + {y}) - {x}", "{x} * {y} / {x}",
        "{x} * 0", "{x} * 1", "{x} + 0", "0 - {x}", "{x} ** 2", "{x} ** 1", "{x} ** 0", "{x} ** -1",
        "{x} ** 0.5", "1 / {x}", "-(-{x})", "-{x} * -{y}", "{x} * -1", "2 * {x} + 3 * {x}",
        "T.exp(T.log({x}))", "T.log(T.exp({x}))", "T.log(1 + T.exp({x}))", "T.log(1 + {x})",
        "T.log(T.sum(T.exp({x})))", "1 / (1 + T.exp(-{x}))", "T.log(T.nnet.sigmoid({x}))",
        "T.log(1 - T.nnet.sigmoid({x}))", "1 - T.nnet.sigmoid({x})", "T.sqrt(T.sqr({x}))",
        "T.exp({x}) - 1", "T.exp({x}) * T.exp({y})", "T.sum({x} * 3)", "T.sum(-{x})",
        "T.sum({x} / 3)", "T.sum({x} * {y})", "T.prod({x} * 2)", "T.sum(T.sum({x}))",
        "T.sum({x} + {y})", "T.max(-{x})", "abs({x} * {y})", "abs(abs({x}))", "T.minimum({x}, {x})",
        "T.eq({x}, {x})", "T.ge({x}, {x})", "{x} % {x}", "{x} // 1", "{x} / 1", "{x} // {x}",
        "T.switch(T.gt({x}, 0), {x}, 0)", "T.switch(1, {x}, {y})", "T.switch(0, {x}, {y})",
        "T.true_div({x}, 4)", "({x} * 2) * 3", "({x} / 2) / 4", "{x} / {y} / {x}", "{x} + {x}",
        "{x} * {x} * {x}", "({x} + 1) ** 2", "T.mean({x})", "T.erf({x}) - 1", "1 - T.erf({x})",
        "T.log(T.nnet.softmax({x}))", "T.dot({x}, {x}.T)", "T.sum(T.exp({x}), axis=0)",
        "T.log(T.sum(T.exp({x}), axis=-1, keepdims=True))", "T.maximum({x}, 0)", "{x}.T.T",
        "T.sum({x}.T, axis=0)", "T.fill({x}, 2) * {x}", "T.zeros_like({x}) + {x}",
        "T.cast({x}, 'float64') + {y}", "{x}[::-1][::-1]", "{x}[1:][:2]", "{x}[1:][0]",
    )  # fmt: skip
    return g.choice(forms).format(x=x, y=y)


@operation(3)
def several(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    parts = [x.name] + [g.partner(x, "biuf" if x.kind != "c" else "biufc") for _ in range(2)]
    return f"T.{g.choice(('add', 'mul'))}({', '.join(parts)})"


@operation(4)
def cast(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    dtype = g.choice(DTYPES)
    if x.kind == "c" and dtype not in COMPLEX:
        return None
    return f"T.cast({x}, '{dtype}')" if g.chance(0.6) else f"{x}.astype('{dtype}')"


@operation(2)
def bits(g: Generator) -> str | None:
    x = g.pick("biu")
    if x is None:
        return None
    return f"{x} {g.choice('&|^')} {g.partner(x, 'biu')}"


@operation(3)
def chosen(g: Generator) -> str | None:
    """Return a ``switch``."""
    x = g.pick("biuf")
    if x is None:
        return None
    y, z = g.partner(x, "biuf"), g.partner(x, "biuf")
    condition = g.choice((f"{x} > 0", f"T.lt({x}, {y})", f"T.eq({x}, {y})", z))
    return f"T.{g.choice(('switch', 'where'))}({condition}, {x}, {y})"


@operation(2)
def clip(g: Generator) -> str | None:
    x = g.pick("biuf")
    if x is None:
        return None
    if g.chance(0.6):
        return f"T.clip({x}, {g.choice((-1, 0, -0.5))}, {g.choice((1, 2, 0.5))})"
    return f"T.clip({x}, {g.partner(x, x.kind)}, {g.partner(x, x.kind)})"


@operation(2)
def rare(g: Generator) -> str | None:
    x = g.pick("f")
    if x is None:
        return None
    y = g.partner(x, "f")
    forms = (
        "T.arctan2({x}, {y})", "T.isclose({x}, {y})", "T.complex({x}, {y})",
        "T.xor(T.gt({x}, 0), T.gt({y}, 0))",
        "T.nnet.binary_crossentropy(T.nnet.sigmoid({x}), T.nnet.sigmoid({y}))",
        "T.complex_from_polar(abs({x}), {y})", "T.gammainc(abs({x}) + 0.5, abs({y}))",
        "T.chi2sf(abs({x}), 2)", "T.erfcinv(T.nnet.sigmoid({x}) + 0.5)", "T.allclose({x}, {y})",
        "T.nnet.elu({x})", "T.nnet.selu({x})", "T.nnet.relu({x}, 0.1)",
    )  # fmt: skip
    return g.choice(forms).format(x=x, y=y)


@operation(9)
def reduction(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    if x.kind == "c":
        name = g.choice(("sum", "prod", "mean"))
    else:
        name = g.choice(REDUCTIONS)
    options = ""
    if x.ndim and g.chance(0.75):
        if g.chance(0.3) and x.ndim > 1 and name not in ("ptp",):
            axes = g.random.sample(range(x.ndim), g.number(1, x.ndim))
            axis = str(tuple(axes)) if g.chance(0.6) else str(list(axes))
        else:
            axis = str(g.axis(x))
        options = f", axis={axis}"
    if name != "ptp" and g.chance(0.2):
        options += ", keepdims=True"
    if name in ("sum", "prod", "mean") and x.kind != "c" and g.chance(0.1):
        options += f", dtype='{g.choice(FLOATS if name == 'mean' else FLOATS + INTEGERS)}'"
    if name in ("sum", "prod") and x.kind == "f" and "dtype" not in options and g.chance(0.1):
        options += f", acc_dtype='{g.choice(FLOATS)}'"
    if g.chance(0.3):
        return f"{x}.{name}({options[2:]})"
    return f"T.{name}({x}{options})"


@operation(1)
def max_and_argmax(g: Generator) -> str | None:
    x = g.pick("biuf", (1, 2, 3, 4))
    return x and f"T.max_and_argmax({x}, axis={g.axis(x)})"


@operation(1)
def norm(g: Generator) -> str | None:
    x = g.pick("f", (1, 2, 3))
    if x is None:
        return None
    length = g.choice((1, 2, 3, "inf", "-inf", 0))
    return f"{x}.norm({length}, axis={g.axis(x)}{', keepdims=True' if g.chance(0.3) else ''})"


@operation(3)
def sorting(g: Generator) -> str | None:
    x = g.pick("biuf", (1, 2, 3, 4))
    if x is None:
        return None
    axis = g.axis(x)
    if g.chance(0.7):
        kind = ", kind='mergesort'" if g.chance(0.3) else ""
        return f"T.{g.choice(('sort', 'argsort'))}({x}, axis={axis}{kind})"
    length = x.shape[axis]
    if not length:
        return None
    k = g.number(1, length) * g.choice((1, 1, -1))
    return f"T.topk({x}, {k}, axis={axis})"


@operation(3)
def cumulation(g: Generator) -> str | None:
    x = g.pick()
    if x is None:
        return None
    name = g.choice(("cumsum", "cumsum", "cumprod"))
    if x.ndim and g.chance(0.8):
        return f"T.{name}({x}, axis={g.axis(x)})"
    return f"T.{name}({x})"


@operation(1)
def diff(g: Generator) -> str | None:
    x = g.pick("if", (1, 2, 3))
    return x and f"T.extra_ops.diff({x}, n={g.choice((1, 1, 2))}, axis={g.axis(x)})"


@operation(3)
def rowwise(g: Generator) -> str | None:
    x = g.pick("f", (1, 2))
    if x is None:
        return None
    name = g.choice(ROWWISE)
    if name.endswith("with_bias"):
        bias = g.pick("f", 1, lambda b: x.ndim == 2 and b.shape[0] == x.shape[1], new=False)
        return bias and f"T.nnet.softmax_with_bias({x}, {bias})"
    return f"T.{name}({x})"


@operation(1)
def crossentropy(g: Generator) -> str | None:
    x = g.pick("f", 2)
    if x is None or 0 in x.shape:
        return None
    found = [
        v
        for v in g.items
        if v.kind in "iu"
        and v.shape == x.shape[:1]
        and (v.value >= 0).all()
        and (v.value < x.shape[1]).all()
    ]
    if found and g.chance(0.6):
        y = g.choice(found).name
    else:
        labels = [g.number(0, x.shape[1] - 1) for _ in range(x.shape[0])]
        y = g.input_of(np.array(labels, g.choice(("int32", "int64", "uint8")))).name
    forms = (
        "T.nnet.categorical_crossentropy(T.nnet.softmax({x}), {y})",
        "-T.mean(T.log(T.nnet.softmax({x}))[T.arange({y}.shape[0]), {y}])",
        "T.nnet.crossentropy_softmax_1hot({x}, {y})[0]",
        "T.extra_ops.to_one_hot({y}, {n})",
    )
    return g.choice(forms).format(x=x, y=y, n=x.shape[1])


@operation(5)
def gradient(g: Generator) -> str | None:
    """Return the gradient of a sum with respect to inputs, or to what was computed on the way."""
    cost = g.pick("f", where=lambda v: v.name[0] in "vw", new=False)
    leaves = [v for v in g.items if v.kind == "f" and v.name[0] in "xs"]
    if cost is None or not leaves:
        return None
    wrt = g.random.sample(leaves, g.number(1, min(3, len(leaves))))
    if g.chance(0.15):
        wrt = [g.pick("f", where=lambda v: v is not cost, new=False) or wrt[0]]
    form = g.choice(("T.sum({x})", "T.sum({x})", "T.sum({x} ** 2)", "T.mean(T.sin({x}))"))
    listed = ", ".join(dict.fromkeys(map(str, wrt)))
    return f"T.grad({form.format(x=cost)}, [{listed}], disconnected_inputs='ignore')"
