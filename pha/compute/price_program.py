# SPDX-License-Identifier: Apache-2.0
"""The worked example of an oracle's program: a price from an HTTP API, as `PriceFeed` wants it.

The question is a JSON object `{"url": "https://…", "path": ["pha", "usd"]}`; the answer is ABI-encoded (uint256 price
in units of 10^-8, rounded down, uint64 Unix seconds). Prices are read as decimal text and never pass through a float.
Which hosts may be asked is the operator's to say: a question is a stranger's, and must not make a worker look into
its own network.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation, localcontext
from typing import Any
from urllib.parse import urlsplit

from eth_abi.abi import encode

from pha.compute.answering import ProgramError

MAX_RESPONSE_BYTES = 1 << 16
MAX_DEPTH = 16
MAX_BRACKETS = 500  # the parser recurses on the machine's stack, and the text is a stranger's
SCALE = Decimal(10) ** 8
EXACT = Context(prec=MAX_RESPONSE_BYTES + 8, rounding=ROUND_DOWN)  # a price may have as many digits as a response


@dataclass(frozen=True)
class PriceProgram:
    """`hosts` are `host` or `host:port` as they stand in URLs; plain HTTP only where `allow_http`. An API has
    `timeout_seconds` for everything: connection, headers and body.
    """

    hosts: Collection[str]
    allow_http: bool = False
    timeout_seconds: float = 10.0

    def __call__(self, query: bytes, now: int) -> bytes:
        """The price now. Raises `ProgramError`."""
        url, path = self._question(query)
        return encode(["uint256", "uint64"], [price_at(self._fetch(url), path), now])

    def _question(self, query: bytes) -> tuple[str, list[str]]:
        try:
            question = json.loads(_shallow(query))
            url, path = question["url"], question["path"]
            parts = urlsplit(url)
            # Never the whole text: of a bare number cut short by whoever holds the line, what is left is a number too.
            sound = all(isinstance(step, str) for step in path) and 1 <= len(path) <= MAX_DEPTH
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ProgramError(f"no question ({error})") from error
        schemes = ("https", "http") if self.allow_http else ("https",)
        if not sound or parts.scheme not in schemes or parts.netloc not in self.hosts:
            raise ProgramError("the question asks for a place that this worker does not look at")
        return url, list(path)

    def _fetch(self, url: str) -> bytes:
        """The body of a 200; redirections are not followed, for they could lead anywhere."""
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        deadline = time.monotonic() + self.timeout_seconds
        try:
            connection = kind(parts.netloc, timeout=self.timeout_seconds)
            try:
                connection.connect()
                with _ended_at(deadline, connection.sock):
                    connection.request("GET", target, headers={"Accept": "application/json"})
                    answer = connection.getresponse()
                    body = answer.read(MAX_RESPONSE_BYTES + 1)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ProgramError(f"the API does not answer ({error})") from error
        if time.monotonic() >= deadline:
            raise ProgramError(f"the API takes more than {self.timeout_seconds} seconds")
        if answer.status != 200 or len(body) > MAX_RESPONSE_BYTES:
            raise ProgramError(f"the API answers with status {answer.status} and {len(body)} bytes")
        return body


def price_at(body: bytes, path: list[str]) -> int:
    """The number that stands in a JSON text where `path` leads, in units of 10^-8. Raises `ProgramError`."""
    try:
        value: Any = json.loads(_shallow(body), parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
        for step in path:
            value = value[step]
        price = value if isinstance(value, Decimal) else Decimal(str(value)) if isinstance(value, str) else None
        if price is None or not 0 < price < 10**30:
            raise ProgramError("there is no price")
        with localcontext(EXACT):
            units = int(price * SCALE)
        if units == 0:
            raise ProgramError("the price is below the smallest unit")
        return units
    except (ValueError, KeyError, TypeError, IndexError, InvalidOperation, RecursionError) as error:
        raise ProgramError(f"there is no price ({error})") from error


@contextlib.contextmanager
def _ended_at(deadline: float, line: socket.socket) -> Iterator[None]:
    """Cuts the line at `deadline`, in seconds of the monotonic clock. A socket's own timeout is for each read alone: an
    API that sends a byte, or another "100 Continue", now and then would hold a worker for ever.
    """
    # The plain socket's shutdown: an SSL socket's would have what is left of the stream read as if it were plain text.
    watch = threading.Timer(deadline - time.monotonic(), _cut, [line])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _cut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed already
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _shallow(text: bytes) -> bytes:
    """The text, unless it could nest deeper than any sound one."""
    if text.count(b"[") + text.count(b"{") > MAX_BRACKETS:
        raise ValueError("too many brackets")
    return text


def _refuse(name: str) -> None:
    raise ValueError(name)
