"""What is left behind when a worker is interrupted, is out of time, or its objective raises: no trial, no thread."""

from __future__ import annotations

import logging
import signal
import threading
import time
import unittest
from unittest import mock

import mabeam

from .fake_server import FakeServer
from .test_client import LINE, parabola, points


class Leaving(unittest.TestCase):
    def setUp(self) -> None:
        logging.getLogger("mabeam").setLevel(logging.ERROR)
        # A shell starts what runs in the background with this signal ignored, and Python leaves it so.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)

    def test_an_interrupted_worker_gives_its_trial_back(self) -> None:
        def objective(trial: mabeam.Trial) -> float:
            if trial.number == 1:
                raise KeyboardInterrupt
            return parabola(trial)

        with FakeServer(points(0.1, 0.2, 0.3)) as server:
            with self.assertRaises(KeyboardInterrupt):
                mabeam.optimize(objective, LINE, url=server.url, trials=3)
            self.assertEqual((server.released, sorted(server.told)), ([1], [0]))
            self.assertEqual(mabeam.work(parabola, "s", url=server.url), 2)
        self.assertFalse([thread for thread in threading.enumerate() if thread.name == "mabeam-lease"])

    def test_an_interruption_of_the_question_gives_back_what_it_asked_for(self) -> None:
        with FakeServer(points(0.1, 0.2)) as server:
            client = mabeam.Client(server.url)
            ask = client.ask
            calls = []

            def interrupted(*arguments: object, **options: object) -> object:
                found = ask(*arguments, **options)  # type: ignore[arg-type]
                calls.append(options)
                if len(calls) == 1:
                    raise KeyboardInterrupt
                return found

            client.ask = interrupted  # type: ignore[method-assign, assignment]
            from mabeam._worker import Job, Worker

            with self.assertRaises(KeyboardInterrupt):
                Worker(Job(parabola, client, "s", LINE)).run(threading.Event())
            self.assertEqual((server.released, len(calls)), ([0], 2))

    def test_an_interruption_of_many_workers_gives_all_trials_back(self) -> None:
        begun = threading.Barrier(4)
        done = threading.Event()

        def objective(trial: mabeam.Trial) -> float:
            begun.wait(30.0)
            while not trial.should_stop():
                done.wait(0.01)
            return 1.0

        def interrupt() -> None:
            begun.wait(30.0)
            # As Ctrl-C does; only a real signal wakes a thread that waits for another one.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        with FakeServer(points(0.1, 0.2, 0.3)) as server:
            interrupting = threading.Thread(target=interrupt)
            interrupting.start()
            with self.assertRaises(KeyboardInterrupt):
                mabeam.optimize(objective, LINE, url=server.url, trials=3, workers=3)
            interrupting.join()
            self.assertEqual((sorted(server.released), server.told), ([0, 1, 2], {}))
            for thread in threading.enumerate():
                if thread.name.startswith("mabeam-worker"):
                    thread.join(30.0)
            self.assertEqual((server.told, server.count("tell")), ({}, 0))

    def test_an_interruption_while_workers_are_started_gives_back_what_the_first_ones_have(self) -> None:
        begun = threading.Barrier(3)
        start = threading.Thread.start

        def interrupted(thread: threading.Thread) -> None:
            start(thread)
            if thread.name == "mabeam-worker-1":
                begun.wait(30.0)
                raise KeyboardInterrupt

        def objective(trial: mabeam.Trial) -> float:
            begun.wait(30.0)
            self.assertTrue(trial._stopped.wait(30.0), "nobody told it to stop")
            return 1.0

        with FakeServer(points(0.1, 0.2, 0.3)) as server, mock.patch.object(threading.Thread, "start", interrupted):
            with self.assertRaises(KeyboardInterrupt):
                mabeam.optimize(objective, LINE, url=server.url, trials=3, workers=3)
            self.assertEqual((sorted(server.released), server.told), ([0, 1], {}))

    def test_what_is_not_caught_fails_its_trial_and_ends_the_call(self) -> None:
        def objective(trial: mabeam.Trial) -> float:
            if trial.number == 1:
                raise ZeroDivisionError("too bad")
            if trial.number == 0:
                raise ValueError("never mind")
            return parabola(trial)

        for catch, raised in ((ValueError,), ZeroDivisionError), (False, ValueError), ((KeyError,), ValueError):
            for workers in (1, 2):
                # Of two workers the other one may be first.
                expected = (raised,) if workers == 1 else (ValueError, ZeroDivisionError)
                with FakeServer(points(0.1, 0.2, 0.3)) as server:
                    with self.assertRaises(expected) as caught:
                        mabeam.optimize(objective, LINE, url=server.url, trials=3, workers=workers, catch=catch)
                    reasons = [told["failed"] for told in server.told.values() if "failed" in told]
                    kind = type(caught.exception).__name__
                    self.assertTrue(any(reason.startswith(kind) for reason in reasons), reasons)

    def test_a_call_that_is_out_of_time_ends_with_the_study_as_it_stands(self) -> None:
        def objective(trial: mabeam.Trial) -> float:
            if trial.number == 1:
                ended = time.monotonic() + 0.3
                while time.monotonic() < ended:
                    threading.Event().wait(0.05)
            return parabola(trial)

        with FakeServer(points(0.1, 0.2, 0.3, 0.4)) as server:
            study = mabeam.optimize(objective, LINE, url=server.url, trials=4, timeout=0.3)
            self.assertLess(len(server.told), 4)
            self.assertEqual(server.released, [])
            self.assertTrue(all(trial.value is not None for trial in study.trials if trial.number in server.told))


if __name__ == "__main__":
    unittest.main()
