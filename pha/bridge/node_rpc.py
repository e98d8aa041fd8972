# SPDX-License-Identifier: Apache-2.0
"""Calls to a Substrate node's JSON-RPC, over HTTP or WebSocket, tried again while the connection fails."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from pha.bridge.errors import BridgeError

ATTEMPTS = 6
FIRST_WAIT_SECONDS = 0.5
TIMEOUT_SECONDS = 60
CLOSE_SECONDS = 1  # a peer that is gone says no goodbye
MOST_ANSWER_BYTES = 256 * 2**20
MOST_STRAY_MESSAGES = 100


class NodeError(BridgeError):
    """A node that stays unreachable, refuses a request, or answers what makes no sense."""


class _TryAgainError(Exception):
    """A call that failed in a way that may pass."""


class _RefusedError(Exception):
    """A call that will fail every time."""


class _Http:
    """One request a call."""

    def __init__(self, url: str) -> None:
        self._url = url

    def call(self, body: bytes) -> Any:
        try:
            request = Request(self._url, body, {"Content-Type": "application/json"})
            with urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                return json.loads(response.read(MOST_ANSWER_BYTES))
        except HTTPError as cause:
            refused = cause.code < 500 and cause.code != 429  # the request is wrong and will stay wrong
            raise (_RefusedError if refused else _TryAgainError)(f"status {cause.code}") from None
        except (URLError, OSError, HTTPException, ValueError) as cause:  # ValueError: an answer cut short
            raise _TryAgainError(str(cause)) from None


class _WebSocket:
    """One connection for many calls, opened when needed and thrown away when it fails."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: ClientConnection | None = None

    def call(self, body: bytes) -> Any:
        try:
            if self._connection is None:
                self._connection = connect(
                    self._url,
                    open_timeout=TIMEOUT_SECONDS,
                    close_timeout=CLOSE_SECONDS,
                    max_size=MOST_ANSWER_BYTES,
                    compression=None,
                )
            self._connection.send(body.decode("ascii"))
            wanted = json.loads(body)["id"]
            for _ in range(MOST_STRAY_MESSAGES):
                answer = json.loads(self._connection.recv(TIMEOUT_SECONDS))
                if isinstance(answer, dict) and answer.get("id") == wanted:
                    return answer
            raise _TryAgainError("it answers other calls than the one made")
        except InvalidStatus as cause:
            code = cause.response.status_code
            refused = code < 500 and code != 429
            raise (_RefusedError if refused else _TryAgainError)(f"status {code}") from None
        except (WebSocketException, OSError, ValueError) as cause:
            self.close()
            raise _TryAgainError(str(cause) or type(cause).__name__) from None

    def close(self) -> None:
        """Forgets the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass
class ArchiveNode:
    """A node's endpoint (http, https, ws or wss). `wait` sleeps between attempts, twice as long each time."""

    url: str
    wait: Callable[[float], None] = time.sleep
    _transport: _Http | _WebSocket | None = field(default=None, repr=False)
    _calls: int = 0

    def ask(self, method: str, *params: object) -> Any:
        """The result of one call, tried again while the connection fails. Raises NodeError."""
        self._calls += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self._calls, "method": method, "params": params}).encode()
        transport = self._connected()
        reason = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self.wait(FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
            try:
                answer = transport.call(body)
                break
            except _TryAgainError as cause:
                reason = str(cause)
            except _RefusedError as cause:
                raise NodeError(f"{self.url} refuses {method}: {cause}") from None
        else:
            raise NodeError(f"{self.url} did not answer {method} in {ATTEMPTS} attempts: {reason}")
        if not isinstance(answer, dict) or "result" not in answer:
            error = answer.get("error") if isinstance(answer, dict) else answer
            raise NodeError(f"{self.url} refuses {method}: {str(error)[:200]}")
        return answer["result"]

    def close(self) -> None:
        """Ends a WebSocket connection."""
        if isinstance(self._transport, _WebSocket):
            self._transport.close()

    def _connected(self) -> _Http | _WebSocket:
        if self._transport is None:
            if self.url.startswith(("http://", "https://")):
                self._transport = _Http(self.url)
            elif self.url.startswith(("ws://", "wss://")):
                self._transport = _WebSocket(self.url)
            else:
                raise NodeError(f"{self.url} is not an HTTP address, and no WebSocket's either")
        return self._transport
