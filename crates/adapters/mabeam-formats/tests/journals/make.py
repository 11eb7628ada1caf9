"""Writes the journals of this folder with Optuna itself; version 5.0 wrote those that are committed.

    python3 make.py FOLDER
"""

import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
import optuna  # noqa: E402
from optuna.distributions import FloatDistribution  # noqa: E402
from optuna.storages import JournalStorage  # noqa: E402
from optuna.storages.journal import JournalFileBackend  # noqa: E402

optuna.logging.set_verbosity(optuna.logging.ERROR)
folder = sys.argv[1]
path = os.path.join(folder, "studies.log")
if os.path.exists(path):
    os.remove(path)
storage = JournalStorage(JournalFileBackend(path))


def tuned(trial):
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    trial.suggest_int("units", 16, 256, log=True)
    layers = trial.suggest_int("layers", 1, 9, step=2)
    dropout = trial.suggest_float("dropout", 0.0, 0.5, step=0.1)
    kind = trial.suggest_categorical("kind", ["sgd", None, 3, 1.5, "3"])
    trial.suggest_categorical("nesterov", [True, False])
    trial.suggest_categorical("device", ["cpu"])
    if kind == "sgd":
        trial.suggest_float("momentum", 0.0, 0.99)
    for step in range(3):
        trial.report(rate + layers + dropout - step, step)
        if trial.number == 4 and step == 1:
            raise optuna.TrialPruned
    if trial.number == 2:
        raise ValueError("this one fails")
    return rate + layers


def made(name, **arguments):
    return optuna.create_study(study_name=name, storage=storage, sampler=optuna.samplers.RandomSampler(seed=5), **arguments)


def added(study, value, x=0.5, state=optuna.trial.TrialState.COMPLETE):
    study.add_trial(
        optuna.trial.create_trial(
            state=state, value=value, params={"x": x}, distributions={"x": FloatDistribution(0.0, 1.0)}
        )
    )


gone = made("gone")
added(gone, 1.0)
minimised = made("tuned net", direction="minimize")
minimised.optimize(tuned, n_trials=12, catch=(ValueError,))
minimised.enqueue_trial({"rate": 0.01})
minimised.set_user_attr("by", "make.py")
optuna.delete_study(study_name="gone", storage=storage)
maximised = made("maximised", direction="maximize")
for value, x in ((1.0, 0.25), (float("inf"), 0.5), (3.0, 0.75), (2.0, 0.5)):
    added(maximised, value, x)
maximised.ask()
both = made("both", directions=["minimize", "maximize"])
both.optimize(lambda trial: (trial.suggest_float("x", 0.0, 1.0), 1.0), n_trials=1)

# The names of workers are those of a process of this machine, and say nothing.
with open(path) as file:
    lines = [json.loads(line) for line in file]
with open(path, "w") as file:
    file.writelines(json.dumps({**line, "worker_id": "w"}, separators=(",", ":")) + "\n" for line in lines)
