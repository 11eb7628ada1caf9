"""Tunes the parameters of anything that can be measured, with a mabeam server.

>>> import mabeam
>>> from mabeam import space
>>> def objective(trial):
...     return (trial["x"] - 0.3) ** 2
>>> study = mabeam.optimize(objective, {"x": space.floating(0.0, 1.0)}, trials=50)  # doctest: +SKIP
>>> study.best_params, study.best_value  # doctest: +SKIP

`optimize` starts a server by itself where none is named; `work` joins a study of a server from any process on any
machine. A worker that vanishes loses its trial to another one.
"""

from . import space
from ._client import Asked, Client, Course
from ._errors import (
    AllTrialsFailed,
    InvalidRequest,
    LeaseLost,
    MabeamError,
    NotFound,
    Pruned,
    Refused,
    ServerError,
    ServerNotStarted,
    StudyMismatch,
    Unavailable,
)
from ._optimize import optimize, work
from ._schedule import Schedule, asha, halving, hyperband, median
from ._server import Server, serve
from ._study import Study, StudyTrial
from ._team import Member, Team, team
from ._trial import Trial

__all__ = [
    "AllTrialsFailed",
    "Asked",
    "Client",
    "Course",
    "InvalidRequest",
    "LeaseLost",
    "MabeamError",
    "Member",
    "NotFound",
    "Pruned",
    "Refused",
    "Schedule",
    "Server",
    "ServerError",
    "ServerNotStarted",
    "Study",
    "StudyMismatch",
    "StudyTrial",
    "Team",
    "Trial",
    "Unavailable",
    "asha",
    "halving",
    "hyperband",
    "median",
    "optimize",
    "serve",
    "space",
    "team",
    "work",
]

__version__ = "0.1.0"
