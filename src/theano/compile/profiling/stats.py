"""``ProfileStats``: what was measured, of one function or of several."""

from __future__ import annotations

import atexit
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from theano.compile.profiling.report import report
from theano.graph import Apply
from theano.graph.interpreter import watching
from theano.graph.op import perform_node
from theano.options import config

PAGES: dict[str, list[ProfileStats]] = {}
"""What stands on the pages that were written when Python ended."""


class ProfileStats:
    """Collects times, and prints them: ``theano.function(…, profile=True)``, ``f.profile``.

    Parameters
    ----------
    atexit_print : bool
        Print the summary when Python ends, to ``config.profiling.destination``.
    flag_time_thunks : bool, optional
        Whether to note each node that runs on the host; by default
        ``config.profiling.time_thunks``.
    gpu_checks : bool
        Kept for programs that give it.
    message : str, optional
        A title.
    **kwargs
        Further attributes to set.

    Attributes
    ----------
    fct_callcount : int
        Calls.
    fct_call_time : float
        Seconds in calls, without compiling.
    vm_call_time : float
        Seconds in programs and nodes: that without checking arguments and copying results.
    compile_time : float
        Seconds of making functions and of compiling their programs.
    optimizer_time, linker_time : float
        Seconds of these: of rewriting; of tracing and XLA.
    apply_time, apply_callcount : dict
        For each node that ran on the host, seconds and times.
    apply_bytes : dict
        For each of these nodes, the bytes of the last results.
    """

    def __init__(
        self,
        atexit_print: bool = True,
        flag_time_thunks: bool | None = None,
        gpu_checks: bool = True,
        message: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.message = message
        self.flag_time_thunks = (
            config.profiling.time_thunks if flag_time_thunks is None else flag_time_thunks
        )
        self.fct_callcount = 0
        self.fct_call_time = self.vm_call_time = self.compile_time = 0.0
        self.optimizer_time = self.linker_time = 0.0
        self.apply_time: defaultdict[Apply, float] = defaultdict(float)
        self.apply_callcount: Counter[Apply] = Counter()
        self.apply_bytes: dict[Apply, int] = {}
        self.executors: dict[str, Any] = {}
        self.runs_by_node = False
        self._is_first = True
        vars(self).update(kwargs)
        if atexit_print:
            atexit.register(self.print_at_exit)

    @property
    def host_time(self) -> float:
        """Seconds in nodes that ran on the host."""
        return sum(self.apply_time.values())

    def class_time(self) -> dict[type, float]:
        """Return the seconds of nodes on the host, by the class of their op."""
        return self._by(lambda node: type(node.op))

    def op_time(self) -> dict[Any, float]:
        """Return the seconds of nodes on the host, by their op."""
        return self._by(lambda node: node.op)

    def _by(self, key: Any) -> dict[Any, float]:
        found: defaultdict[Any, float] = defaultdict(float)
        for node, seconds in self.apply_time.items():
            found[key(node)] += seconds
        return dict(sorted(found.items(), key=itemgetter(1), reverse=True))

    def run_node(self, node: Apply, inputs: list[Any]) -> Sequence[Any]:
        """Run a node on the host, and note how long it took."""
        started = time.perf_counter()
        # The nodes inside of a loop are part of it.
        with watching(None):
            results = perform_node(node, inputs)
        self.apply_time[node] += time.perf_counter() - started
        self.apply_callcount[node] += 1
        self.apply_bytes[node] = sum(getattr(x, "nbytes", 0) for x in results)
        return results

    def add_call(self, seconds: float, running: float, compiling: float) -> None:
        """Note a call.

        Parameters
        ----------
        seconds : float
            Of the whole call.
        running : float
            Of that, in programs and nodes, compiling included.
        compiling : float
            Of that, compiling.
        """
        self.compile_time += compiling
        self.linker_time += compiling
        if self._is_first and config.profiling.ignore_first_call:
            self._is_first = False
            self.apply_time.clear()
            self.apply_callcount.clear()
            return
        self._is_first = False
        self.fct_callcount += 1
        self.fct_call_time += seconds - compiling
        self.vm_call_time += running - compiling

    def summary(
        self, file: TextIO | None = None, n_ops_to_print: int | None = None, **kwargs: Any
    ) -> None:
        """Print all of it.

        Parameters
        ----------
        file : text file, optional
            By default standard error.
        n_ops_to_print : int, optional
            By default ``config.profiling.n_ops``.
        n_apply_to_print : int, optional
            By default ``config.profiling.n_apply``.
        """
        n_ops = config.profiling.n_ops if n_ops_to_print is None else n_ops_to_print
        n_apply = kwargs.get("n_apply_to_print") or config.profiling.n_apply
        width = config.profiling.output_line_width
        lines = report(self, n_ops, n_apply)
        print("\n".join(line[:width] for line in lines), file=file or sys.stderr)

    def print_at_exit(self) -> None:
        """Print the summary to where ``config.profiling.destination`` says, if there were calls."""
        if not self.fct_callcount:
            return
        destination = config.profiling.destination
        if destination.endswith(".html"):
            # That package looks at functions, which know this class.
            from theano.printing.profile_page import profile_html  # noqa: PLC0415

            # The page is written anew, with all that has ended.
            done = PAGES.setdefault(destination, [])
            done.append(self)
            profile_html(done, destination)
            return
        if destination in ("stderr", "stdout"):
            self.summary(getattr(sys, destination))
            return
        with Path(destination).open("a", encoding="utf-8") as file:
            self.summary(file)

    def __reduce__(self) -> Any:
        # What was measured belongs to this process.
        return ProfileStats, (False, self.flag_time_thunks, True, self.message)
