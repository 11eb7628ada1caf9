"""The client against a server whose answers are lost, refused and delayed."""

from __future__ import annotations

import logging
import math
import os
import sys
import threading
import unittest
from typing import Callable, List

import mabeam
from mabeam import space

from .fake_server import FakeServer

LINE = {"x": space.floating(0.0, 1.0)}


def points(*values: float) -> "list[dict[str, float]]":
    return [{"x": value} for value in values]


def parabola(trial: mabeam.Trial) -> float:
    return (trial.as_float("x") - 0.3) ** 2


class Optimizing(unittest.TestCase):
    def setUp(self) -> None:
        logging.getLogger("mabeam").setLevel(logging.ERROR)

    def test_every_trial_is_told_once_and_the_best_is_found(self) -> None:
        for workers in (1, 4):
            with FakeServer(points(0.9, 0.5, 0.31, 0.0, 1.0)) as server:
                study = mabeam.optimize(parabola, LINE, url=server.url, trials=5, workers=workers)
                self.assertEqual(sorted(server.told), [0, 1, 2, 3, 4])
                self.assertEqual(server.count("tell"), 5)
                self.assertEqual(study.best_params, {"x": 0.31})
                self.assertAlmostEqual(study.best_value, 0.0001)
                assert server.opened is not None
                self.assertEqual((server.opened["slots"], server.opened["direction"]), (workers, "minimize"))

    def test_what_is_lost_on_the_way_is_said_again_and_counts_once(self) -> None:
        with FakeServer(points(0.1, 0.2, 0.3)) as server:
            unavailable = (503, {"message": "not now", "advice": "later"})
            server.faults = {
                "studies": ["drop", "lose"],
                "ask": ["lose", unavailable, "drop"],
                "tell": ["drop", "lose", "lose", unavailable],
                "report": ["lose", "drop"],
            }

            def objective(trial: mabeam.Trial) -> float:
                trial.report(1.0, 1)
                return parabola(trial)

            study = mabeam.optimize(objective, LINE, url=server.url, trials=3)
            self.assertEqual(sorted(server.told), [0, 1, 2])
            self.assertEqual(study.counts["completed"], 3)
            # An answer that was lost is asked for under the same lease.
            leases = [body["lease"] for kind, body in server.requests if kind == "tell"]
            self.assertEqual(leases[:5], ["lease-0"] * 5)

    def test_failures_are_results_and_nothing_but_failures_is_an_error(self) -> None:
        def objective(trial: mabeam.Trial) -> float:
            if trial.number == 0:
                raise ValueError("no luck")
            if trial.number == 1:
                return math.nan
            if trial.number == 2:
                raise mabeam.Pruned
            return 1.0

        with FakeServer(points(0.1, 0.2, 0.3, 0.4)) as server:
            mabeam.optimize(objective, LINE, url=server.url, trials=4)
            failures = [server.told[number].get("failed") for number in range(4)]
            self.assertEqual(failures[0], "ValueError: no luck")
            self.assertIn("nan", str(failures[1]))
            self.assertIn("pruned", str(failures[2]))
            self.assertIsNone(failures[3])
        with FakeServer(points(0.1)) as server, self.assertRaises(mabeam.AllTrialsFailed) as caught:
            mabeam.optimize(objective, LINE, url=server.url, trials=1)
        self.assertIn("no luck", str(caught.exception))

    def test_a_trial_that_the_study_stops_hears_it_and_is_not_told(self) -> None:
        seen = []

        def objective(trial: mabeam.Trial) -> float:
            for step in range(1, 10):
                trial.report(0.5, step)
                if trial.should_stop():
                    seen.append(step)
                    server.told[trial.number] = {"stopped": True}
                    raise mabeam.Pruned
            return 0.5

        with FakeServer(points(0.1)) as server:
            server.verdict = {"verdict": "stop", "state": "stopped"}
            mabeam.optimize(objective, LINE, url=server.url, trials=1)
            self.assertEqual((seen, server.count("tell")), ([1], 0))

    def test_a_lost_lease_is_no_failure_of_the_study(self) -> None:
        lost = (410, {"code": 6103, "name": "lease_lost", "message": "it ran out", "advice": "ask for another trial"})
        with FakeServer(points(0.1, 0.2)) as server:
            server.faults = {"report": [lost]}
            stopped = []

            def objective(trial: mabeam.Trial) -> float:
                trial.report(1.0, 1)
                stopped.append(trial.should_stop())
                if stopped[-1]:
                    server.told[trial.number] = {"value": 5.0}
                return parabola(trial)

            mabeam.optimize(objective, LINE, url=server.url, trials=2)
            self.assertEqual((stopped, server.count("tell")), ([True, False], 1))

    def test_an_answer_that_comes_too_late_is_dropped_and_the_worker_goes_on(self) -> None:
        lost = (410, {"code": 6103, "name": "lease_lost", "message": "it ran out", "advice": "ask for another trial"})
        other = (409, {"code": 6104, "name": "conflict", "message": "it was answered", "advice": "keep the first answer"})
        for refused in (lost, other):
            with FakeServer(points(0.1, 0.2)) as server:
                server.faults = {"tell": [refused]}
                self.assertEqual(mabeam.work(parabola, "s", url=server.url), 2)
                # The first one was refused, asked for again under the worker's name, and told then.
                self.assertEqual((sorted(server.told), server.count("tell")), ([0, 1], 3))

    def test_the_lease_is_kept_while_an_objective_takes_its_time(self) -> None:
        with FakeServer(points(0.1)) as server:

            def objective(trial: mabeam.Trial) -> float:
                self.assertTrue(server.renewed.wait(30.0), "nobody renewed the lease")
                return parabola(trial)

            mabeam.optimize(objective, LINE, url=server.url, trials=1, lease=1.0)
            self.assertEqual(sorted(server.told), [0])
        self.assertFalse([thread.name for thread in threading.enumerate() if thread.name == "mabeam-lease"])

    def test_a_renewal_hears_that_the_study_stops_the_trial(self) -> None:
        with FakeServer(points(0.1)) as server:
            server.verdict = {"verdict": "stop", "state": "stopped"}

            def objective(trial: mabeam.Trial) -> float:
                self.assertTrue(trial._stopped.wait(30.0), "nobody heard of it")
                server.told[trial.number] = {"value": 1.0}
                raise mabeam.Pruned

            mabeam.optimize(objective, LINE, url=server.url, trials=1, lease=1.0)
            self.assertEqual(server.count("tell"), 0)

    def test_an_error_of_the_server_comes_with_its_advice(self) -> None:
        for status, kind in [
            (400, mabeam.InvalidRequest),
            (403, mabeam.Refused),
            (404, mabeam.NotFound),
            (409, mabeam.StudyMismatch),
            (500, mabeam.ServerError),
        ]:
            with FakeServer([]) as server:
                body = {"code": 7, "name": "n", "message": "it failed", "advice": "do this"}
                server.faults = {"studies": [(status, body)]}
                with self.assertRaises(kind) as caught:
                    mabeam.optimize(parabola, LINE, url=server.url)
                error = caught.exception
                self.assertEqual((error.message, error.advice, error.code), ("it failed", "do this", 7))

    def test_a_server_that_is_not_there_is_an_error_after_the_patience(self) -> None:
        with FakeServer([]) as server:
            url = server.url
        client = mabeam.Client(url, patience=0.2)
        with self.assertRaises(mabeam.Unavailable) as caught:
            client.names()
        self.assertIn(url, str(caught.exception))

    def test_what_makes_no_sense_is_refused_on_this_side(self) -> None:
        with FakeServer(points(0.1)) as server:
            for wrong in (
                lambda: mabeam.optimize(parabola, LINE, url=server.url, direction="up"),
                lambda: mabeam.optimize(parabola, LINE, url=server.url, workers=0),
                lambda: mabeam.optimize(parabola, {"x": 3}, url=server.url),  # type: ignore[dict-item]
                lambda: mabeam.Client("ftp://host"),
                lambda: mabeam.Client(server.url).tell("s", "l"),
                lambda: mabeam.Client(server.url).tell("s", "l", value=math.nan),
            ):
                with self.assertRaises(mabeam.InvalidRequest):
                    wrong()


class Spaces(unittest.TestCase):
    def test_a_space_is_written_as_the_server_reads_it(self) -> None:
        written = space.to_json(
            {
                "optimizer": space.choice("sgd", "adam"),
                "lr": space.floating(1e-4, 1e-1, log=True),
                "momentum": space.floating(0, 0.9, step=0.1).when("optimizer", "sgd"),
                "layers": space.integer(1, 4),
                "wide": space.boolean(),
            },
            ["layers * 2 <= 8"],
        )
        self.assertEqual(
            written,
            {
                "version": 2,
                "parameters": [
                    {"name": "optimizer", "kind": "choice", "options": ["sgd", "adam"]},
                    {"name": "lr", "kind": "float", "low": 1e-4, "high": 1e-1, "log": True},
                    {
                        "name": "momentum",
                        "kind": "float",
                        "low": 0.0,
                        "high": 0.9,
                        "log": False,
                        "step": 0.1,
                        "when": {"parameter": "optimizer", "any_of": ["sgd"]},
                    },
                    {"name": "layers", "kind": "int", "low": 1, "high": 4, "log": False},
                    {"name": "wide", "kind": "bool"},
                ],
                "constraints": ["layers * 2 <= 8"],
            },
        )

    def test_choices_that_are_not_strings_come_back_as_they_were(self) -> None:
        parameters = {"size": space.choice([16, 32, None]), "x": space.floating(0, 1)}
        self.assertEqual(space.to_json(parameters)["parameters"][0]["options"], ["16", "32", "None"])
        self.assertEqual(space.decode(parameters, {"size": "32", "x": 1}), {"size": 32, "x": 1.0})
        self.assertIsNone(space.decode(parameters, {"size": "None"})["size"])
        conditional = {"size": space.choice(16, 32), "deep": space.boolean().when("size", 16)}
        self.assertEqual(space.to_json(conditional)["parameters"][1]["when"]["any_of"], ["16"])

    def test_a_parameter_has_its_type(self) -> None:
        asked = mabeam.Asked(0, {"x": 0.5, "n": 3, "act": "relu", "wide": True}, "lease", 60.0)
        trial = mabeam.Trial(mabeam.Client("http://127.0.0.1:1"), "s", asked)
        found = (trial.as_float("x"), trial.as_float("n"), trial.as_int("n"), trial.as_str("act"), trial.as_bool("wide"))
        self.assertEqual(found, (0.5, 3.0, 3, "relu", True))
        self.assertEqual((dict(trial), len(trial)), (trial.params, 4))
        for read, name in (
            (trial.as_float, "act"),
            (trial.as_float, "wide"),
            (trial.as_int, "x"),
            (trial.as_int, "wide"),
            (trial.as_str, "n"),
            (trial.as_bool, "n"),
        ):
            with self.assertRaises(mabeam.InvalidRequest):
                read(name)
        with self.assertRaises(KeyError):
            trial.as_float("rate")

    def test_what_makes_no_sense_is_refused(self) -> None:
        wrongs: List[Callable[[], object]] = [
            lambda: space.integer(0, 1.5),  # type: ignore[arg-type]
            lambda: space.choice("a", "a"),
            lambda: space.choice(1, "1"),
            lambda: space.boolean().when("x"),
        ]
        for wrong in wrongs:
            with self.assertRaises(mabeam.InvalidRequest):
                wrong()


class Starting(unittest.TestCase):
    def test_a_program_that_is_not_there_or_no_server_is_told(self) -> None:
        for program in (os.path.join(os.sep, "nowhere", "mabeam"), sys.executable):
            with self.assertRaises(mabeam.ServerNotStarted):
                mabeam.serve(program=program)


if __name__ == "__main__":
    unittest.main()
