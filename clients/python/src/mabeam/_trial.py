"""A trial in a worker's hands, and the thread that keeps its lease."""

from __future__ import annotations

import math
import threading
from typing import Any, Dict, Iterator, Mapping, Optional

from . import space as _space
from ._client import Asked, Client
from ._errors import InvalidRequest, LeaseLost, MabeamError


class Trial(Mapping[str, Any]):
    """What an objective gets: the parameters, as `trial["lr"]` or `trial.params`, and a way to report.

    It is a mapping from the names of the parameters to their values; a parameter whose condition does not hold is not
    in it.
    """

    def __init__(
        self, client: Client, study: str, asked: Asked, space: Optional[Mapping[str, _space.Parameter]] = None
    ) -> None:
        self._client, self._study, self._lease = client, study, asked.lease
        self._params: Dict[str, _space.Value] = _space.decode(space, asked.params)
        self._number = asked.trial
        self._reported = 0
        self._last: Optional[float] = None
        self._stopped = threading.Event()
        self._lost = False

    @property
    def number(self) -> int:
        """The number of the trial in its study, from 0."""
        return self._number

    @property
    def params(self) -> Dict[str, _space.Value]:
        """The parameters, in a dictionary of the caller's own."""
        return dict(self._params)

    def __getitem__(self, name: str) -> Any:
        try:
            return self._params[name]
        except KeyError:
            known = ", ".join(self._params)
            raise KeyError(f"parameter {name!r} is not among those of trial {self._number}: {known}") from None

    def as_float(self, name: str) -> float:
        """A parameter that is a number, for whoever checks types."""
        found = self[name]
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise InvalidRequest(f"parameter {name!r} is {found!r}, which is no number", "see what the space says")
        return float(found)

    def as_int(self, name: str) -> int:
        """A parameter that is a whole number, for whoever checks types."""
        found = self[name]
        if isinstance(found, bool) or not isinstance(found, int):
            raise InvalidRequest(f"parameter {name!r} is {found!r}, which is no integer", "see what the space says")
        return found

    def as_str(self, name: str) -> str:
        """A parameter that is a choice of strings, for whoever checks types."""
        found = self[name]
        if not isinstance(found, str):
            raise InvalidRequest(f"parameter {name!r} is {found!r}, which is no string", "see what the space says")
        return found

    def as_bool(self, name: str) -> bool:
        """A parameter that is true or false, for whoever checks types."""
        found = self[name]
        if not isinstance(found, bool):
            raise InvalidRequest(f"parameter {name!r} is {found!r}, which is no boolean", "see what the space says")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def __len__(self) -> int:
        return len(self._params)

    def report(self, value: float, step: int) -> None:
        """Reports the value after `step` steps, counted from 1 and rising."""
        if not math.isfinite(value):
            raise InvalidRequest(f"the value at step {step} is {value}", "return or raise to end the trial")
        if int(step) != step or step < 1:
            raise InvalidRequest(f"{step} is no number of steps", "count steps from 1")
        self._last, self._reported = float(value), int(step)
        if self._stopped.is_set():
            return
        try:
            if not self._client.report(self._study, self._lease, int(step), float(value)).goes_on:
                self._stopped.set()
        except LeaseLost:
            self._lose()

    def should_stop(self) -> bool:
        """Whether the study needs nothing more of this trial: raise `mabeam.Pruned`, or return."""
        return self._stopped.is_set()

    def _lose(self) -> None:
        self._lost = True
        self._stopped.set()

    def _renew(self, patience: float) -> None:
        try:
            if not self._client.renew(self._study, self._lease, patience=patience).goes_on:
                self._stopped.set()
        except LeaseLost:
            self._lose()


class Keeper:
    """Renews the lease of the trial that a worker has, from a thread of its own, three times in its length."""

    def __init__(self, lease_s: float) -> None:
        self._period = lease_s / 3.0
        self._changed = threading.Condition()
        self._trial: Optional[Trial] = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="mabeam-lease", daemon=True)
        self._thread.start()

    def hold(self, trial: Optional[Trial]) -> None:
        """From now on this trial's lease is kept, or none."""
        with self._changed:
            self._trial = trial
            self._changed.notify()

    def end(self) -> None:
        """Ends the thread."""
        with self._changed:
            self._trial, self._ended = None, True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        client: Optional[Client] = None
        while True:
            with self._changed:
                held = self._trial
                self._changed.wait_for(lambda: self._ended or self._trial is not held, timeout=self._period)
                if self._ended:
                    break
                if self._trial is not held or held is None:
                    continue
            if held.should_stop():
                continue
            client = held._client
            try:
                held._renew(self._period)
            except MabeamError:
                # The next turn tries again; whoever reports or tells hears of what lasts.
                continue
        if client is not None:
            client.close()
