# SPDX-License-Identifier: Apache-2.0
"""What one holder is owed, from what, and how they claim it: the ledger from a holder's side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pha.bridge.accounts import AccountClass
from pha.bridge.bundles import ACCOUNTS_FILE, POSITIONS_FILE, ClaimBundle, Snapshot, SnapshotFolderError
from pha.bridge.claim import Claim, Request
from pha.bridge.conservation import format_pha
from pha.bridge.delegated import OnBehalf
from pha.bridge.relay import SignedRequest
from pha.bridge.shallow_json import shallow_json

HOW = {
    AccountClass.SIGNING: "Sign with the account's own key, in the wallet that holds it.",
    AccountClass.DUST: "Sign with the account's own key. It is little, but it is paid like anything else.",
    AccountClass.MULTISIG: "A multisig: as many members as its threshold demands sign the sentence for its members.",
    AccountClass.PROXIED: "The account's own key signs; or, where it has none, a proxy of it the sentence for proxies.",
}


@dataclass(frozen=True)
class Part:
    """Base units out of one origin; `pool` is None where there is none."""

    origin: str
    pool: int | None
    amount: int


@dataclass(frozen=True)
class HolderStatement:
    """A holder's bundle, the class of their account, and the parts that add up to what they are owed."""

    bundle: ClaimBundle
    account_class: AccountClass
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, snapshot: Snapshot, account: bytes) -> HolderStatement:
        """Of an account (32 bytes). Raises AccountNotInSnapshotError, which gives the reason where there is one,
        AlteredBundleError or SnapshotFolderError, also where the parts are not the whole.
        """
        bundle = snapshot.bundle(account)
        entries = [json.loads(line) for line in _lines_of(snapshot.folder / ACCOUNTS_FILE, account)]
        owed = bundle.free + bundle.staked
        parts = tuple(
            Part(entry["origin"], entry["pool"], int(entry["amount"]))
            for entry in map(shallow_json, _lines_of(snapshot.folder / POSITIONS_FILE, account))
        ) or (Part("native", None, owed),)
        if len(entries) != 1 or sum(part.amount for part in parts) != owed:
            raise SnapshotFolderError(f"{snapshot.folder} does not say one thing of 0x{account.hex()}; build it again")
        return cls(bundle, AccountClass(entries[0]["class"]), parts)

    def to_text(self) -> str:
        """What is owed and from what, with all decimals."""
        bundle = self.bundle
        rows = [
            (f"{part.origin}{'' if part.pool is None else f', pool {part.pool}'}", format_pha(part.amount))
            for part in self.parts
        ]
        rows += [
            ("free", format_pha(bundle.free)),
            ("staked", format_pha(bundle.staked)),
            ("owed in all", format_pha(bundle.free + bundle.staked)),
        ]
        left, right = (max(len(row[column]) for row in rows) for column in range(2))
        lines = [f"{bundle.ss58} (0x{bundle.account.hex()})", f"class: {self.account_class}"]
        lines += [f"  {name:<{left}}  {amount:>{right}} PHA" for name, amount in rows]
        return "\n".join([*lines, f"leaf {bundle.index} under root 0x{bundle.root.hex()}", HOW[self.account_class]])

    def sentences(self, request: Request) -> list[tuple[str, str]]:
        """Who signs what: the account's own sentence and, where others may speak for it, theirs."""
        for_others = OnBehalf(request, self.bundle.account).sentence()
        if self.account_class is AccountClass.MULTISIG:
            return [("each member", for_others)]
        own = [("the account's key", request.sentence())]
        return [*own, ("or its proxy", for_others)] if self.account_class is AccountClass.PROXIED else own


def hand_over(request: SignedRequest, claim: Claim, signature: bytes) -> str:
    """One line of JSON that a relayer can send: as a request with a snapshot of its own, or as the encoded claim.

    It holds nothing secret and nothing that could be turned against the holder: the signature names the recipient.
    """
    fields = {
        "account": f"0x{request.account.hex()}",
        "recipient": f"0x{request.recipient.hex()}",
        "signature": f"0x{signature.hex()}",
        "vault": request.into_vault,
        "bridge": f"0x{claim.request.bridge.hex()}",
        "chain_id": claim.request.chain_id,
        "bundle": json.loads(claim.bundle.to_json()),
        "claim": f"0x{claim.encode().hex()}",
    }
    return json.dumps(fields, separators=(",", ":"))


def _lines_of(path: Path, account: bytes) -> Iterator[bytes]:
    if not path.is_file():
        return
    needle = f'"account":"0x{account.hex()}"'.encode("ascii")
    with path.open("rb") as lines:
        for line in lines:
            if needle in line:
                yield line
