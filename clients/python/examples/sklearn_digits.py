"""Tunes a multi-layer perceptron on scikit-learn's handwritten digits, with early stopping.

    pip install scikit-learn
    python examples/sklearn_digits.py [--trials 60] [--workers 2] [--url http://127.0.0.1:9464] [--seed 1]

The score is the accuracy on a validation set after the last epoch; the test set is looked at once, with the best
parameters. Without scikit-learn the example says so and ends.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import time
import warnings

import mabeam
from mabeam import space

try:
    from sklearn.datasets import load_digits
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
except ImportError as missing:
    sys.exit(f"this example needs scikit-learn: {missing}; pip install scikit-learn")

EPOCHS = 27
CLASSES = list(range(10))

SPACE = {
    "hidden": space.integer(16, 256, log=True),
    "lr": space.floating(1e-4, 1e-1, log=True),
    "alpha": space.floating(1e-6, 1e-1, log=True),
    "momentum": space.floating(0.0, 0.99),
    "batch": space.integer(16, 256, log=True),
    "act": space.choice("relu", "tanh"),
}


@functools.lru_cache(maxsize=None)
def data():
    """Training, validation and test data: of each class the fourth of every five decides, the fifth is kept."""
    digits = load_digits()
    parts = ([], [], [])
    seen = dict.fromkeys(CLASSES, 0)
    for row, label in enumerate(digits.target):
        parts[{3: 1, 4: 2}.get(seen[label] % 5, 0)].append(row)
        seen[label] += 1
    return [(digits.data[rows] / 16.0, digits.target[rows]) for rows in parts]


def network(params, seed: int) -> MLPClassifier:
    """A network with a trial's parameters."""
    return MLPClassifier(
        hidden_layer_sizes=(params["hidden"],),
        activation=params["act"],
        solver="sgd",
        alpha=params["alpha"],
        batch_size=params["batch"],
        learning_rate_init=params["lr"],
        momentum=params["momentum"],
        random_state=seed,
    )


def objective(trial: mabeam.Trial) -> float:
    """The accuracy on the validation data, reported after each epoch."""
    (x_train, y_train), (x_val, y_val), _ = data()
    model = network(trial, seed=trial.number)
    accuracy = 0.0
    for epoch in range(1, EPOCHS + 1):
        model.partial_fit(x_train, y_train, classes=CLASSES)
        accuracy = float(model.score(x_val, y_val))
        trial.report(accuracy, epoch)
        if trial.should_stop():
            raise mabeam.Pruned
    return accuracy


def trained(params, seed: int) -> MLPClassifier:
    """The network of a trial after its last epoch: the trial's number is its seed."""
    (x_train, y_train), _, _ = data()
    model = network(params, seed)
    for _ in range(EPOCHS):
        model.partial_fit(x_train, y_train, classes=CLASSES)
    return model


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--trials", type=int, default=60)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--url", help="a server that runs; without it one is started")
    given = arguments.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    began = time.monotonic()
    study = mabeam.optimize(
        objective,
        SPACE,
        direction="maximize",
        trials=given.trials,
        workers=given.workers,
        seed=given.seed,
        schedule=mabeam.halving([1, 3, 9, EPOCHS]),
        url=given.url,
    )
    best = study.best_trial
    assert best is not None
    _, _, (x_test, y_test) = data()
    model = trained(best.params, seed=best.number)
    found = {
        "validation": study.best_value,
        "test": float(model.score(x_test, y_test)),
        "params": study.best_params,
        "trials": dict(study.counts),
        "epochs": sum(trial.steps for trial in study.trials),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
