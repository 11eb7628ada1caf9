"""The search space: which parameters there are, within which bounds, and when.

A space is a dictionary from names to parameters:

>>> from mabeam import space
>>> parameters = {
...     "optimizer": space.choice("sgd", "adam"),
...     "lr": space.floating(1e-4, 1e-1, log=True),
...     "momentum": space.floating(0.0, 0.9, step=0.1).when("optimizer", "sgd"),
...     "layers": space.integer(1, 4),
...     "nesterov": space.boolean().when("optimizer", "sgd"),
... }

A parameter with a condition is in a trial's parameters only where its condition holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from ._errors import InvalidRequest

Value = Union[int, float, str, bool, None]
"""A value of a parameter."""

VERSION = 2
"""The version of the written form."""


@dataclass(frozen=True)
class Parameter:
    """What one parameter may be. Made by `floating`, `integer`, `choice` and `boolean`."""

    kind: str
    low: Optional[float] = None
    high: Optional[float] = None
    log: bool = False
    step: Optional[float] = None
    options: Tuple[Value, ...] = ()
    condition: Optional[Tuple[str, Tuple[Value, ...]]] = None

    def when(self, parameter: str, *values: Value) -> "Parameter":
        """The same parameter, there only when another one is there and has one of `values`."""
        if not values:
            raise InvalidRequest(f"a condition on {parameter!r} names no value", "name the values it holds for")
        return replace(self, condition=(parameter, values))

    def decode(self, value: Value) -> Value:
        """The value as the caller gave it, from what came over the wire."""
        if self.kind == "float" and isinstance(value, int):
            return float(value)
        if self.kind != "choice":
            return value
        return next((option for option in self.options if label(option) == value), value)


def floating(low: float, high: float, *, log: bool = False, step: Optional[float] = None) -> Parameter:
    """The numbers from `low` to `high`, both included; with `log`, equal ratios are equally far; with `step`, only
    `low`, `low + step` and so on."""
    return Parameter("float", low=float(low), high=float(high), log=log, step=step)


def integer(low: int, high: int, *, log: bool = False, step: Optional[int] = None) -> Parameter:
    """The whole numbers from `low` to `high`, both included."""
    for bound in (low, high) if step is None else (low, high, step):
        if int(bound) != bound:
            raise InvalidRequest(f"an integer parameter has the bound or step {bound!r}", "give whole numbers")
    return Parameter("int", low=int(low), high=int(high), log=log, step=step)


def choice(*options: Union[Value, Sequence[Value]]) -> Parameter:
    """One of the options, among which there is no order. They may be given one by one or as one list."""
    listed: List[Value] = []
    for option in options:
        if isinstance(option, (list, tuple)):
            if len(options) > 1:
                raise InvalidRequest(f"the option {option!r} is a list", "give options one by one, or one list of them")
            listed.extend(option)
        else:
            listed.append(option)  # type: ignore[arg-type]
    labels = [label(option) for option in listed]
    if len(set(labels)) != len(labels):
        raise InvalidRequest(f"two of the options {listed!r} read alike", "give each option once")
    return Parameter("choice", options=tuple(listed))


def boolean() -> Parameter:
    """True or false."""
    return Parameter("bool")


def label(option: Value) -> str:
    """An option as it goes over the wire."""
    return option if isinstance(option, str) else repr(option)


def to_json(space: Mapping[str, Parameter], constraints: Sequence[str] = ()) -> Dict[str, Any]:
    """The space as the server reads it."""
    parameters: List[Dict[str, Any]] = []
    for name, parameter in space.items():
        if not isinstance(parameter, Parameter):
            raise InvalidRequest(
                f"the parameter {name!r} is {parameter!r}",
                "use space.floating, space.integer, space.choice or space.boolean",
            )
        written: Dict[str, Any] = {"name": name, "kind": parameter.kind}
        if parameter.kind in ("float", "int"):
            written.update(low=parameter.low, high=parameter.high, log=parameter.log)
            if parameter.step is not None:
                written["step"] = parameter.step
        if parameter.kind == "choice":
            written["options"] = [label(option) for option in parameter.options]
        if parameter.condition is not None:
            parent, values = parameter.condition
            is_choice = parent in space and space[parent].kind == "choice"
            any_of = [label(value) if is_choice else value for value in values]
            written["when"] = {"parameter": parent, "any_of": any_of}
        parameters.append(written)
    body: Dict[str, Any] = {"version": VERSION, "parameters": parameters}
    if constraints:
        body["constraints"] = list(constraints)
    return body


def encode(space: Optional[Mapping[str, Parameter]], params: Mapping[str, Value]) -> Dict[str, Value]:
    """Parameters as the server has them, from what the caller's space says."""
    known = space or {}
    choices = {name for name, parameter in known.items() if parameter.kind == "choice"}
    return {name: label(value) if name in choices else value for name, value in params.items()}


def decode(space: Optional[Mapping[str, Parameter]], params: Mapping[str, Value]) -> Dict[str, Value]:
    """A trial's parameters as the caller's space has them."""
    known = space or {}
    return {name: known[name].decode(value) if name in known else value for name, value in params.items()}
