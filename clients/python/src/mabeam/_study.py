"""Studies as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Tuple

from . import space as _space
from ._errors import NotFound


@dataclass(frozen=True)
class StudyTrial:
    """A trial as it stands."""

    number: int
    state: str
    """`running`, `paused`, `completed`, `stopped` or `failed`."""
    params: Mapping[str, _space.Value]
    value: Optional[float]
    """The latest value that the study has taken in."""
    values: Tuple[float, ...]
    """That in each objective, in their order; empty where there is none."""
    is_best: bool
    """Whether it is completed and no other trial beats it."""
    sampler: Optional[str]
    """Who of the team proposed it; none where it was enqueued."""
    steps: int
    rungs: Tuple[Tuple[int, float], ...]
    """Steps and values at which the study decided."""
    failure: Optional[str]

    @staticmethod
    def _read(body: Mapping[str, Any], space: Optional[Mapping[str, _space.Parameter]]) -> "StudyTrial":
        return StudyTrial(
            number=int(body["trial"]),
            state=str(body["state"]),
            params=_space.decode(space, body["params"]),
            value=body["value"],
            values=tuple(body.get("values") or (() if body["value"] is None else (body["value"],))),
            is_best=bool(body.get("is_front", False)),
            sampler=body.get("sampler"),
            steps=int(body["steps"]),
            rungs=tuple((int(step), float(value)) for step, value in body["rungs"]),
            failure=body.get("failure"),
        )


@dataclass(frozen=True)
class Study:
    """A study as it stands, with its trials."""

    name: str
    finished: bool
    directions: Tuple[str, ...]
    """The direction of each objective."""
    counts: Mapping[str, int]
    """How many trials are in each state."""
    best_trial: Optional[StudyTrial]
    """The best completed trial by the first objective."""
    trials: Tuple[StudyTrial, ...]

    @property
    def direction(self) -> str:
        """The direction of the first objective."""
        return self.directions[0]

    @property
    def best_trials(self) -> Tuple[StudyTrial, ...]:
        """The completed trials that no other one beats in every objective: with one objective, the best one alone."""
        return tuple(trial for trial in self.trials if trial.is_best)

    @property
    def best_value(self) -> float:
        """The best value of a completed trial."""
        value = self._best().value
        assert value is not None, "a completed trial has a value"
        return value

    @property
    def best_params(self) -> Dict[str, _space.Value]:
        """The parameters of the best completed trial."""
        return dict(self._best().params)

    def _best(self) -> StudyTrial:
        if self.best_trial is None:
            raise NotFound(f"no trial of study {self.name!r} is completed", "wait, or look at the failures")
        return self.best_trial
