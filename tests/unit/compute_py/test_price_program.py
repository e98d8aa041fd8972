# SPDX-License-Identifier: Apache-2.0
"""The oracle's worked program: exact prices, and questions that must not lead a worker astray."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from eth_abi import decode

from pha.compute.answering import ProgramError
from pha.compute.price_program import MAX_RESPONSE_BYTES, PriceProgram, price_at


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ('{"a": {"b": 0.1}}', 10_000_000),
        ('{"a": {"b": "0.1"}}', 10_000_000),
        ('{"a": {"b": 123456789.123456789}}', 12_345_678_912_345_678),
        ('{"a": {"b": 1e-8}}', 1),
        ('{"a": {"b": 7}}', 700_000_000),
        # Rounded down, however many digits there are.
        ('{"a": {"b": 0.99999999999999999999999999999999999}}', 99_999_999),
        ('{"a": {"b": "1234567890123456789012.123456789999"}}', 123456789012345678901212345678),
    ],
)
def test_prices_are_exact(text, price):
    assert price_at(text.encode(), ["a", "b"]) == price


@pytest.mark.parametrize(
    "text",
    [
        *["", "[]", "{}", '{"a": 1}', '{"a": {"b": null}}', '{"a": {"b": true}}', '{"a": {"b": -1}}'],
        *['{"a": {"b": 0}}', '{"a": {"b": NaN}}', '{"a": {"b": "NaN"}}', '{"a": {"b": 1e40}}', '{"a": {"b": {}}}'],
        *['{"a": {"b": 9.99e-9}}', '{"a": {"b": "1e-99999"}}', "[" * 60_000, "\xff"],
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_price_is_refused(text):
    with pytest.raises(ProgramError):
        price_at(text.encode("latin-1"), ["a", "b"])


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"[]",
        b"7",
        b'{"url": 7, "path": []}',
        b'{"url": "https://api.example/x", "path": [7]}',
        b'{"url": "http://api.example/x", "path": ["a"]}',
        b'{"url": "https://other.example/x", "path": ["a"]}',
        b'{"url": "https://api.example@other.example/x", "path": ["a"]}',
        b'{"url": "https://api.example:1/x", "path": ["a"]}',
        b'{"url": "file:///etc/hostname", "path": ["a"]}',
    ],
)
def test_questions_lead_nowhere_but_to_the_hosts_allowed(query):
    with pytest.raises(ProgramError):
        PriceProgram({"api.example"})(query, 1)


@pytest.fixture
def server():
    answers = {
        "/good": (200, b'{"p": "0.25"}', {}),
        "/gone": (404, b'{"p": "0.25"}', {}),
        "/long": (200, b" " * MAX_RESPONSE_BYTES + b'{"p": 1}', {}),
        "/cut": (200, b"12", {"Content-Length": "7"}),
        "/away": (302, b"", {"Location": "http://127.0.0.1:1/"}),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body, headers = answers[self.path]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments): ...

    http = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    yield f"127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


def ask(server, path, steps=("p",)):
    query = json.dumps({"url": f"http://{server}{path}", "path": steps}).encode()
    return PriceProgram({server}, allow_http=True)(query, 1_700_000_000)


def test_an_answer_is_price_and_time(server):
    assert decode(["uint256", "uint64"], ask(server, "/good")) == (25_000_000, 1_700_000_000)


@pytest.mark.parametrize("path", ["/gone", "/long", "/away"])
def test_an_api_that_fails_redirects_or_goes_on_too_long_gives_no_answer(server, path):
    with pytest.raises(ProgramError):
        ask(server, path)


def test_a_number_that_is_the_whole_text_is_no_price(server):
    """Cut short by whoever holds the line, it would still be a number; of an object nothing whole is left."""
    with pytest.raises(ProgramError):
        ask(server, "/cut", ())


def test_an_api_that_is_not_there_gives_no_answer():
    query = b'{"url": "http://127.0.0.1:1/", "path": ["p"]}'
    with pytest.raises(ProgramError):
        PriceProgram({"127.0.0.1:1"}, allow_http=True, timeout_seconds=1)(query, 1)


def endless_continuation(line):
    while True:
        line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


def endless_headers(line):
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        line.sendall(b"x")
        time.sleep(0.05)


def endless_body(line):
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    while True:
        line.sendall(b" ")
        time.sleep(0.05)


def endless_body_without_length(line):
    line.sendall(b'HTTP/1.0 200 OK\r\n\r\n{"p": "0.25"}')
    while True:
        line.sendall(b" ")
        time.sleep(0.05)


@pytest.mark.parametrize(
    "talk",
    [endless_continuation, endless_headers, endless_body, endless_body_without_length],
    ids=lambda one: one.__name__,
)
def test_an_api_that_keeps_talking_holds_nobody_up(talk):
    """Each read is answered within the time limit; all of them together are not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            line, _ = listener.accept()
            with line, contextlib.suppress(OSError):
                line.recv(65_536)
                talk(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        query = json.dumps({"url": f"http://{host}/", "path": ["p"]}).encode()
        outcome = []

        def ask_it():
            try:
                outcome.append(PriceProgram({host}, allow_http=True, timeout_seconds=0.4)(query, 1))
            except ProgramError as error:
                outcome.append(error)

        asking = threading.Thread(target=ask_it, daemon=True)
        asking.start()
        asking.join(10)
        assert not asking.is_alive()
        assert isinstance(outcome[0], ProgramError)
        thread.join(10)
