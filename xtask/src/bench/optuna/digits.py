"""Optuna with scikit-learn on the digits, for `cargo xtask bench study --peers` and `--programs`.

The split, the search space and the rungs are those of ours. One line of JSON on standard output.
"""

import json
import os
import resource
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
import optuna  # noqa: E402
import sklearn  # noqa: E402

optuna.logging.set_verbosity(optuna.logging.ERROR)

TRIALS = 60
EPOCHS = 27
CLASSES = list(range(10))


def cpu_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def split():
    """Per class, of every five digits the fourth decides and the fifth is kept for the end."""
    from sklearn.datasets import load_digits

    data, target = load_digits(return_X_y=True)
    data = data / 16.0
    parts = ([], [], [])
    seen = dict.fromkeys(CLASSES, 0)
    for row, label in enumerate(target):
        place = seen[label] % 5
        seen[label] += 1
        parts[{3: 1, 4: 2}.get(place, 0)].append(row)
    return [(data[rows], target[rows]) for rows in parts]


def samplers(seed):
    return {
        "tpe": optuna.samplers.TPESampler(seed=seed),
        "random": optuna.samplers.RandomSampler(seed=seed),
    }


def pruners():
    return {
        "halving": optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
        "none": optuna.pruners.NopPruner(),
    }


def study(sampler, pruner, seed):
    from sklearn.neural_network import MLPClassifier

    (train_x, train_y), (valid_x, valid_y), (test_x, test_y) = split()
    epochs = 0
    tests = {}

    def objective(trial):
        nonlocal epochs
        net = MLPClassifier(
            hidden_layer_sizes=(trial.suggest_int("hidden", 16, 256, log=True),),
            learning_rate_init=trial.suggest_float("lr", 1e-4, 1e-1, log=True),
            batch_size=trial.suggest_int("batch", 16, 256, log=True),
            alpha=trial.suggest_float("l2", 1e-6, 1e-1, log=True),
            momentum=trial.suggest_float("momentum", 0.0, 0.99),
            activation=trial.suggest_categorical("act", ["relu", "tanh"]),
            solver="sgd",
            random_state=trial.number,
        )
        value = 0.0
        for epoch in range(1, EPOCHS + 1):
            net.partial_fit(train_x, train_y, classes=CLASSES)
            epochs += 1
            value = float((net.predict(valid_x) == valid_y).mean())
            trial.report(value, epoch)
            if epoch < EPOCHS and trial.should_prune():
                raise optuna.TrialPruned()
        tests[trial.number] = float((net.predict(test_x) == test_y).mean())
        return value

    found = optuna.create_study(direction="maximize", sampler=samplers(seed)[sampler], pruner=pruners()[pruner])
    found.optimize(objective, n_trials=TRIALS)
    best = found.best_trial
    return {
        "validation_rows": round(best.value * len(valid_y)),
        "test": tests[best.number],
        "epochs": epochs,
        "cpu_s": cpu_s(),
    }


def overhead(sampler, trials, storage):
    def objective(trial):
        return sum(trial.suggest_float(name, -5.0, 5.0) ** 2 for name in "abcde")

    found = optuna.create_study(sampler=samplers(0)[sampler], storage=storage)
    before = cpu_s()
    found.optimize(objective, n_trials=trials)
    return (cpu_s() - before) * 1e6 / trials


def main(command, *arguments):
    if command == "versions":
        return f"optuna {optuna.__version__}, scikit-learn {sklearn.__version__}"
    if command == "study":
        sampler, pruner, seed = arguments
        return json.dumps(study(sampler, pruner, int(seed)))
    with tempfile.TemporaryDirectory() as folder:
        files = (f"sqlite:///{os.path.join(folder, name)}.db" for name in ("random", "tpe"))
        return json.dumps(
            {
                "memory_random_us": overhead("random", 1000, None),
                "memory_tpe_us": overhead("tpe", 300, None),
                "durable_random_us": overhead("random", 300, next(files)),
                "durable_tpe_us": overhead("tpe", 300, next(files)),
            }
        )


print(main(*sys.argv[1:]))
