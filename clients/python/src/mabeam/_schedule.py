"""Which trials are stopped before their end, from what they report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Sequence


@dataclass(frozen=True)
class Schedule:
    """A rule by which trials are stopped. Made by `asha`, `hyperband` and `median`."""

    kind: str
    settings: Dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> Dict[str, Any]:
        """The rule as the server reads it."""
        return {"kind": self.kind, **self.settings}


def _rule(kind: str, **settings: Any) -> Schedule:
    return Schedule(kind, {name: value for name, value in settings.items() if value is not None})


def asha(rungs: Optional[Sequence[int]] = None, *, eta: Optional[int] = None) -> Schedule:
    """At each of the steps `rungs` only the best `1 / eta` go on. By default 1, 3, 9, 27 and 3.

    Source: Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020.
    """
    return _rule("asha", rungs=None if rungs is None else list(rungs), eta=eta)


def halving(rungs: Optional[Sequence[int]] = None, *, eta: Optional[int] = None) -> Schedule:
    """The same as `asha`, by the name of what it does."""
    return asha(rungs, eta=eta)


def hyperband(
    rungs: Optional[Sequence[int]] = None, *, eta: Optional[int] = None, brackets: Optional[int] = None
) -> Schedule:
    """Several halvings side by side, each with its own first rung."""
    return _rule("hyperband", rungs=None if rungs is None else list(rungs), eta=eta, brackets=brackets)


def median(
    rungs: Optional[Sequence[int]] = None, *, grace: Optional[int] = None, least_completed: Optional[int] = None
) -> Schedule:
    """A trial that is worse than the median of the completed ones at one of the steps `rungs` is stopped."""
    settings = {"rungs": None if rungs is None else list(rungs), "grace": grace, "least_completed": least_completed}
    return _rule("median", **settings)
