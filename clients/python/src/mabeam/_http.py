"""Requests to a server: JSON in and out, one kept connection a thread, and patience.

Every request may be repeated: the server answers what it did before and does not do it again. So whatever is lost on
the way, the request or its answer, is sent again until the client's patience is at its end.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from typing import Any, Dict, Optional, Tuple
from urllib.parse import urlsplit

from ._errors import InvalidRequest, MabeamError, ServerError, Unavailable, from_answer

VERSION = 1
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 5.0


class Transport:
    """Speaks to one server. Any number of threads may use it."""

    def __init__(self, url: str, token: Optional[str], timeout: float, patience: float) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise InvalidRequest(f"the server's address is {url!r}", "give it as in http://127.0.0.1:9464")
        self._host, self._port = parts.hostname, parts.port or 80
        self._path = parts.path.rstrip("/")
        self._timeout, self._patience = timeout, patience
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._kept = threading.local()
        self.url = url.rstrip("/")

    def post(self, path: str, body: Dict[str, Any], *, wait: float = 0.0, patience: Optional[float] = None) -> Any:
        """Sends a body; answers the body of the answer, and None for an empty one."""
        return self._request("POST", path, {"version": VERSION, **body}, wait, patience)

    def get(self, path: str) -> Any:
        """Reads what is at a path."""
        return self._request("GET", path, None, 0.0, None)

    def close(self) -> None:
        """Closes this thread's connection."""
        connection = getattr(self._kept, "connection", None)
        if connection is not None:
            connection.close()
            self._kept.connection = None

    def _request(
        self, method: str, path: str, body: Optional[Dict[str, Any]], wait: float, patience: Optional[float]
    ) -> Any:
        try:
            sent = None if body is None else json.dumps(body, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise InvalidRequest(f"the request has no JSON: {error}", "use plain numbers and strings") from error
        end = time.monotonic() + (self._patience if patience is None else patience)
        pause = FIRST_PAUSE
        while True:
            failure: MabeamError
            try:
                status, answer = self._exchange(method, path, sent, wait)
                if status in (200, 201, 204):
                    return answer
                failure = from_answer(status, answer)
                if not isinstance(failure, Unavailable):
                    raise failure
            except (OSError, http.client.HTTPException) as error:
                self.close()
                what = f"the server at {self.url} gave no answer: {error or type(error).__name__}"
                failure = Unavailable(what, "check that it is running and that the address is right")
                failure.__cause__ = error
            if time.monotonic() + pause > end:
                raise failure
            # Spread, so that workers which lost one server do not come back all at once.
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2.0, LONGEST_PAUSE)

    def _exchange(self, method: str, path: str, sent: Optional[bytes], wait: float) -> Tuple[int, Any]:
        connection = self._connection(self._timeout + wait)
        headers = dict(self._headers)
        if sent is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, self._path + path, body=sent, headers=headers)
        response = connection.getresponse()
        text = response.read()
        if response.will_close:
            self.close()
        if not text:
            return response.status, None
        try:
            return response.status, json.loads(text)
        except ValueError:
            if response.status == 503:
                return response.status, {"message": text.decode("utf-8", "replace").strip()}
            shown = text[:200].decode("utf-8", "replace").strip()
            if response.status >= 400:
                return response.status, {"message": shown}
            raise ServerError(f"the answer of {self.url} is no JSON: {shown!r}", "check the address") from None

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        connection: Optional[http.client.HTTPConnection] = getattr(self._kept, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
            self._kept.connection = connection
        connection.timeout = timeout
        if connection.sock is None:
            connection.connect()
            _send_at_once(connection)
        connection.sock.settimeout(timeout)
        return connection


def _send_at_once(connection: http.client.HTTPConnection) -> None:
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
