"""A worker: asks, measures and tells, one trial after the other, and leaves nothing behind when it is interrupted."""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import time
import traceback
import typing
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable, List, Mapping, Optional, Tuple, Type, Union

from . import space as _space
from ._client import Client
from ._errors import LeaseLost, MabeamError, Pruned, StudyMismatch
from ._trial import Keeper, Trial

log = logging.getLogger("mabeam")

Objective = Callable[[Trial], Union[float, typing.Sequence[float]]]
"""Measures one trial: takes it and returns its value, or its values in several objectives."""

Catch = Tuple[Type[BaseException], ...]
"""Which exceptions of an objective fail its trial and no more."""

WAIT_S = 20.0
"""How long a worker waits for a trial before it asks again."""
LEAVING_S = 2.0
"""How long a worker that was interrupted tries to give its trial back."""
LONGEST_REASON = 2000
"""How many characters of a failure are told."""


@dataclass(frozen=True)
class Job:
    """What a worker works on, and how."""

    objective: Objective
    client: Client
    study: str
    space: Optional[Mapping[str, _space.Parameter]]
    lease: float = 60.0
    catch: Catch = (Exception,)
    timeout: Optional[float] = None


def name_of_worker() -> str:
    """A name that no other worker has."""
    return f"{socket.gethostname()[:60]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


class Worker:
    """Asks, measures and tells until the study is finished, or it is told to stop, or its time is up."""

    def __init__(self, job: Job, name: Optional[str] = None) -> None:
        self._job, self._name = job, name or name_of_worker()
        self._keeper = Keeper(job.lease)
        self._trial: Optional[Trial] = None
        self._lock = threading.Lock()
        self._asks = False

    def run(self, stop: threading.Event) -> int:
        """Answers how many trials it told of."""
        timeout = self._job.timeout
        end = None if timeout is None else time.monotonic() + timeout
        told = 0
        try:
            while not stop.is_set():
                left = WAIT_S if end is None else min(WAIT_S, end - time.monotonic())
                if left <= 0.0:
                    break
                self._asks = True
                asked = self._job.client.ask(self._job.study, self._name, lease=self._job.lease, wait=left)
                if asked is None:
                    continue
                if isinstance(asked, bool):
                    break
                trial = Trial(self._job.client, self._job.study, asked, self._job.space)
                with self._lock:
                    self._trial, self._asks = trial, False
                if stop.is_set():
                    self.leave()
                    break
                self._keeper.hold(trial)
                told += self._work(trial)
                self._keeper.hold(None)
                with self._lock:
                    self._trial = None
        except BaseException:
            self.leave()
            raise
        finally:
            self._keeper.end()
        return told

    def leave(self) -> None:
        """Gives the trial back that this worker has, if it has one, so that nobody waits for the end of its lease.

        Whoever measures it meanwhile hears that it should stop, and is not listened to any more.
        """
        with self._lock:
            trial, self._trial = self._trial, None
        self._keeper.hold(None)
        try:
            if trial is not None:
                trial._lose()
                self._job.client.release(self._job.study, trial._lease, patience=LEAVING_S)
            elif self._asks and threading.current_thread() is threading.main_thread():
                self._leave_what_was_asked()
        except MabeamError as error:
            log.warning("a trial could not be given back: %s; it is free when its lease runs out", error)

    def _leave_what_was_asked(self) -> None:
        # The answer to a question that was broken off may have been a trial: asking again answers the same one.
        self._asks = False
        asked = self._job.client.ask(self._job.study, self._name, lease=1.0, wait=0.0, patience=LEAVING_S)
        if asked is not None and not isinstance(asked, bool):
            self._job.client.release(self._job.study, asked.lease, patience=LEAVING_S)

    def _work(self, trial: Trial) -> int:
        try:
            values, failed = self._measure(trial)
        except Exception as error:
            # Not one of those that only fail their trial: it is told, and then it is the caller's.
            self._tell(trial, None, _reason(error))
            with self._lock:
                self._trial = None
            raise
        return self._tell(trial, values, failed)

    def _measure(self, trial: Trial) -> "Tuple[Optional[List[float]], Optional[str]]":
        try:
            found = self._job.objective(trial)
            values = [float(value) for value in found] if isinstance(found, Sequence) else [float(found)]
        except Pruned:
            return None, f"pruned by its objective after step {trial._reported}"
        except Exception as error:
            if not isinstance(error, self._job.catch):
                raise
            log.warning("trial %d failed:\n%s", trial.number, traceback.format_exc())
            return None, _reason(error)
        wrong = [value for value in values if not math.isfinite(value)]
        if wrong:
            return None, f"the value is {wrong[0]}, which is no finite number"
        return values, None

    def _tell(self, trial: Trial, values: Optional[List[float]], failed: Optional[str]) -> int:
        if trial.should_stop():
            # The study has decided, or another worker has the trial: nobody waits for an answer.
            return 0
        client, study, lease = self._job.client, self._job.study, trial._lease
        try:
            if values is None:
                recorded = client.tell(study, lease, failed=failed)
            elif len(values) == 1:
                recorded = client.tell(study, lease, value=values[0])
            else:
                recorded = client.tell(study, lease, values=values)
            return int(recorded == "now")
        except LeaseLost:
            log.warning("trial %d went to another worker, because this one was not heard of in time", trial.number)
        except StudyMismatch as conflict:
            log.warning("trial %d: %s", trial.number, conflict)
        return 0


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:LONGEST_REASON]


def in_threads(job: Job, workers: int) -> None:
    """Lets so many workers measure at once, and returns when all are done."""
    stop = threading.Event()
    team = [Worker(job) for _ in range(workers)]
    if workers == 1:
        team[0].run(stop)
        return
    raised: List[BaseException] = []

    def run(worker: Worker) -> None:
        try:
            worker.run(stop)
        except BaseException as error:  # Told by the thread that waits.
            raised.append(error)
            stop.set()
        finally:
            job.client.close()

    threads = [
        threading.Thread(target=run, args=(worker,), name=f"mabeam-worker-{number}", daemon=True)
        for number, worker in enumerate(team)
    ]
    try:
        # The first may have a trial before the last one is started.
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException:
        # Objectives cannot be broken off; they are not waited for, and what they measure is not told.
        stop.set()
        for worker in team:
            worker.leave()
        raise
    if raised:
        raise raised[0]
