"""Optuna's samplers on tabulated benchmarks, for `cargo xtask bench study --tables`.

    python3 peer.py FILE TRIALS FIRST_SEED LAST_SEED SAMPLER

FILE is in the format of the crate mabeam-tables, so both sides look up the same 32-bit floats. An axis whose values
rise is an integer over their index, another one a categorical choice. For each table one line of JSON on standard
output: its name and the best value of each seed.
"""

import json
import struct
import sys
import warnings

warnings.filterwarnings("ignore")
import optuna  # noqa: E402

optuna.logging.set_verbosity(optuna.logging.ERROR)


class Reader:
    def __init__(self, body):
        self.body = body
        self.at = 0

    def numbers(self, form):
        found = struct.unpack_from(f"<{form}", self.body, self.at)
        self.at += struct.calcsize(f"<{form}")
        return found

    def words(self):
        (length,) = self.numbers("H")
        self.at += length
        return self.body[self.at - length : self.at].decode()

    def axis(self):
        name = self.words()
        is_ordered, options = self.numbers("BH")
        return name, is_ordered, [self.words() for _ in range(options)]

    def table(self):
        name, _ = self.words(), self.words()
        is_smaller, axes = self.numbers("BH")
        axes = [self.axis() for _ in range(axes)]
        (points,) = self.numbers("I")
        values = self.numbers(f"{points}f")
        self.numbers(f"{points}f")
        return name, is_smaller, axes, values


def tables(path):
    with open(path, "rb") as file:
        content = file.read()
    magic, version = struct.unpack_from("<8sH", content)
    if (magic, version) != (b"MBTABLES", 1):
        raise SystemExit(f"{path} is no file of tables of version 1")
    reader = Reader(content[14:])
    return [reader.table() for _ in range(*reader.numbers("H"))]


def index(trial, axes):
    at = 0
    for name, is_ordered, options in axes:
        if is_ordered:
            chosen = trial.suggest_int(name, 0, len(options) - 1)
        else:
            chosen = options.index(trial.suggest_categorical(name, options))
        at = at * len(options) + chosen
    return at


SAMPLERS = {
    # Multivariate by default, as long as there is one objective.
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "tpe-univariate": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=False),
}


def main(path, trials, first, last, sampler):
    print(json.dumps({"versions": f"optuna {optuna.__version__}"}), flush=True)
    for name, is_smaller, axes, values in tables(path):
        best = []
        for seed in range(int(first), int(last) + 1):
            study = optuna.create_study(
                direction="minimize" if is_smaller else "maximize", sampler=SAMPLERS[sampler](seed)
            )
            study.optimize(lambda trial: values[index(trial, axes)], n_trials=int(trials))
            best.append(study.best_value)
        print(json.dumps({"table": name, "best": best}), flush=True)


main(*sys.argv[1:])
