"""`optimize`, which does everything, and `work`, which joins a study from anywhere."""

from __future__ import annotations

import threading
import uuid
from typing import Mapping, Optional, Sequence, Union

from . import _goals, _team
from . import space as _space
from ._client import Client
from ._errors import AllTrialsFailed, InvalidRequest
from ._schedule import Schedule
from ._server import serve
from ._study import Study
from ._worker import Catch, Job, Objective, Worker, in_threads


def optimize(
    objective: Objective,
    space: Mapping[str, _space.Parameter],
    *,
    trials: int = 100,
    direction: Optional[str] = None,
    directions: Optional[_goals.Directions] = None,
    name: Optional[str] = None,
    url: Optional[str] = None,
    token: Optional[str] = None,
    workers: int = 1,
    slots: Optional[int] = None,
    seed: int = 0,
    sampler: _team.Samplers = "tpe",
    schedule: Optional[Schedule] = None,
    constraints: Sequence[str] = (),
    enqueue: Sequence[Mapping[str, _space.Value]] = (),
    time_limit: Optional[int] = None,
    timeout: Optional[float] = None,
    catch: Union[bool, Catch] = True,
    lease: float = 60.0,
    data: Optional[str] = None,
) -> Study:
    """Runs a study to its end and answers it.

    `url` is a server that runs already; without it one is started on this machine and ended with the study, which then
    lies in the folder `data`, or in memory only. A study of the same `name` and description is resumed.

    `workers` threads measure trials at once; `slots`, as many as workers by default, is how many trials the study has
    open, and is part of what makes two runs the same. More workers can join by `work` from other processes.

    `direction` is `minimize` unless said otherwise. With `directions`, a list or a dictionary by name, the objective
    returns as many values, and `Study.best_trials` has those that no other trial beats.

    An exception that the objective raises, and a value that is no finite number, is a failure of its trial; the study
    goes on. With `catch`, a tuple of types, only those are, and with False none: any other exception ends this call,
    once its trial is told to have failed. `AllTrialsFailed` is raised where no trial at all gave a value.

    `time_limit` seconds end the study, whoever works on it; after `timeout` seconds this call begins no more trials, and
    answers the study as it stands. Ctrl-C gives the trials that are out back, so that others get them at once.
    """
    if workers < 1:
        raise InvalidRequest(f"{workers} workers", "give one or more")
    # Before a server is started for nothing.
    _goals.to_json(direction, directions)
    _space.to_json(space, constraints)
    if url is None:
        with serve(data=data) as server:
            return optimize(
                objective,
                space,
                trials=trials,
                direction=direction,
                directions=directions,
                name=name,
                url=server.url,
                workers=workers,
                slots=slots,
                seed=seed,
                sampler=sampler,
                schedule=schedule,
                constraints=constraints,
                enqueue=enqueue,
                time_limit=time_limit,
                timeout=timeout,
                catch=catch,
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
            directions=directions,
            trials=trials,
            seed=seed,
            slots=slots or workers,
            sampler=sampler,
            schedule=schedule,
            enqueue=enqueue,
            time_limit=time_limit,
        )
        in_threads(Job(objective, client, study, space, lease, _caught(catch), timeout), workers)
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
    timeout: Optional[float] = None,
    catch: Union[bool, Catch] = True,
) -> int:
    """Measures trials of a study until it is finished; answers how many it told of.

    `space` is needed only where choices are not strings. `worker` is this worker's name: by default one of its own; a
    worker that is started again under its old name gets its old trial back at once. `timeout` and `catch` are as in
    `optimize`, and Ctrl-C gives the trial back here too.
    """
    client = Client(url, token=token)
    try:
        job = Job(objective, client, study, space, lease, _caught(catch), timeout)
        return Worker(job, worker).run(threading.Event())
    finally:
        client.close()


def _caught(catch: Union[bool, Catch]) -> Catch:
    if isinstance(catch, bool):
        return (Exception,) if catch else ()
    return tuple(catch)
