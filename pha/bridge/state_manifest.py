# SPDX-License-Identifier: Apache-2.0
"""Which state is expected: the block that a chain state must turn out to belong to.

A manifest is a small JSON file: `name`, `ss58_prefix`, `block_hash`, and `header` in the form a node answers
to `chain_getHeader`. The block hash is what one compares with a block explorer or with finality;
everything else follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pha.bridge.errors import BridgeError
from pha.bridge.header import Header, hash_from_hex
from pha.bridge.shallow_json import shallow_json

SHIPPED = Path(__file__).parent / "known_states"


class ManifestError(BridgeError):
    """A manifest that is missing, unreadable or lacks a field."""


class WrongBlockHashError(BridgeError):
    """A header that does not hash to the block hash it is said to have."""


class WrongStateRootError(BridgeError):
    """A state whose trie root is not the one in the expected header."""


@dataclass(frozen=True)
class StateManifest:
    """The block whose state is expected. `block_hash` is 32 bytes."""

    name: str
    ss58_prefix: int
    block_hash: bytes
    header: Header

    @classmethod
    def load(cls, path: Path) -> StateManifest:
        """Reads a manifest file. Raises ManifestError, HeaderError or WrongBlockHashError."""
        try:
            fields: Any = shallow_json(path.read_text(encoding="utf-8"))
        except OSError as cause:
            raise ManifestError(f"{path} cannot be read ({cause.strerror}); give the state's manifest") from None
        except ValueError as cause:
            raise ManifestError(f"{path} is not JSON: {cause}") from None
        try:
            name, prefix = fields["name"], fields["ss58_prefix"]
            block_hash, header = fields["block_hash"], fields["header"]
        except (KeyError, TypeError) as missing:
            raise ManifestError(f"{path} has no field {missing}") from None
        if not isinstance(name, str) or not isinstance(prefix, int) or not isinstance(header, dict):
            raise ManifestError(f"{path}: name is text, ss58_prefix a number and header an object")
        manifest = cls(name, prefix, hash_from_hex(block_hash, "block_hash"), Header.from_rpc(header))
        manifest.check_header()
        return manifest

    def check_header(self) -> None:
        """Raises WrongBlockHashError unless the header hashes to the expected block hash."""
        actual = self.header.block_hash()
        if actual != self.block_hash:
            raise WrongBlockHashError(
                f"the header of {self.name} hashes to 0x{actual.hex()}, expected 0x{self.block_hash.hex()}; "
                "take both from the same block"
            )

    def check_state_root(self, root: bytes) -> None:
        """Raises WrongStateRootError unless `root` is the state root of the expected block."""
        if root != self.header.state_root:
            raise WrongStateRootError(
                f"the state's root is 0x{root.hex()}, but {self.name} has 0x{self.header.state_root.hex()}; "
                "the file is incomplete, altered or of another block: fetch it again"
            )


def manifest_for(state_path: Path, chain_id: str | None) -> StateManifest:
    """The manifest of a state for which none was named: beside it, else the shipped one of its chain.

    `dump.jsonl` and `dump.jsonl.gz` go with `dump.manifest.json`; `chain_id` is a raw chain spec's `id`.
    Raises ManifestError.
    """
    beside = state_path.with_name(state_path.name.split(".")[0] + ".manifest.json")
    if beside.is_file():
        return StateManifest.load(beside)
    # A chain's id comes from the file that is being doubted, so it may name a manifest but never a path.
    shipped = {path.name: path for path in sorted(SHIPPED.glob("*.manifest.json"))}
    known = shipped.get(f"{chain_id}.manifest.json")
    if known is None:
        raise ManifestError(f"no manifest says which block {state_path.name} should be: name one or add {beside}")
    return StateManifest.load(known)
