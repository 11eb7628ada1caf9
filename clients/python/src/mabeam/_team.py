"""Who proposes: one sampler, or a team of several that share the trials."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from ._errors import InvalidRequest


@dataclass(frozen=True)
class Member:
    """One sampler of a team, `random`, `sobol`, `tpe`, `gp`, `cma` or `local`, with settings and a name of its own."""

    sampler: str
    name: Optional[str] = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> Dict[str, Any]:
        """The member as the server reads it."""
        body: Dict[str, Any] = {"sampler": self.sampler}
        if self.name is not None:
            body["name"] = self.name
        if self.settings:
            body["settings"] = dict(self.settings)
        return body


@dataclass(frozen=True)
class Team:
    """Several samplers. Made by `team`."""

    members: Tuple[Member, ...]
    allocation: Optional[str] = None
    credit: Optional[int] = None

    def to_json(self) -> Dict[str, Any]:
        """The team as the server reads it."""
        body: Dict[str, Any] = {"member": [member.to_json() for member in self.members]}
        if self.allocation is not None:
            body["allocation"] = self.allocation
        if self.credit is not None:
            body["credit"] = self.credit
        return body


Samplers = Union[str, Member, Sequence[Union[str, Member]], Team]
"""One sampler, by its name or with settings; several; or a team with rules of its own."""


def team(*samplers: Union[str, Member], allocation: Optional[str] = None, credit: Optional[int] = None) -> Team:
    """Several samplers among which trials are shared.

    `allocation` is `second_price` (sold to the highest bid, the default), `bandit`, `round_robin` or `equal_split`;
    `credit` is what each begins with, in units, by default 1,000.
    """
    return Team(tuple(_member(sampler) for sampler in samplers), allocation, credit)


def to_json(samplers: Samplers) -> Dict[str, Any]:
    """The fields of a description that say who proposes."""
    if isinstance(samplers, str):
        return {"sampler": samplers}
    if isinstance(samplers, Team):
        return {"team": samplers.to_json()}
    if isinstance(samplers, Member):
        return {"team": team(samplers).to_json()}
    listed: List[Union[str, Member]] = list(samplers)
    return {"team": team(*listed).to_json()}


def _member(sampler: Union[str, Member]) -> Member:
    if isinstance(sampler, Member):
        return sampler
    if isinstance(sampler, str):
        return Member(sampler)
    raise InvalidRequest(f"a sampler is {sampler!r}", "name it, as in 'tpe', or use mabeam.Member")
