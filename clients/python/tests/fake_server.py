"""A server with a study of its own, whose answers can be lost, refused and delayed as a test wants."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, Optional, Tuple

Handler = Callable[[Dict[str, Any]], Tuple[int, Optional[Dict[str, Any]]]]


class FakeServer:
    """Gives the trials it was made with, each once, and keeps what it is told."""

    def __init__(self, trials: List[Dict[str, Any]]) -> None:
        self.trials = trials
        self.lock = threading.Lock()
        self.given: Dict[str, int] = {}
        self.told: Dict[int, Dict[str, Any]] = {}
        self.requests: List[Tuple[str, Dict[str, Any]]] = []
        self.released: List[int] = []
        self.renewed = threading.Event()
        self.opened: Optional[Dict[str, Any]] = None
        # What is done to the next requests of a kind: `lose` the answer, `drop` the request, or (status, body).
        self.faults: Dict[str, List[Any]] = {}
        self.verdict: Dict[str, Any] = {"verdict": "continue"}
        outer = self

        class Requests(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.handle(self, self.path, body)

            def do_GET(self) -> None:
                outer.handle(self, self.path, {})

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> "FakeServer":
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def handle(self, request: BaseHTTPRequestHandler, path: str, body: Dict[str, Any]) -> None:
        kind = path.split("?")[0].rsplit("/", 1)[-1] if path.startswith("/v1/studies/") else "studies"
        with self.lock:
            self.requests.append((kind, body))
            fault = self.faults[kind].pop(0) if self.faults.get(kind) else None
            if isinstance(fault, tuple):
                self.answer(request, *fault)
                return
            if fault == "drop":
                request.close_connection = True
                return
            status, answer = getattr(self, f"on_{kind}", self.on_study)(body)
            if fault == "lose":
                request.close_connection = True
                return
        self.answer(request, status, answer)
        if kind == "renew":
            self.renewed.set()

    @staticmethod
    def answer(request: BaseHTTPRequestHandler, status: int, body: Optional[Dict[str, Any]]) -> None:
        text = b"" if body is None else json.dumps({"version": 1, **body}).encode()
        request.send_response(status)
        if status != 204:
            request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def on_studies(self, body: Dict[str, Any]) -> Tuple[int, Dict[str, Any]]:
        if not body:
            return 200, {"studies": ["s"]}
        self.opened = body
        return 201, {"name": body["name"]}

    def on_ask(self, body: Dict[str, Any]) -> Tuple[int, Optional[Dict[str, Any]]]:
        worker = body["worker"]
        if worker not in self.given or self.given[worker] in self.told:
            free = [n for n in range(len(self.trials)) if n not in self.told and n not in self.given.values()]
            if not free:
                if len(self.told) == len(self.trials):
                    return 200, {"status": "finished"}
                return 204, None
            self.given[worker] = free[0]
        number = self.given[worker]
        lease = f"lease-{number}"
        found = {"status": "trial", "trial": number, "params": self.trials[number], "from_step": 0, "to_step": 1}
        return 200, {**found, "lease": lease, "lease_s": body["lease_s"]}

    def on_renew(self, body: Dict[str, Any]) -> Tuple[int, Dict[str, Any]]:
        return 200, self.verdict

    def on_report(self, body: Dict[str, Any]) -> Tuple[int, Dict[str, Any]]:
        return 200, self.verdict

    def on_tell(self, body: Dict[str, Any]) -> Tuple[int, Dict[str, Any]]:
        number = int(body["lease"].rsplit("-", 1)[-1])
        if number in self.told:
            return 200, {"recorded": "before"}
        self.told[number] = body
        return 200, {"recorded": "now"}

    def on_release(self, body: Dict[str, Any]) -> Tuple[int, Dict[str, Any]]:
        number = int(body["lease"].rsplit("-", 1)[-1])
        holders = [worker for worker, given in self.given.items() if given == number]
        for worker in holders:
            del self.given[worker]
        self.released.append(number)
        return 200, {"released": bool(holders)}

    def on_enqueue(self, body: Dict[str, Any]) -> Tuple[int, Dict[str, Any]]:
        recorded = "before" if body["params"] in self.trials else "now"
        self.trials.append(body["params"])
        return 200, {"recorded": recorded}

    def on_study(self, _: Dict[str, Any]) -> Tuple[int, Dict[str, Any]]:
        trials: List[Dict[str, Any]] = []
        for number, params in enumerate(self.trials):
            told = self.told.get(number, {})
            values = told.get("values") or ([told["value"]] if "value" in told else [])
            state = "completed" if values else "failed" if "failed" in told else "running"
            shown = {"trial": number, "state": state, "params": params, "value": values[0] if values else None, "steps": 1}
            if len(values) > 1:
                shown["values"] = values
            trials.append({**shown, "rungs": [], "failure": told.get("failed")})
        completed = [trial for trial in trials if trial["state"] == "completed"]
        counts = {state: sum(trial["state"] == state for trial in trials) for state in ("completed", "failed")}
        best = min(completed, key=lambda trial: trial["value"]) if completed else None
        if best is not None:
            best["is_front"] = True
        return 200, {
            "name": "s",
            "status": "finished",
            "direction": "minimize",
            "counts": counts,
            "n_trials": len(trials),
            "best": best,
            "next": None,
            "trials": trials,
        }

    def count(self, kind: str) -> int:
        with self.lock:
            return sum(found == kind for found, _ in self.requests)
