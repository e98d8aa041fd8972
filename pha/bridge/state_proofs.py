# SPDX-License-Identifier: Apache-2.0
"""Storage proofs out of files: a whole chain state, or what an archive node answered to `state_getReadProof`.

Either is believed only as far as it leads to the state root asked for, which is the bridge's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pha.bridge.chain_state import read_pairs
from pha.bridge.errors import BridgeError
from pha.bridge.progress import Track, silent
from pha.bridge.shallow_json import shallow_json
from pha.bridge.state_trie import Pair, StateTrie
from pha.bridge.storage_proof import StorageProof, nodes_by_hash, nodes_of_read_proof, proof_from_index


class StateProofsError(BridgeError):
    """A file that holds no proofs, or a state that is another block's."""


@dataclass(frozen=True)
class StateProofs:
    """Trie nodes under a state root (32 bytes), by their hash."""

    root: bytes
    nodes: Mapping[bytes, bytes] = field(default_factory=dict)

    def proof(self, key: bytes) -> StorageProof:
        """The proof of one storage key. Raises StorageProofError where the nodes do not show it."""
        return proof_from_index(self.root, key, self.nodes)

    @classmethod
    def of_pairs(cls, pairs: Iterable[Pair], keys: Iterable[bytes]) -> StateProofs:
        """From a whole state, ascending by key, keeping what the proofs of `keys` need."""
        wanted = set(keys)
        trie = StateTrie.build(pairs, wanted)
        return cls(trie.root, nodes_by_hash(node for key in wanted for node in trie.proof(key)))

    @classmethod
    def of_state(cls, path: Path, root: bytes, keys: Iterable[bytes], track: Track = silent) -> StateProofs:
        """From a state file, which must have that root. Raises StateFileError or StateProofsError."""
        pairs, _ = read_pairs(path, track)
        proofs = cls.of_pairs(track(pairs, "state root", len(pairs)), keys)
        if proofs.root != root:
            raise StateProofsError(f"{path} has state root 0x{proofs.root.hex()}, but the bridge's is 0x{root.hex()}")
        return proofs

    @classmethod
    def of_read_proofs(cls, paths: Iterable[Path], root: bytes) -> StateProofs:
        """From answers to `state_getReadProof`, as a node gives them or the result alone.

        Raises StateProofsError or StorageProofError.
        """
        nodes: list[bytes] = []
        for path in paths:
            try:
                answer = shallow_json(path.read_bytes())
            except (OSError, ValueError) as cause:
                raise StateProofsError(f"{path} is no answer to state_getReadProof: {cause}") from None
            if isinstance(answer, dict) and isinstance(answer.get("result"), dict):
                answer = answer["result"]
            if not isinstance(answer, dict):
                raise StateProofsError(f"{path} is no answer to state_getReadProof: no JSON object")
            nodes += nodes_of_read_proof(answer)
        return cls(root, nodes_by_hash(nodes))
