"""A worker of `cargo xtask bench study --programs`: the example of the Python client, which says what it does.

`open URL SEED TRIALS SLOTS` begins the study, `work URL NAME LEASE` measures trials until it is finished, and `score
NUMBER PARAMS` trains one trial again and says what it is worth on both parts of the data. The token and the name of the
study are in the environment. Everything is said in lines of JSON, after the server has acknowledged it.
"""

import json
import os
import sys
import warnings

import mabeam
import sklearn_digits as example

warnings.filterwarnings("ignore")
STUDY = os.environ["MABEAM_BENCH_STUDY"]
TOKEN = os.environ["MABEAM_BENCH_TOKEN"]


def say(**fields):
    print(json.dumps(fields), flush=True)


class Saying:
    """A trial as the example's objective takes it; each report is said once the server has it."""

    def __init__(self, trial):
        self._trial = trial
        self.number, self.should_stop = trial.number, trial.should_stop

    def __getitem__(self, name):
        return self._trial[name]

    def report(self, value, step):
        self._trial.report(value, step)
        say(trial=self.number, step=step)


def work(url, name, lease):
    number = None
    tell = mabeam.Client.tell

    def telling(client, study, on, **what):
        recorded = tell(client, study, on, **what)
        say(told=number, value=what.get("value"), recorded=recorded)
        return recorded

    def objective(trial):
        nonlocal number
        number = trial.number
        return example.objective(Saying(trial))

    # `work` is the client's own loop, so what it tells is seen where it tells it.
    mabeam.Client.tell = telling
    mabeam.work(objective, STUDY, url=url, token=TOKEN, space=example.SPACE, worker=name, lease=lease)


def score(number, params):
    _, (valid_x, valid_y), (test_x, test_y) = example.data()
    model = example.trained(params, seed=number)
    say(validation=float(model.score(valid_x, valid_y)), test=float(model.score(test_x, test_y)))


def main(command, *arguments):
    if command == "open":
        url, seed, trials, slots = arguments
        settings = {"direction": "maximize", "trials": int(trials), "seed": int(seed), "slots": int(slots)}
        # One decision a trial, at its last epoch: nothing is stopped early.
        schedule = mabeam.asha([example.EPOCHS])
        mabeam.Client(url, token=TOKEN).open(STUDY, example.SPACE, schedule=schedule, **settings)
    elif command == "work":
        url, name, lease = arguments
        work(url, name, float(lease))
    else:
        number, params = arguments
        score(int(number), json.loads(params))


main(*sys.argv[1:])
