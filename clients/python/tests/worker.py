"""Workers for the end-to-end test, which is run from Rust: `worker.py MODE URL`.

Each says what it does in lines on standard output. `open` begins the study, `hold` takes a trial and keeps it without a
sign of life, `work` measures until the study is finished and waits for a line on standard input at its third trial,
`show` writes the study as JSON.
"""

from __future__ import annotations

import json
import sys

import mabeam
from mabeam import space

STUDY = "end-to-end"
SPACE = {"x": space.floating(0.0, 1.0), "size": space.choice(16, 32)}


def say(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


def work(url: str) -> None:
    measured = 0

    def objective(trial: mabeam.Trial) -> float:
        nonlocal measured
        measured += 1
        say(trial=trial.number, params=trial.params)
        if measured == 3:
            say(paused=True)
            sys.stdin.readline()
        assert trial["size"] in (16, 32), trial.params
        trial.report(1.0, 1)
        return (trial.as_float("x") - 0.3) ** 2

    told = mabeam.work(objective, STUDY, url=url, space=SPACE, worker="second")
    say(told=told)


def main() -> None:
    mode, url = sys.argv[1:]
    client = mabeam.Client(url)
    if mode == "open":
        client.open(STUDY, SPACE, trials=10, slots=2, seed=1)
    elif mode == "hold":
        asked = client.ask(STUDY, "first", lease=1.0)
        assert asked and not isinstance(asked, bool)
        say(trial=asked.trial, params=space.decode(SPACE, asked.params))
        sys.stdin.read()
    elif mode == "work":
        work(url)
    elif mode == "show":
        study = client.study(STUDY, SPACE)
        trials = [{"state": trial.state, "params": dict(trial.params), "value": trial.value} for trial in study.trials]
        say(finished=study.finished, counts=dict(study.counts), trials=trials, best=study.best_value)
    else:
        raise SystemExit(f"no such mode: {mode}")


main()
