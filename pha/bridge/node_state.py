# SPDX-License-Identifier: Apache-2.0
"""Fetches a block's whole state from an archive node, page by page, into a file that is checked like any other.

Standard: Substrate's JSON-RPC over HTTP, `chain_getHeader`, `state_getKeysPaged` and `state_queryStorageAt`.
Pairs are appended to `NAME.jsonl.partial` as they come, the block's hash first, so that a fetch that broke off
goes on after the last whole page. The node is believed in nothing: the file becomes `NAME.jsonl` only when its
header hashes to the block asked for and its root is the header's, and the manifest beside it repeats both.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from pha.bridge.chain_state import load_chain_state
from pha.bridge.errors import BridgeError
from pha.bridge.header import Header
from pha.bridge.progress import Track, silent
from pha.bridge.state_manifest import StateManifest

PAGE = 512
ATTEMPTS = 6
FIRST_WAIT_SECONDS = 0.5
TIMEOUT_SECONDS = 60
MOST_ANSWER_BYTES = 256 * 2**20
NAME = re.compile(r"[A-Za-z0-9_-]+")  # it becomes a file's name


class NodeError(BridgeError):
    """A node that stays unreachable, refuses a request, or answers what makes no sense."""


class OtherFetchError(BridgeError):
    """A partial file that was begun for another block, or a name that no file should have."""


@dataclass(frozen=True)
class ArchiveNode:
    """A node's HTTP endpoint. `wait` sleeps between attempts, twice as long each time."""

    url: str
    wait: Callable[[float], None] = time.sleep

    def ask(self, method: str, *params: object) -> Any:
        """The result of one call, tried again while the connection fails. Raises NodeError."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        if not self.url.startswith(("http://", "https://")):
            raise NodeError(f"{self.url} is not an HTTP address")
        reason: object = None
        for attempt in range(ATTEMPTS):
            if attempt:
                self.wait(FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
            try:
                request = Request(self.url, body, {"Content-Type": "application/json"})
                with urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                    answer = json.loads(response.read(MOST_ANSWER_BYTES))
                break
            except HTTPError as cause:
                if cause.code < 500 and cause.code != 429:  # the request is wrong and will stay wrong
                    raise NodeError(f"{self.url} refuses {method}: status {cause.code}") from None
                reason = f"status {cause.code}"
            except (URLError, OSError, HTTPException, ValueError) as cause:  # ValueError: an answer cut short
                reason = cause
        else:
            raise NodeError(f"{self.url} did not answer {method} in {ATTEMPTS} attempts: {reason}")
        if not isinstance(answer, dict) or "result" not in answer:
            error = answer.get("error") if isinstance(answer, dict) else answer
            raise NodeError(f"{self.url} refuses {method}: {str(error)[:200]}")
        return answer["result"]


def fetch_state(
    node: ArchiveNode, name: str, block_hash: bytes, ss58_prefix: int, folder: Path, track: Track = silent
) -> Path:
    """Writes `NAME.jsonl` and `NAME.manifest.json` into `folder` and gives the former's path.

    Call it again with the same arguments to go on after a break. Raises NodeError, OtherFetchError, HeaderError,
    WrongBlockHashError, and after the last page WrongStateRootError or StateFileError; then nothing is kept.
    """
    if NAME.fullmatch(name) is None:
        raise OtherFetchError(f"{name!r} is no name for a state: letters, digits, - and _ only")
    at = f"0x{block_hash.hex()}"
    header = node.ask("chain_getHeader", at)
    if not isinstance(header, dict):
        raise NodeError(f"{node.url} does not know block {at}")
    manifest = StateManifest(name, ss58_prefix, block_hash, Header.from_rpc(header))
    manifest.check_header()
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.jsonl.partial"
    last = _last_key(partial, at)
    with partial.open("a", encoding="ascii") as file:
        if last is None:
            file.write(json.dumps({"block": at}) + "\n")
        for page in track(_pages(node, at, last), "fetching state"):
            file.write("".join(json.dumps([key, value]) + "\n" for key, value in page))
            file.flush()
    return _finish(partial, folder / f"{name}.jsonl", header, manifest, track)


def _last_key(partial: Path, at: str) -> str | None:
    """The key to go on after ("" if there is none yet), or None to begin. Cuts off a line that broke."""
    if not partial.exists():
        return None
    whole = 0
    last: bytes | None = None
    with partial.open("rb") as file:
        first = file.readline()
        if not first.endswith(b"\n"):
            partial.write_bytes(b"")
            return None
        if first != json.dumps({"block": at}).encode() + b"\n":
            raise OtherFetchError(f"{partial} was begun for another block; remove it or fetch elsewhere")
        whole = len(first)
        for line in file:
            if line.endswith(b"\n"):
                whole, last = whole + len(line), line
    with partial.open("r+b") as file:
        file.truncate(whole)
    return "" if last is None else str(json.loads(last)[0])


def _pages(node: ArchiveNode, at: str, last: str | None) -> Iterator[list[tuple[str, str]]]:
    """Pairs in the order of their keys, strictly after `last`."""
    after = last or None
    while True:
        keys = node.ask("state_getKeysPaged", "0x", PAGE, after, at)
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise NodeError(f"{node.url} answers state_getKeysPaged with something else than keys")
        if not keys:
            return
        if any(later <= key for key, later in zip([after or "", *keys], keys, strict=False)):
            raise NodeError(f"{node.url} gives keys that do not ascend: it would go on for ever")
        changes = node.ask("state_queryStorageAt", keys, at)
        try:
            values = {key: value for key, value in changes[0]["changes"] if isinstance(value, str)}
            yield [(key, values[key]) for key in keys]
        except (LookupError, TypeError, ValueError):
            raise NodeError(f"{node.url} does not give the values of the keys it names") from None
        after = keys[-1]


def _finish(partial: Path, path: Path, header: dict[str, Any], manifest: StateManifest, track: Track) -> Path:
    """Checks the state against its block, then lets it have its name."""
    complete = partial.with_suffix(".unchecked")
    with partial.open("rb") as source, complete.open("wb") as target:
        source.readline()
        while chunk := source.read(1 << 20):
            target.write(chunk)
    try:
        load_chain_state(complete, manifest, track)
    except BridgeError:  # going on from what is wrong would never get right
        complete.unlink()
        partial.unlink()
        raise
    fields = {
        "name": manifest.name,
        "ss58_prefix": manifest.ss58_prefix,
        "block_hash": f"0x{manifest.block_hash.hex()}",
        "header": header,
    }
    path.with_name(f"{path.stem}.manifest.json").write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    complete.replace(path)
    partial.unlink()
    return path
