# SPDX-License-Identifier: Apache-2.0
"""Fetches a block's whole state from an archive node, page by page, into a file that is checked like any other.

Standard: Substrate's JSON-RPC: `chain_getHeader`, `state_getKeysPaged`, `state_queryStorageAt`, `state_getMetadata`.
Pairs are appended to `NAME.jsonl.partial` as they come, the block's hash first, so that a fetch that broke off
goes on after the last whole page. The node is believed in nothing: the file becomes `NAME.jsonl` only when its
header hashes to the block asked for and its root is the header's, and the manifest beside it repeats both. The
runtime's metadata, which no root covers, comes beside it as `NAME.metadata` where the node gives it; a build takes it
for what it is, a claim (`runtime_layouts`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pha.bridge import state_text
from pha.bridge.chain_state import load_chain_state
from pha.bridge.errors import BridgeError
from pha.bridge.header import Header
from pha.bridge.node_rpc import ArchiveNode, NodeError
from pha.bridge.progress import Track, silent
from pha.bridge.state_manifest import StateManifest

PAGE = 512
METADATA_SUFFIX = ".metadata"
NAME = re.compile(r"[A-Za-z0-9_-]+")  # it becomes a file's name


class OtherFetchError(BridgeError):
    """A partial file that was begun for another block, or a name that no file should have."""


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
            if file.tell() > state_text.MOST_TEXT:  # a node could make up keys for ever
                raise NodeError(f"{node.url} gives more than {state_text.MOST_TEXT} bytes: it is no chain's state")
    path = _finish(partial, folder / f"{name}.jsonl", header, manifest, track)
    _keep_metadata(node, at, folder / f"{name}{METADATA_SUFFIX}")
    return path


def _keep_metadata(node: ArchiveNode, at: str, path: Path) -> None:
    """Metadata is an aid and no part of the state: a node without it has given all that is needed."""
    try:
        metadata = node.ask("state_getMetadata", at)
    except NodeError:
        return
    if isinstance(metadata, str) and re.fullmatch(r"0x(?:[0-9a-fA-F]{2})+", metadata):
        path.write_text(metadata + "\n", encoding="ascii")


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
