# SPDX-License-Identifier: Apache-2.0
"""Made-up evidence for the Python side: built once a kind, as building signs a dozen things."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509

from pha.attestation.intel.generator import Evidence, Kind, build, good
from tests.unit.attestation_py.pccs_service import Service


@cache
def good_evidence(kind: Kind) -> Evidence:
    return build(good(kind))


@pytest.fixture(params=list(Kind), ids=lambda kind: kind.value)
def evidence(request) -> Evidence:
    """Good evidence, of every kind in turn."""
    return good_evidence(request.param)


@pytest.fixture
def tdx() -> Evidence:
    return good_evidence(Kind.TDX_V5)


@pytest.fixture
def sgx() -> Evidence:
    return good_evidence(Kind.SGX_V3)


@pytest.fixture
def root(evidence) -> x509.Certificate:
    return x509.load_der_x509_certificate(evidence.root_der)


@pytest.fixture
def service():
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            queue = state.answers.get(self.path, [(404, b"not here", {})])
            status, body, headers = queue.pop(0) if len(queue) > 1 else queue[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # the client may hang up on a long answer
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()
