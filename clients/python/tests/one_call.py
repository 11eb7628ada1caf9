"""`optimize` with one call, which starts the server by itself; run from Rust, with the binary in MABEAM_BIN."""

from __future__ import annotations

import json
import sys

import mabeam
from mabeam import space


def objective(trial: mabeam.Trial) -> float:
    value = 0.0
    for step in range(1, 28):
        value += (1.0 - abs(trial["x"] - 0.3) - value) * 0.3
        trial.report(value, step)
        if trial.should_stop():
            raise mabeam.Pruned
    return value


study = mabeam.optimize(
    objective,
    {"x": space.floating(0.0, 1.0), "scale": space.floating(1e-3, 1.0, log=True)},
    name="one-call",
    direction="maximize",
    trials=40,
    workers=2,
    schedule=mabeam.halving([1, 3, 9, 27]),
    data=sys.argv[1],
)
print(json.dumps({"counts": dict(study.counts), "best": study.best_value, "x": study.best_params["x"]}))
