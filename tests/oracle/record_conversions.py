"""What Theano 1.0.5 makes of Python's values, as JSON.

    python tests/oracle/record_conversions.py > tests/data/conversions.json

``filter``: of each value, by dtype and ``allow_downcast`` (None, False, True), its text after
``TensorType.filter``, or the type of the exception. ``constants``: the dtype of each literal as a
constant, by ``cast_policy`` and ``floatX``; ``sums``: that of a vector plus a literal.
``preferences``: the types that a dtype rule of ``theano.scalar`` gives.
"""

from __future__ import annotations

import decimal
import fractions
import json
import warnings

import numpy as np

import theano
import theano.tensor as T
from theano import scalar

VALUES = (
    *("1", "1.5", "True", "1j", "1 + 0j", "float('nan')", "float('inf')", "1e300", "2**70", "300"),
    *("-1", "0.1", "16777217", "2**53 + 1", "'1'", "b'1'", "'a'", "None", "[1]"),
    *(
        "np.float32(1.5)",
        "np.float64(0.1)",
        "np.int64(300)",
        "np.int32(16777217)",
        "np.bool_(True)",
    ),
    *("np.complex64(1j)", "np.array(1.5)", "np.array(1.0)", "np.array(300)", "np.array(1 + 2j)"),
    *("np.array(float('nan'))", "np.array(1e300)", "np.array(True)", "np.array(2**63, 'uint64')"),
    *("np.array(5, 'int16')", "np.array(1.5, 'float16')", "np.array('1')", "np.array(1, object)"),
    *("decimal.Decimal('1.5')", "fractions.Fraction(1, 2)", "np.longdouble(1.5)"),
)
DTYPES = ("bool", "int8", "uint8", "int64", "float16", "float32", "float64", "complex64")
LITERALS = (
    *("1", "300", "70000", "2**40", "2**63", "1.5", "0.1", "1e300", "float('nan')", "float('inf')"),
    *("np.float64(0.1)", "np.float32(1)", "np.int64(1)", "np.int8(1)", "np.array(0.1)", "1j"),
    *("[0.1, 0.2]", "[1, 2]", "16777217"),
)
RULES = (
    *("same_out", "same_out_nocomplex", "same_out_float_only", "same_out_min8", "same_out_nobool"),
    *("upcast_out", "upcast_out_min8", "upcast_out_no_complex", "upcast_out_nobool", "int_out"),
    *("upgrade_to_float", "upgrade_to_float64", "upgrade_to_float_no_complex", "float_out"),
    *("int_out_nocomplex", "float_out_nocomplex", "real_out"),
)
OPERANDS = (
    *("bool", "int8", "uint16", "int64", "float16", "float32", "complex64", "int8 int8"),
    *("bool bool", "int8 float32", "int64 float32", "bool int8", "complex64 float64", "uint8 int8"),
)


def value_of(text):
    return eval(text, {"np": np, "decimal": decimal, "fractions": fractions})


def answer(ask, *args):
    try:
        return ask(*args)
    except (OverflowError, ValueError) as error:
        return type(error).__name__
    except Exception:
        # Some are accidents: attributes that an object lacks.
        return "TypeError"


def filtered(dtype, text, allow):
    return repr(T.TensorType(dtype, ()).filter(value_of(text), allow_downcast=allow).item())


def dtype_of_constant(text):
    return T.as_tensor_variable(value_of(text)).dtype


def dtype_by_rule(rule, operands):
    kinds = [scalar.get_scalar_type(dtype) for dtype in operands.split()]
    return getattr(scalar, rule)(*kinds)[0].dtype


def main():
    warnings.simplefilter("ignore")
    made = {"filter": {}, "constants": {}, "sums": {}, "preferences": {}}
    theano.config.floatX = "float32"
    for dtype in DTYPES:
        made["filter"][dtype] = {
            text: [answer(filtered, dtype, text, allow) for allow in (None, False, True)]
            for text in VALUES
        }
    for policy in ("custom", "numpy+floatX"):
        for floatX in ("float16", "float32", "float64"):
            theano.config.cast_policy, theano.config.floatX = policy, floatX
            key = f"{policy} {floatX}"
            made["constants"][key] = {text: answer(dtype_of_constant, text) for text in LITERALS}
            made["sums"][key] = {
                f"{dtype} + {text}": (T.vector(dtype=dtype) + value_of(text)).dtype
                for dtype in ("int8", "int32", "float32", "float64", "uint8")
                for text in ("1", "300", "1.5", "0.1", "2**40")
            }
    for rule in RULES:
        made["preferences"][rule] = {
            operands: answer(dtype_by_rule, rule, operands) for operands in OPERANDS
        }
    print(json.dumps(made, indent=0, sort_keys=True))


if __name__ == "__main__":
    main()
