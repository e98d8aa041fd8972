# SPDX-License-Identifier: Apache-2.0
"""What one holder is owed, from what, and how they claim it: the ledger from a holder's side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from pha.bridge.accounts import AccountClass
from pha.bridge.bundles import (
    ACCOUNTS_FILE,
    POSITIONS_FILE,
    VESTING_FILE,
    AccountNotInSnapshotError,
    ClaimBundle,
    Snapshot,
    SnapshotFolderError,
    account_lines,
)
from pha.bridge.claim import Claim, ClaimPath, Request
from pha.bridge.conservation import format_pha
from pha.bridge.delegated import OnBehalf
from pha.bridge.relay import SignedRequest
from pha.bridge.shallow_json import shallow_json
from pha.bridge.ss58 import encode_ss58

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
class Later:
    """Base units that go into a vesting wallet: from `start` (Unix seconds), over `duration` seconds."""

    amount: int
    start: int
    duration: int


@dataclass(frozen=True)
class HolderStatement:
    """The parts that add up to what an account is owed, its class, and how it comes: by a claim bundle at once (None
    where everything vests) and `later` into vesting wallets.
    """

    account: bytes
    account_class: AccountClass
    parts: tuple[Part, ...]
    bundle: ClaimBundle | None
    later: tuple[Later, ...]

    @classmethod
    def of(cls, snapshot: Snapshot, account: bytes) -> HolderStatement:
        """Of an account (32 bytes). Raises AccountNotInSnapshotError, which gives the reason where there is one,
        AlteredBundleError or SnapshotFolderError, also where the parts are not the whole.
        """
        later = tuple(
            Later(int(entry["amount"]), entry["start"], entry["duration"])
            for entry in map(shallow_json, account_lines(snapshot.folder / VESTING_FILE, account))
        )
        bundle = _bundle(snapshot, account, needed=not later)
        entries = [json.loads(line) for line in account_lines(snapshot.folder / ACCOUNTS_FILE, account)]
        owed = sum(entry.amount for entry in later) + (bundle.free + bundle.staked if bundle else 0)
        parts = tuple(
            Part(entry["origin"], entry["pool"], int(entry["amount"]))
            for entry in map(shallow_json, account_lines(snapshot.folder / POSITIONS_FILE, account))
        ) or (Part("native", None, owed),)
        if len(entries) != 1 or sum(part.amount for part in parts) != owed:
            raise SnapshotFolderError(f"{snapshot.folder} does not say one thing of 0x{account.hex()}; build it again")
        return cls(account, AccountClass(entries[0]["class"]), parts, bundle, later)

    def to_text(self) -> str:
        """What is owed and from what, with all decimals."""
        rows = [
            (f"{part.origin}{'' if part.pool is None else f', pool {part.pool}'}", format_pha(part.amount))
            for part in self.parts
        ]
        rows.append(("owed in all", format_pha(sum(part.amount for part in self.parts))))
        if self.bundle is not None:
            rows += [("claimable free", format_pha(self.bundle.free)), ("staked", format_pha(self.bundle.staked))]
        rows += [
            (
                f"in a vesting wallet, {_date(later.start)} to {_date(later.start + later.duration)}",
                format_pha(later.amount),
            )
            for later in self.later
        ]
        left, right = (max(len(row[column]) for row in rows) for column in range(2))
        lines = [f"{encode_ss58(self.account)} (0x{self.account.hex()})", f"class: {self.account_class}"]
        lines += [f"  {name:<{left}}  {amount:>{right}} PHA" for name, amount in rows]
        if self.bundle is not None:
            lines.append(f"leaf {self.bundle.index} under root 0x{self.bundle.root.hex()}")
        return "\n".join([*lines, HOW[self.account_class]])

    def sentences(self, request: Request) -> list[tuple[str, str]]:
        """Who signs what: the account's own sentence and, where others may speak for it, theirs."""
        for_others = OnBehalf(request, self.account).sentence()
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
        "vault": request.path is ClaimPath.VAULT,
        "bridge": f"0x{claim.request.bridge.hex()}",
        "chain_id": claim.request.chain_id,
        "bundle": json.loads(claim.bundle.to_json()),
        "claim": f"0x{claim.encode().hex()}",
    }
    return json.dumps(fields, separators=(",", ":"))


def _bundle(snapshot: Snapshot, account: bytes, *, needed: bool) -> ClaimBundle | None:
    try:
        return snapshot.bundle(account)
    except AccountNotInSnapshotError:
        if needed:
            raise
        return None


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
