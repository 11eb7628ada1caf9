"""What can go wrong, as types; each error says what to do."""

from __future__ import annotations

from typing import Any, Mapping, Optional


class MabeamError(Exception):
    """What failed, and what to do about it.

    `code` and `name` are the server's, and None for what failed on this side.
    """

    def __init__(
        self, message: str, advice: str = "", *, code: Optional[int] = None, name: Optional[str] = None
    ) -> None:
        super().__init__(f"{message} ({advice})" if advice else message)
        self.message = message
        self.advice = advice
        self.code = code
        self.name = name


class InvalidRequest(MabeamError):
    """The request, the space or a setting is not possible."""


class NotFound(MabeamError):
    """There is no such study or trial."""


class StudyMismatch(MabeamError):
    """A study of that name exists with another description, or its trial was answered otherwise."""


class LeaseLost(MabeamError):
    """Another worker has the trial: drop the result and ask for another one."""


class Refused(MabeamError):
    """The server does not let this client in."""


class ServerError(MabeamError):
    """The server is broken."""


class Unavailable(MabeamError):
    """The server cannot be reached, or is not ready, and stayed so for as long as the client was patient."""


class ServerNotStarted(MabeamError):
    """No server could be started on this machine."""


class AllTrialsFailed(MabeamError):
    """Not one trial of the study gave a value."""


class Pruned(Exception):
    """Raised by an objective to give its trial up, usually after `trial.should_stop()`."""


def from_answer(status: int, body: Any) -> MabeamError:
    """The error that an answer of the server tells of."""
    said: Mapping[str, Any] = body if isinstance(body, dict) else {}
    name = said.get("name")
    kind = {
        400: InvalidRequest,
        401: Refused,
        403: Refused,
        404: NotFound,
        405: InvalidRequest,
        409: StudyMismatch,
        410: LeaseLost,
        413: InvalidRequest,
        415: InvalidRequest,
        503: Unavailable,
    }.get(status, ServerError)
    message = said.get("message") or f"the server answered with status {status}"
    return kind(str(message), str(said.get("advice") or ""), code=said.get("code"), name=name)
