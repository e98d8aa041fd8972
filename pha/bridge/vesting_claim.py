# SPDX-License-Identifier: Apache-2.0
"""A schedule of the snapshot on its way into a vesting wallet: what `VestingClaims` takes, and what the holder signs.

The sentence is the bridge's with the vesting contract in its place; one signature serves all schedules of an account.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pha.bridge.bundles import VESTING_FILE, AlteredBundleError, Snapshot, account_lines
from pha.bridge.claim import ClaimPath, Evidence, Request
from pha.bridge.shallow_json import shallow_json
from pha.bridge.sum_tree import root_of_proof
from pha.bridge.vesting import VestingLeaf


@dataclass(frozen=True)
class VestingBundle:
    """One leaf of the second tree, its place and the way to the root; it stands alone like a claim bundle."""

    leaf: VestingLeaf
    index: int
    proof: bytes
    root: bytes
    total: int

    @classmethod
    def from_json(cls, line: str | bytes) -> VestingBundle:
        """Reads a line of `vesting.jsonl` and checks that it leads to its root and total. Raises AlteredBundleError."""
        try:
            fields = shallow_json(line)
            bundle = cls(
                leaf=VestingLeaf(
                    account=_unhex(fields["account"]),
                    amount=int(fields["amount"]),
                    start=fields["start"],
                    duration=fields["duration"],
                    number=fields["number"],
                ),
                index=fields["index"],
                proof=_unhex(fields["proof"]),
                root=_unhex(fields["root"]),
                total=int(fields["total"]),
            )
            reached = root_of_proof(bundle.leaf.leaf, bundle.index, bundle.proof)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as cause:
            raise AlteredBundleError(f"this is no vesting bundle ({cause}); write the snapshot again") from None
        if reached != (bundle.root, bundle.total):
            raise AlteredBundleError(f"a vesting bundle of 0x{bundle.leaf.account.hex()} does not lead to its root")
        return bundle

    def claim_values(self, request: Request, evidence: Evidence) -> tuple[object, ...]:
        """The members of `VestingClaim` in order."""
        leaf = self.leaf
        return (
            leaf.account,
            leaf.start,
            leaf.duration,
            leaf.number,
            leaf.amount,
            self.index,
            self.proof,
            f"0x{request.recipient.hex()}",
            int(evidence.scheme),
            evidence.wrapped,
            evidence.data,
        )


def vesting_bundles(snapshot: Snapshot, account: bytes) -> Iterator[VestingBundle]:
    """All schedules of an account (32 bytes) that the snapshot carries over. Raises AlteredBundleError."""
    named = snapshot.index["vesting"] or {}
    for line in account_lines(snapshot.folder / VESTING_FILE, account):
        bundle = VestingBundle.from_json(line)
        if (f"0x{bundle.root.hex()}", str(bundle.total)) != (named.get("root"), named.get("total")):
            raise AlteredBundleError(f"a vesting bundle of 0x{account.hex()} is of another snapshot")
        yield bundle


def vesting_request(recipient: bytes, contract: bytes, chain_id: int) -> Request:
    """What the holder signs for a vesting contract (20 bytes)."""
    return Request(ClaimPath.LIQUID, recipient, contract, chain_id)


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
