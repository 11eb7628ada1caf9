"""What a study is described by, as it goes over the wire."""

from __future__ import annotations

import logging
import unittest
from typing import Any, Dict

import mabeam
from mabeam import space

from .fake_server import FakeServer
from .test_client import LINE, parabola, points


def described(**options: Any) -> Dict[str, Any]:
    """The description that a call of `optimize` sends."""
    with FakeServer(points(0.1)) as server:
        mabeam.optimize(parabola, LINE, url=server.url, trials=1, **options)
        assert server.opened is not None
        return server.opened


class Describing(unittest.TestCase):
    def setUp(self) -> None:
        logging.getLogger("mabeam").setLevel(logging.ERROR)

    def test_one_sampler_or_several(self) -> None:
        self.assertEqual(described()["sampler"], "tpe")
        members = [{"sampler": "tpe"}, {"sampler": "gp"}]
        self.assertEqual(described(sampler=["tpe", "gp"])["team"], {"member": members})
        bold = mabeam.Member("tpe", name="bold", settings={"startup": 3})
        body = described(sampler=mabeam.team(bold, "tpe", allocation="bandit", credit=7))
        self.assertNotIn("sampler", body)
        self.assertEqual(
            body["team"],
            {
                "member": [{"sampler": "tpe", "name": "bold", "settings": {"startup": 3}}, {"sampler": "tpe"}],
                "allocation": "bandit",
                "credit": 7,
            },
        )

    def test_one_direction_or_several(self) -> None:
        self.assertEqual(described()["direction"], "minimize")
        self.assertEqual(described(direction="maximize")["direction"], "maximize")
        listed = described(directions=["minimize", "maximize"])
        self.assertNotIn("direction", listed)
        objectives = [
            {"name": "objective_0", "direction": "minimize"},
            {"name": "objective_1", "direction": "maximize"},
        ]
        self.assertEqual(listed["objective"], objectives)
        named = described(directions={"loss": "minimize", "size": "minimize"})
        self.assertEqual([goal["name"] for goal in named["objective"]], ["loss", "size"])
        for wrong in ({"directions": "minimize"}, {"direction": "minimize", "directions": ["minimize"]}):
            with self.assertRaises(mabeam.InvalidRequest):
                described(**wrong)

    def test_schedules(self) -> None:
        self.assertEqual(described(schedule=mabeam.asha([1, 3], eta=2))["schedule"], {"kind": "asha", "rungs": [1, 3], "eta": 2})
        self.assertEqual(described(schedule=mabeam.median(grace=2))["schedule"], {"kind": "median", "grace": 2})

    def test_known_configurations(self) -> None:
        parameters = {"x": space.floating(0.0, 1.0), "size": space.choice(16, 32)}
        with FakeServer([{"x": 0.1, "size": "16"}]) as server:
            known = [{"x": 0.5, "size": 32}]
            mabeam.optimize(lambda trial: 1.0, parameters, url=server.url, trials=1, enqueue=known)
            assert server.opened is not None
            self.assertEqual(server.opened["enqueue"], [{"x": 0.5, "size": "32"}])
            client = mabeam.Client(server.url)
            self.assertTrue(client.enqueue("s", {"x": 0.7, "size": 16}, parameters))
            self.assertFalse(client.enqueue("s", {"x": 0.7, "size": 16}, parameters))
            client.close()

    def test_several_values_are_told_and_shown(self) -> None:
        with FakeServer(points(0.1, 0.2)) as server:
            both = {"loss": "minimize", "size": "minimize"}
            study = mabeam.optimize(lambda trial: (trial["x"], 1.0), LINE, url=server.url, trials=2, directions=both)
            self.assertEqual([server.told[number]["values"] for number in (0, 1)], [[0.1, 1.0], [0.2, 1.0]])
            self.assertEqual(study.trials[1].values, (0.2, 1.0))
            self.assertEqual([trial.number for trial in study.best_trials], [0])

    def test_a_reason_is_told_as_far_as_anybody_reads(self) -> None:
        def objective(trial: mabeam.Trial) -> float:
            raise ValueError("x" * 1_000_000)

        with FakeServer(points(0.1)) as server:
            with self.assertRaises(mabeam.AllTrialsFailed):
                mabeam.optimize(objective, LINE, url=server.url, trials=1)
            self.assertLess(len(server.told[0]["failed"]), 3_000)


if __name__ == "__main__":
    unittest.main()
