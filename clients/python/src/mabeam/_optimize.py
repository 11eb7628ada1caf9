"""`optimize`, which does everything, and `work`, which joins a study from anywhere."""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import traceback
import uuid
from typing import Callable, List, Mapping, Optional, Sequence

from . import space as _space
from ._client import Client
from ._errors import AllTrialsFailed, InvalidRequest, LeaseLost, Pruned, StudyMismatch
from ._schedule import Schedule
from ._server import serve
from ._study import Study
from ._trial import Keeper, Trial

log = logging.getLogger("mabeam")

Objective = Callable[[Trial], float]
"""Measures one trial: takes it and returns its value."""

WAIT_S = 20.0
"""How long a worker waits for a trial before it asks again."""


def optimize(
    objective: Objective,
    space: Mapping[str, _space.Parameter],
    *,
    trials: int = 100,
    direction: str = "minimize",
    name: Optional[str] = None,
    url: Optional[str] = None,
    token: Optional[str] = None,
    workers: int = 1,
    slots: Optional[int] = None,
    seed: int = 0,
    sampler: str = "tpe",
    schedule: Optional[Schedule] = None,
    constraints: Sequence[str] = (),
    time_limit: Optional[int] = None,
    lease: float = 60.0,
    data: Optional[str] = None,
) -> Study:
    """Runs a study to its end and answers it.

    `url` is a server that runs already; without it one is started on this machine and ended with the study, which then
    lies in the folder `data`, or in memory only. A study of the same `name` and description is resumed.

    `workers` threads measure trials at once; `slots`, as many as workers by default, is how many trials the study has
    open, and is part of what makes two runs the same. More workers can join by `work` from other processes.

    An exception that the objective raises, and a value that is no finite number, is a failure of its trial; the study
    goes on. `AllTrialsFailed` is raised where no trial at all gave a value.
    """
    if direction not in ("minimize", "maximize"):
        raise InvalidRequest(f"the direction is {direction!r}", "give 'minimize' or 'maximize'")
    if workers < 1:
        raise InvalidRequest(f"{workers} workers", "give one or more")
    if url is None:
        with serve(data=data) as server:
            return optimize(
                objective,
                space,
                trials=trials,
                direction=direction,
                name=name,
                url=server.url,
                workers=workers,
                slots=slots,
                seed=seed,
                sampler=sampler,
                schedule=schedule,
                constraints=constraints,
                time_limit=time_limit,
                lease=lease,
            )
    study = name or f"study-{uuid.uuid4().hex[:12]}"
    client = Client(url, token=token)
    try:
        client.open(
            study,
            space,
            constraints=constraints,
            direction=direction,
            trials=trials,
            seed=seed,
            slots=slots or workers,
            sampler=sampler,
            schedule=schedule,
            time_limit=time_limit,
        )
        _in_threads(objective, client, study, space, workers, lease)
        found = client.study(study, space)
    finally:
        client.close()
    if found.best_trial is None and found.counts.get("failed", 0) > 0:
        first = next(trial for trial in found.trials if trial.failure is not None)
        raise AllTrialsFailed(
            f"no trial of study {study!r} gave a value; trial {first.number} failed with: {first.failure}",
            "correct the objective",
        )
    return found


def work(
    objective: Objective,
    study: str,
    *,
    url: str,
    space: Optional[Mapping[str, _space.Parameter]] = None,
    token: Optional[str] = None,
    worker: Optional[str] = None,
    lease: float = 60.0,
) -> int:
    """Measures trials of a study until it is finished; answers how many it told of.

    `space` is needed only where choices are not strings. `worker` is this worker's name: by default one of its own; a
    worker that is started again under its old name gets its old trial back at once.
    """
    client = Client(url, token=token)
    try:
        return _Worker(objective, client, study, space, worker or _name(), lease).run(threading.Event())
    finally:
        client.close()


def _name() -> str:
    return f"{socket.gethostname()[:60]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def _in_threads(
    objective: Objective,
    client: Client,
    study: str,
    space: Mapping[str, _space.Parameter],
    workers: int,
    lease: float,
) -> None:
    stop = threading.Event()
    if workers == 1:
        _Worker(objective, client, study, space, _name(), lease).run(stop)
        return
    raised: List[BaseException] = []

    def run() -> None:
        try:
            _Worker(objective, client, study, space, _name(), lease).run(stop)
        except BaseException as error:  # Told by the thread that waits.
            raised.append(error)
            stop.set()
        finally:
            client.close()

    threads = [threading.Thread(target=run, name=f"mabeam-worker-{number}", daemon=True) for number in range(workers)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        stop.set()
        raise
    if raised:
        raise raised[0]


class _Worker:
    """Asks, measures and tells, one trial after the other."""

    def __init__(
        self,
        objective: Objective,
        client: Client,
        study: str,
        space: Optional[Mapping[str, _space.Parameter]],
        name: str,
        lease: float,
    ) -> None:
        self._objective, self._client, self._study, self._space = objective, client, study, space
        self._name, self._lease = name, lease

    def run(self, stop: threading.Event) -> int:
        told = 0
        keeper = Keeper(self._lease)
        try:
            while not stop.is_set():
                asked = self._client.ask(self._study, self._name, lease=self._lease, wait=WAIT_S)
                if asked is None:
                    continue
                if isinstance(asked, bool):
                    break
                trial = Trial(self._client, self._study, asked, self._space)
                keeper.hold(trial)
                try:
                    value, failed = self._measure(trial)
                    told += self._tell(trial, value, failed)
                finally:
                    keeper.hold(None)
        finally:
            keeper.end()
        return told

    def _measure(self, trial: Trial) -> "tuple[Optional[float], Optional[str]]":
        try:
            value = float(self._objective(trial))
        except Pruned:
            return None, f"pruned by its objective after step {trial._reported}"
        except Exception as error:
            log.warning("trial %d failed:\n%s", trial.number, traceback.format_exc())
            return None, f"{type(error).__name__}: {error}"
        if not math.isfinite(value):
            return None, f"the value is {value}, which is no finite number"
        return value, None

    def _tell(self, trial: Trial, value: Optional[float], failed: Optional[str]) -> int:
        if trial.should_stop():
            # The study has decided, or another worker has the trial: nobody waits for an answer.
            return 0
        try:
            return int(self._client.tell(self._study, trial._lease, value=value, failed=failed) == "now")
        except LeaseLost:
            log.warning("trial %d went to another worker, because this one was not heard of in time", trial.number)
        except StudyMismatch as conflict:
            log.warning("trial %d: %s", trial.number, conflict)
        return 0
