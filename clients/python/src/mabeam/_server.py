"""A server on this machine, for as long as it is needed."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from types import TracebackType
from typing import IO, List, Optional, Type

from ._errors import ServerNotStarted

START_S = 60.0
"""How long a server may take to say where it listens."""


class Server:
    """A running server. It ends with `stop`, at the end of a `with`, and when this program ends, however that is."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self._process = process
        self.url = url
        """Where it is, as `optimize`, `work` and `Client` take it."""

    def stop(self) -> None:
        """Ends it in order; studies in a folder can be resumed later."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=20.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.stop()


def serve(*, data: Optional[str] = None, program: Optional[str] = None) -> Server:
    """Starts a server on a free port of loopback.

    `data` is the folder in which studies are kept; without it they are in memory only. `program` is the binary
    `mabeam`, by default what the variable MABEAM_BIN names, or the one on the PATH.
    """
    found = program or os.environ.get("MABEAM_BIN") or shutil.which("mabeam")
    if not found:
        raise ServerNotStarted(
            "the program `mabeam` was not found",
            "install it, name it in MABEAM_BIN, or give the url of a server that runs",
        )
    command: List[str] = [found, "serve", "--http", "127.0.0.1:0", "--json", "-", "--until-stdin-ends"]
    command += ["--composition", "memory"] if data is None else ["--composition", "embedded", "--data", data]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True, encoding="utf-8"
            )
        except OSError as error:
            raise ServerNotStarted(f"{found} cannot be started: {error}", "check MABEAM_BIN") from error
        url = _url(process)
        if url is None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
            complaints.seek(0)
            said = " ".join(complaints.read()[-1000:].split())
            raise ServerNotStarted(f"{found} did not say where it listens: {said}", "see what it says")
        return Server(process, url)


def _url(process: "subprocess.Popen[str]") -> Optional[str]:
    """Reads the JSON in which the server says where it listens."""
    assert process.stdout is not None
    lines: "queue.Queue[Optional[str]]" = queue.Queue()

    def read(output: IO[str]) -> None:
        for line in output:
            lines.put(line)
            if line.rstrip() == "}":
                break
        lines.put(None)

    reader = threading.Thread(target=read, args=(process.stdout,), name="mabeam-server", daemon=True)
    reader.start()
    text = ""
    while True:
        try:
            line = lines.get(timeout=START_S)
        except queue.Empty:
            return None
        if line is None:
            break
        text += line
    try:
        return str(json.loads(text)["url"])
    except (ValueError, KeyError, TypeError):
        return None
