"""Graphs as text and as pictures, and values while a function runs."""

from theano.printing.breakpoints import PdbBreakpoint
from theano.printing.describing import (
    hex_digest,
    min_informative_str,
    position_independent_str,
    var_descriptor,
)
from theano.printing.expressions import (
    DefaultPrinter,
    FunctionPrinter,
    IgnorePrinter,
    LeafPrinter,
    OperatorPrinter,
    PatternPrinter,
    PPrinter,
    PrinterState,
    default_printer,
    greek,
    leaf_printer,
    special,
)
from theano.printing.formulas import pp, pprint
from theano.printing.naming import TagGenerator as _TagGenerator
from theano.printing.picture import (
    default_colorCodes,
    pydot_imported,
    pydot_imported_msg,
    pydotprint,
)
from theano.printing.print_op import Print
from theano.printing.profile_page import profile_html
from theano.printing.tree import debugprint

__all__ = [
    "DefaultPrinter",
    "FunctionPrinter",
    "IgnorePrinter",
    "LeafPrinter",
    "OperatorPrinter",
    "PPrinter",
    "PatternPrinter",
    "PdbBreakpoint",
    "Print",
    "PrinterState",
    "debugprint",
    "default_colorCodes",
    "default_printer",
    "greek",
    "hex_digest",
    "leaf_printer",
    "min_informative_str",
    "position_independent_str",
    "pp",
    "pprint",
    "profile_html",
    "pydot_imported",
    "pydot_imported_msg",
    "pydotprint",
    "special",
    "var_descriptor",
]
