# SPDX-License-Identifier: Apache-2.0
"""A node on this machine that speaks the RPC, breaks off, lies and comes back; no state is taken on its word."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as websocket_server

from pha.bridge import node_state, state_text
from pha.bridge.chain_state import load_chain_state
from pha.bridge.errors import BridgeError
from pha.bridge.node_rpc import ATTEMPTS, ArchiveNode, NodeError
from pha.bridge.node_state import OtherFetchError, fetch_state
from pha.bridge.sample import MANIFEST_PATH, STATE_PATH
from pha.bridge.state_manifest import WrongBlockHashError, WrongStateRootError
from scripts.snapshot import cli

MANIFEST: dict[str, Any] = json.loads(MANIFEST_PATH.read_text())
BLOCK = bytes.fromhex(MANIFEST["block_hash"][2:])
STATE: dict[str, str] = dict(json.loads(line) for line in STATE_PATH.read_text().splitlines())


class Node(ThreadingHTTPServer):
    """Serves the sample state; `faults` are taken from, one a request, until none is left."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = dict(STATE)
        self.header: object = MANIFEST["header"]
        self.metadata: object = "0x6d657461"
        self.faults: list[str] = []
        self.calls: list[str] = []
        self.die_after: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, params: list[Any]) -> Any:
        assert params[-1] == MANIFEST["block_hash"]
        if method == "chain_getHeader":
            return self.header
        if method == "state_getMetadata":
            return self.metadata
        if method == "state_getKeysPaged":
            prefix, count, after, _ = params
            later = sorted(key for key in self.state if key.startswith(prefix) and (after is None or key > after))
            return later[:count]
        assert method == "state_queryStorageAt"
        return [{"block": params[1], "changes": [[key, self.state.get(key)] for key in params[0]]}]


class Handler(BaseHTTPRequestHandler):
    server: Node

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(call["method"])
        fault = self.server.faults.pop(0) if self.server.faults else ""
        if self.server.die_after is not None and len(self.server.calls) > self.server.die_after:
            fault = "drop"
        if fault == "drop":
            self.close_connection = True
            return
        if fault.isdigit():
            self.send_error(int(fault))
            return
        result = {"jsonrpc": "2.0", "id": call["id"], "result": self.server.answer(call["method"], call["params"])}
        if fault == "error":
            result = {"jsonrpc": "2.0", "id": call["id"], "error": {"code": -32000, "message": "state discarded"}}
        body = json.dumps(result).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)


@pytest.fixture
def node(monkeypatch) -> Iterator[Node]:
    monkeypatch.setattr(node_state, "PAGE", 10)
    server = Node()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def fetch(node: Node, folder: Path, waits: list[float] | None = None, block: bytes = BLOCK) -> Path:
    wait = [].append if waits is None else waits.append
    return fetch_state(ArchiveNode(node.url, wait), "state", block, 30, folder)


def test_state_is_fetched_page_by_page_and_checked(node: Node, tmp_path: Path) -> None:
    path = fetch(node, tmp_path)
    assert load_chain_state(path).pairs == load_chain_state(STATE_PATH).pairs
    assert sorted(file.name for file in tmp_path.iterdir()) == ["state.jsonl", "state.manifest.json", "state.metadata"]
    assert (tmp_path / "state.metadata").read_text() == "0x6d657461\n"
    assert node.calls.count("state_queryStorageAt") == -(-len(STATE) // 10)


@pytest.mark.parametrize("answer", [None, 5, "0x", "0x1", "metadata"])
def test_state_without_metadata_is_fetched_all_the_same(node: Node, tmp_path: Path, answer: object) -> None:
    node.metadata = answer
    fetch(node, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["state.jsonl", "state.manifest.json"]


def test_dropped_cut_and_overloaded_answers_are_asked_for_again(node: Node, tmp_path: Path) -> None:
    node.faults = ["drop", "503", "", "cut", "drop", "429", "", "", "500", "cut"]
    waits: list[float] = []
    path = fetch(node, tmp_path, waits)
    assert waits == [0.5, 1.0, 0.5, 1.0, 2.0, 0.5, 1.0]
    assert load_chain_state(path).pairs == load_chain_state(STATE_PATH).pairs


def test_fetch_goes_on_after_a_break_without_asking_again(node: Node, tmp_path: Path) -> None:
    node.die_after = 8  # the header, three pages of keys and values, one page of keys without values
    with pytest.raises(NodeError, match=f"in {ATTEMPTS} attempts"):
        fetch(node, tmp_path)
    partial = tmp_path / "state.jsonl.partial"
    assert partial.read_text().count("\n") == 1 + 30
    with partial.open("a") as file:
        file.write('["0x1234", "0x')  # as if the machine had stopped in the middle of a line
    node.die_after, node.calls = None, []
    path = fetch(node, tmp_path)
    assert node.calls.count("state_queryStorageAt") == -(-(len(STATE) - 30) // 10)
    assert load_chain_state(path).pairs == load_chain_state(STATE_PATH).pairs


def test_partial_file_of_another_block_is_refused(node: Node, tmp_path: Path) -> None:
    (tmp_path / "state.jsonl.partial").write_text('{"block": "0x00"}\n')
    with pytest.raises(OtherFetchError, match="another block"):
        fetch(node, tmp_path)
    (tmp_path / "state.jsonl.partial").write_text('{"blo')
    fetch(node, tmp_path)


@pytest.mark.parametrize("lie", ["value", "missing", "added"])
def test_state_that_is_not_the_blocks_is_refused_and_not_kept(node: Node, tmp_path: Path, lie: str) -> None:
    key = sorted(STATE)[20]
    if lie == "value":
        node.state[key] += "00"
    elif lie == "missing":
        del node.state[key]
    else:
        node.state[key + "00"] = "0x"
    with pytest.raises(WrongStateRootError):
        fetch(node, tmp_path)
    assert list(tmp_path.iterdir()) == []
    node.state = dict(STATE)
    fetch(node, tmp_path)


def test_node_that_never_ends_is_given_up(node: Node, tmp_path: Path, monkeypatch) -> None:
    size = sum(len(json.dumps(list(entry))) + 1 for entry in STATE.items())
    monkeypatch.setattr(state_text, "MOST_TEXT", size // 2)
    with pytest.raises(NodeError, match="no chain's state"):
        fetch(node, tmp_path)
    assert not (tmp_path / "state.jsonl").exists()


def test_header_of_another_block_is_refused(node: Node, tmp_path: Path) -> None:
    node.header = MANIFEST["header"] | {"number": "0x1"}
    with pytest.raises(WrongBlockHashError):
        fetch(node, tmp_path)
    node.header = None
    with pytest.raises(NodeError, match="does not know block"):
        fetch(node, tmp_path)


ONE_KEY = "0x00"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (lambda _: [ONE_KEY], "do not ascend"),
        (lambda _: ["0x02", "0x01"], "do not ascend"),
        (lambda _: [1, 2], "something else than keys"),
        (lambda _: "0x00", "something else than keys"),
        (lambda after: ["0xffff"] if after is None else [], "does not give the values"),
    ],
)
def test_node_that_makes_no_sense_is_refused(node: Node, tmp_path: Path, monkeypatch, keys, message: str) -> None:
    honest = node.answer
    node.state[ONE_KEY] = "0x"

    def answer(method: str, params: list[Any]) -> Any:
        return keys(params[2]) if method == "state_getKeysPaged" else honest(method, params)

    monkeypatch.setattr(node, "answer", answer)
    with pytest.raises(NodeError, match=message):
        fetch(node, tmp_path)


@pytest.mark.parametrize(("fault", "message"), [("404", "status 404"), ("error", "state discarded")])
def test_refusal_of_the_node_is_not_asked_again(node: Node, tmp_path: Path, fault: str, message: str) -> None:
    node.faults = [fault]
    with pytest.raises(NodeError, match=message):
        fetch(node, tmp_path)
    assert len(node.calls) == 1


@pytest.mark.parametrize("name", ["../state", "a.b", "", "a/b"])
def test_name_that_is_no_file_name_is_refused(node: Node, tmp_path: Path, name: str) -> None:
    with pytest.raises(OtherFetchError, match="no name"):
        fetch_state(ArchiveNode(node.url), name, BLOCK, 30, tmp_path)


def serve(connection: ServerConnection, node: Node) -> None:
    """The same node over WebSocket, with faults of its own."""
    for message in connection:
        call = json.loads(message)
        node.calls.append(call["method"])
        fault = node.faults.pop(0) if node.faults else ""
        if node.die_after is not None and len(node.calls) > node.die_after:
            fault = "drop"
        if fault == "drop":
            connection.socket.shutdown(socket.SHUT_RDWR)
            return
        if fault == "close":
            return
        result = {"jsonrpc": "2.0", "id": call["id"], "result": node.answer(call["method"], call["params"])}
        if fault == "stray":
            connection.send(json.dumps({"jsonrpc": "2.0", "method": "chain_newHead", "params": {}}))
            connection.send(json.dumps(result | {"id": call["id"] - 1, "result": "of a call before"}))
        connection.send(json.dumps(result)[: 20 if fault == "cut" else None])


@pytest.fixture
def web_socket(node: Node) -> Iterator[str]:
    with websocket_server(lambda connection: serve(connection, node), "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def test_state_is_fetched_over_a_web_socket_that_breaks_off(node: Node, web_socket: str, tmp_path: Path) -> None:
    node.faults = ["stray", "drop", "close", "", "cut", "stray", "", "drop", "drop", "drop"]
    waits: list[float] = []
    archive = ArchiveNode(web_socket, waits.append)
    path = fetch_state(archive, "state", BLOCK, 30, tmp_path)
    archive.close()
    assert load_chain_state(path).pairs == load_chain_state(STATE_PATH).pairs
    assert waits == [0.5, 1.0, 0.5, 0.5, 1.0, 2.0]


def test_web_socket_fetch_goes_on_after_a_break(node: Node, web_socket: str, tmp_path: Path) -> None:
    node.die_after = 8
    with pytest.raises(NodeError, match=f"in {ATTEMPTS} attempts"):
        fetch_state(ArchiveNode(web_socket, [].append), "state", BLOCK, 30, tmp_path)
    assert (tmp_path / "state.jsonl.partial").read_text().count("\n") == 1 + 30
    node.die_after, node.calls = None, []
    archive = ArchiveNode(web_socket, [].append)
    path = fetch_state(archive, "state", BLOCK, 30, tmp_path)
    archive.close()
    assert node.calls.count("state_queryStorageAt") == -(-(len(STATE) - 30) // 10)
    assert load_chain_state(path).pairs == load_chain_state(STATE_PATH).pairs


def test_web_socket_address_that_serves_none_is_refused_or_given_up(node: Node, tmp_path: Path) -> None:
    archive = ArchiveNode(node.url.replace("http", "ws"), [].append)
    with pytest.raises(NodeError, match=r"status 501|did not answer"):
        fetch_state(archive, "state", BLOCK, 30, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_other_schemes_than_http_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="not an HTTP address"):
        fetch_state(ArchiveNode(f"file://{STATE_PATH}"), "state", BLOCK, 30, tmp_path)


def test_command_fetches_and_ends_with_one_line_when_refused(node: Node, tmp_path: Path) -> None:
    node.metadata = None
    arguments = ["fetch", "state", "--node", node.url, "--folder", str(tmp_path), "--block"]
    fetched = CliRunner().invoke(cli, [*arguments, MANIFEST["block_hash"]])
    assert fetched.exit_code == 0, fetched.output
    built = CliRunner().invoke(cli, ["build", "--state", str(tmp_path / "state.jsonl"), "--out", str(tmp_path / "out")])
    assert built.exit_code == 0, built.output
    (tmp_path / "state.metadata").write_text("0x6d657461\n")
    doubted = CliRunner().invoke(cli, ["build", "--state", str(tmp_path / "state.jsonl"), "--out", str(tmp_path / "2")])
    assert doubted.output == "Error: these bytes are no runtime's metadata\n"
    refused = CliRunner().invoke(cli, [*arguments, "0x12"])
    assert refused.exit_code == 1
    assert refused.output.count("\n") == 1
    assert issubclass(NodeError, BridgeError)
