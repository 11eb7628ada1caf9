"""The server's paths as methods: for whoever wants more than `optimize` and `work`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union
from urllib.parse import quote

from . import _goals, _team
from . import space as _space
from ._errors import InvalidRequest
from ._http import Transport
from ._schedule import Schedule
from ._study import Study, StudyTrial

PAGE = 1000


@dataclass(frozen=True)
class Asked:
    """A trial on a lease."""

    trial: int
    params: Mapping[str, _space.Value]
    lease: str
    lease_s: float


@dataclass(frozen=True)
class Course:
    """Whether a trial goes on, and its state where it does not."""

    goes_on: bool
    state: Optional[str] = None


class Client:
    """A server of studies at `url`.

    `timeout` is how long one answer is waited for, and `patience` how long a request is repeated that was lost or that
    the server could not take just then; both in seconds.
    """

    def __init__(self, url: str, *, token: Optional[str] = None, timeout: float = 15.0, patience: float = 60.0) -> None:
        self._transport = Transport(url, token, timeout, patience)

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._transport.url

    def open(
        self,
        name: str,
        space: Mapping[str, _space.Parameter],
        *,
        constraints: Sequence[str] = (),
        direction: Optional[str] = None,
        directions: Optional[_goals.Directions] = None,
        trials: Optional[int] = None,
        budget: Optional[int] = None,
        seed: int = 0,
        slots: int = 1,
        sampler: _team.Samplers = "tpe",
        schedule: Optional[Schedule] = None,
        enqueue: Sequence[Mapping[str, _space.Value]] = (),
        time_limit: Optional[int] = None,
        max_failures: Optional[int] = None,
    ) -> None:
        """Begins a study, or goes on with the one of that name, which must be described alike.

        `direction` is `minimize` unless said otherwise; several objectives have `directions`. The configurations in
        `enqueue` are tried first, if the study begins with this. Without `trials` and `budget` it has 100 trials.
        """
        body: Dict[str, Any] = {
            "name": name,
            "space": _space.to_json(space, constraints),
            "seed": seed,
            "slots": slots,
            **_goals.to_json(direction, directions),
            **_team.to_json(sampler),
        }
        optional = {"trials": trials, "budget": budget, "time_limit_s": time_limit, "max_failures": max_failures}
        body.update({field: value for field, value in optional.items() if value is not None})
        if schedule is not None:
            body["schedule"] = schedule.to_json()
        if enqueue:
            body["enqueue"] = [_space.encode(space, params) for params in enqueue]
        self._transport.post("/v1/studies", body)

    def names(self) -> List[str]:
        """The names of all studies."""
        return [str(name) for name in self._transport.get("/v1/studies")["studies"]]

    def study(self, name: str, space: Optional[Mapping[str, _space.Parameter]] = None) -> Study:
        """A study as it stands, with all its trials.

        While workers are at work the pages of a large study are of slightly different moments.
        """
        trials: List[StudyTrial] = []
        following: Optional[int] = 0
        while following is not None:
            body = self._transport.get(f"{_path(name)}?offset={following}&limit={PAGE}")
            trials.extend(StudyTrial._read(trial, space) for trial in body["trials"])
            following = body.get("next")
        best = body["best"]
        return Study(
            name=body["name"],
            finished=body["status"] == "finished",
            directions=(str(body["direction"]), *(str(goal["direction"]) for goal in body.get("goals", ()))),
            counts=dict(body["counts"]),
            best_trial=None if best is None else StudyTrial._read(best, space),
            trials=tuple(trials),
        )

    def ask(
        self,
        name: str,
        worker: str,
        *,
        lease: float = 60.0,
        wait: float = 20.0,
        patience: Optional[float] = None,
    ) -> Union[Asked, None, bool]:
        """Asks for a trial: the trial, None where there is none in `wait` seconds, False once the study is finished.

        One that asks again while it has a trial gets the same one, so each worker needs a name of its own.
        """
        body = {"worker": worker, "lease_s": lease, "wait_s": wait}
        said = self._transport.post(f"{_path(name)}/ask", body, wait=wait, patience=patience)
        if said is None:
            return None
        if said["status"] == "finished":
            return False
        return Asked(int(said["trial"]), said["params"], str(said["lease"]), float(said["lease_s"]))

    def renew(self, name: str, lease: str, *, patience: Optional[float] = None) -> Course:
        """Says that the worker still works on its trial."""
        return _course(self._transport.post(f"{_path(name)}/renew", {"lease": lease}, patience=patience))

    def report(self, name: str, lease: str, step: int, value: float) -> Course:
        """Reports the value after `step` steps, counted from 1."""
        body = {"lease": lease, "step": step, "value": value}
        return _course(self._transport.post(f"{_path(name)}/report", body))

    def tell(
        self,
        name: str,
        lease: str,
        *,
        value: Optional[float] = None,
        values: Optional[Sequence[float]] = None,
        failed: Optional[str] = None,
    ) -> str:
        """Tells how a trial ended: its value, or its values in several objectives, or why it failed.

        Answers `now`, `before` or `not_needed`.
        """
        said = {"value": value, "values": None if values is None else list(values), "failed": failed}
        body: Dict[str, Any] = {field: told for field, told in said.items() if told is not None}
        if len(body) != 1:
            raise InvalidRequest("a trial has either a value, or values, or a failure", "tell one of them")
        body["lease"] = lease
        return str(self._transport.post(f"{_path(name)}/tell", body)["recorded"])

    def release(self, name: str, lease: str, *, patience: Optional[float] = None) -> bool:
        """Gives a trial back unmeasured: it is free at once for the next worker. Answers whether this one had it."""
        body = {"lease": lease}
        return bool(self._transport.post(f"{_path(name)}/release", body, patience=patience)["released"])

    def enqueue(
        self,
        name: str,
        params: Mapping[str, _space.Value],
        space: Optional[Mapping[str, _space.Parameter]] = None,
    ) -> bool:
        """Has a configuration tried next. Answers whether it was added: one that was tried, or waits to be, is not.

        `space` is needed only where choices are not strings.
        """
        body = {"params": _space.encode(space, params)}
        return str(self._transport.post(f"{_path(name)}/enqueue", body)["recorded"]) == "now"

    def close(self) -> None:
        """Closes this thread's connection."""
        self._transport.close()


def _path(name: str) -> str:
    return f"/v1/studies/{quote(name, safe='')}"


def _course(said: Mapping[str, Any]) -> Course:
    return Course(said["verdict"] == "continue", said.get("state"))
