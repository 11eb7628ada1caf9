"""Trains scikit-learn's perceptron on its digits, one epoch a step, and reports as mabeam reads it.

    python3 train.py --hidden 64 --lr 0.05 --batch 32 --l2 0.0001 --momentum 0.9 --act relu

One line of JSON an epoch: {"step": 3, "value": 0.91}, the share of validation digits that it gets right. At the end
{"test": 0.9}, the share of digits that no decision saw; the study keeps that with the output and does not read it. It
trains MABEAM_STEPS epochs (default 27) with the seed MABEAM_SEED (default 0), so it runs by hand as it does in a study.
"""

import argparse
import json
import os
import warnings

from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

CLASSES = list(range(10))


def split():
    """Digits to train on, to decide by, to test on: of each class the fourth of every five decides, the fifth tests."""
    data, target = load_digits(return_X_y=True)
    parts = {"train": [], "decide": [], "kept": []}
    seen = dict.fromkeys(CLASSES, 0)
    for row, label in enumerate(target):
        place = seen[label] % 5
        seen[label] += 1
        parts[{3: "decide", 4: "kept"}.get(place, "train")].append(row)
    return [(data[parts[name]] / 16.0, target[parts[name]]) for name in ("train", "decide", "kept")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, required=True, help="units of the hidden layer")
    parser.add_argument("--lr", type=float, required=True, help="the step of the descent")
    parser.add_argument("--batch", type=int, required=True, help="rows in a batch")
    parser.add_argument("--l2", type=float, required=True, help="the penalty on weights")
    parser.add_argument("--momentum", type=float, required=True)
    parser.add_argument("--act", choices=["relu", "tanh"], required=True, help="the activation")
    wanted = parser.parse_args()

    # A step that is far too large overflows, which its accuracy shows well enough.
    warnings.filterwarnings("ignore")
    (train_x, train_y), (decide_x, decide_y), (test_x, test_y) = split()
    network = MLPClassifier(
        hidden_layer_sizes=(wanted.hidden,),
        learning_rate_init=wanted.lr,
        batch_size=wanted.batch,
        alpha=wanted.l2,
        momentum=wanted.momentum,
        activation=wanted.act,
        solver="sgd",
        random_state=int(os.environ.get("MABEAM_SEED", "0")),
    )
    for step in range(1, int(os.environ.get("MABEAM_STEPS", "27")) + 1):
        network.partial_fit(train_x, train_y, classes=CLASSES)
        value = float((network.predict(decide_x) == decide_y).mean())
        # Flushed, so that the study can decide while the next epoch is trained.
        print(json.dumps({"step": step, "value": value}), flush=True)
    # A line without a value is no message: it is kept with the trial's output.
    print(json.dumps({"test": float((network.predict(test_x) == test_y).mean())}))


if __name__ == "__main__":
    main()
