"""What is aimed at: one direction, or several objectives."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from ._errors import InvalidRequest

Directions = Union[Sequence[str], Mapping[str, str]]
"""The direction of each of several objectives, in order, or by their names."""


def to_json(direction: Optional[str], directions: Optional[Directions]) -> Dict[str, Any]:
    """The fields of a description that say what is aimed at."""
    if directions is None:
        return {"direction": _checked(direction or "minimize")}
    if direction is not None:
        raise InvalidRequest("`direction` and `directions` are both given", "give one of the two")
    listed = _named(directions)
    return {"objective": [{"name": name, "direction": _checked(each)} for name, each in listed]}


def _named(directions: Directions) -> List[Tuple[str, str]]:
    if isinstance(directions, str):
        raise InvalidRequest(f"the directions are {directions!r}", "give a list of them, or one as `direction`")
    if isinstance(directions, Mapping):
        return list(directions.items())
    return [(f"objective_{number}", each) for number, each in enumerate(directions)]


def _checked(direction: str) -> str:
    if direction not in ("minimize", "maximize"):
        raise InvalidRequest(f"the direction is {direction!r}", "give 'minimize' or 'maximize'")
    return direction
