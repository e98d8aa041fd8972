# SPDX-License-Identifier: Apache-2.0
"""A snapshot on disk: what each account needs for its claim, in a form that is still handy for a million.

    snapshot.json        root, total and count of the tree, its block, and the first account of each shard
    conservation.json    the report that everything adds up
    accounts.jsonl       every account that is owed anything: its reason code, what becomes of it, how much
    excluded.jsonl       accounts that no key controls, with the reason
    vesting.jsonl        what goes into vesting wallets, with its proofs, where the rules say so
    accounting.json      where staking was looked through: the issuance by origin, pools, findings accepted
    positions.jsonl      likewise: every single amount, whose it is and where it comes from
    claims/00000.jsonl   4,096 claim bundles a file, ascending by account, one JSON object a line

A bundle stands alone: it carries root and total, so one line is all that a holder needs. Amounts are decimal
text in base units. `snapshot.json` is written last; a folder without it is no snapshot.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from pha.bridge.accounts import AccountClass
from pha.bridge.conservation import ConservationReport, conserve, ledger_lines
from pha.bridge.disposition import Disposition, disposition_of
from pha.bridge.equations import Equation, check_all
from pha.bridge.errors import BridgeError
from pha.bridge.ledger import Ledger
from pha.bridge.look_through import Position
from pha.bridge.progress import Track, silent
from pha.bridge.shallow_json import shallow_json
from pha.bridge.ss58 import encode_ss58, parse_account
from pha.bridge.state_manifest import StateManifest
from pha.bridge.sum_tree import Leaf, SumTree, root_of_proof
from pha.bridge.vesting import VestingLeaf
from pha.bridge.whole_ledger import WholeLedger

SHARD_SIZE = 4096
INDEX_FILE = "snapshot.json"
REPORT_FILE = "conservation.json"
ACCOUNTS_FILE = "accounts.jsonl"
EXCLUDED_FILE = "excluded.jsonl"
VESTING_FILE = "vesting.jsonl"
ACCOUNTING_FILE = "accounting.json"
POSITIONS_FILE = "positions.jsonl"
CLAIMS_FOLDER = "claims"


class SnapshotFolderError(BridgeError):
    """A folder that is no finished snapshot, or that a new one cannot be written to."""


class AlteredBundleError(BridgeError):
    """A bundle that does not lead to the snapshot's root and total."""


class AccountNotInSnapshotError(BridgeError):
    """An account for which the snapshot holds no claim."""


@dataclass(frozen=True)
class ClaimBundle:
    """One account's leaf, its place and the way to the root; amounts in base units."""

    account: bytes
    ss58: str
    free: int
    staked: int
    index: int
    proof: bytes
    root: bytes
    total: int

    @property
    def leaf(self) -> Leaf:
        """The leaf as the tree hashes it."""
        return Leaf(self.account, self.free, self.staked)

    def to_json(self) -> str:
        """One line of JSON; what it holds is hex and digits, so nothing needs escaping."""
        return (
            f'{{"account":"0x{self.account.hex()}","ss58":"{self.ss58}","free":"{self.free}",'
            f'"staked":"{self.staked}","index":{self.index},"proof":"0x{self.proof.hex()}",'
            f'"root":"0x{self.root.hex()}","total":"{self.total}"}}'
        )

    @classmethod
    def from_json(cls, line: str | bytes) -> ClaimBundle:
        """Reads a bundle and checks that it leads to the root and total it names.

        Raises AlteredBundleError. Compare `root` and `total` with the bridge's before relying on it.
        """
        try:
            fields = shallow_json(line)
            bundle = cls(
                account=_unhex(fields["account"]),
                ss58=fields["ss58"],
                free=int(fields["free"]),
                staked=int(fields["staked"]),
                index=fields["index"],
                proof=_unhex(fields["proof"]),
                root=_unhex(fields["root"]),
                total=int(fields["total"]),
            )
            reached = root_of_proof(bundle.leaf, bundle.index, bundle.proof)
            named = parse_account(bundle.ss58)
        except (ValueError, KeyError, TypeError, AttributeError) as cause:
            raise AlteredBundleError(f"this is no claim bundle ({cause}); write the snapshot again") from None
        if reached != (bundle.root, bundle.total) or named != bundle.account:
            raise AlteredBundleError(
                f"the bundle of 0x{bundle.account.hex()} does not lead to its root; write the snapshot again"
            )
        return bundle


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def claim_bundles(leaves: list[Leaf], tree: SumTree, ss58_prefix: int) -> Iterator[ClaimBundle]:
    """The bundle of every leaf, in the order of the tree that was built from the same leaves."""
    for index, (leaf, proof) in enumerate(zip(leaves, tree.proofs(), strict=True)):
        address = encode_ss58(leaf.account, ss58_prefix)
        yield ClaimBundle(leaf.account, address, leaf.free, leaf.staked, index, proof, tree.root, tree.total)


def write_claims(folder: Path, bundles: Iterator[ClaimBundle]) -> list[str]:
    """Writes bundles in shards into `folder`; returns the first account of each shard as 0x-hex."""
    folder.mkdir(parents=True)
    first_accounts: list[str] = []
    while shard := [bundle.to_json() for bundle in islice(bundles, SHARD_SIZE)]:
        shard_path(folder, len(first_accounts)).write_text("\n".join(shard) + "\n", encoding="ascii")
        first_accounts.append(json.loads(shard[0])["account"])
    return first_accounts


def _write_positions(path: Path, positions: Iterable[Position]) -> None:
    with path.open("w", encoding="ascii") as file:
        for account, amount, origin, pid in positions:
            if amount:
                place = "null" if pid is None else pid
                file.write(
                    f'{{"account":"0x{account.hex()}","amount":"{amount}","origin":"{origin}","pool":{place}}}\n'
                )


def _write_accounts(path: Path, ledger: Ledger) -> None:
    with path.open("w", encoding="ascii") as file:
        for leaf in ledger.leaves:
            _write_account(file, leaf.account, ledger.class_of(leaf), leaf.free, leaf.staked)
        for account, reason, amount in ledger.excluded:
            _write_account(file, account, reason, amount, 0)


def _write_account(file: IO[str], account: bytes, reason: AccountClass, free: int, staked: int) -> None:
    file.write(
        f'{{"account":"0x{account.hex()}","class":"{reason}","disposition":"{disposition_of(reason)}",'
        f'"free":"{free}","staked":"{staked}"}}\n'
    )


def _write_vesting(path: Path, leaves: list[VestingLeaf], tree: SumTree) -> None:
    with path.open("w", encoding="ascii") as file:
        for index, (leaf, proof) in enumerate(zip(leaves, tree.proofs(), strict=True)):
            file.write(
                f'{{"account":"0x{leaf.account.hex()}","amount":"{leaf.amount}","start":{leaf.start},'
                f'"duration":{leaf.duration},"number":{leaf.number},"index":{index},"proof":"0x{proof.hex()}",'
                f'"root":"0x{tree.root.hex()}","total":"{tree.total}"}}\n'
            )


def account_lines(path: Path, account: bytes) -> Iterator[bytes]:
    """The lines of a snapshot's file that are about one account (32 bytes); none where there is no such file."""
    if not path.is_file():
        return
    needle = f'"account":"0x{account.hex()}"'.encode("ascii")
    with path.open("rb") as lines:
        yield from (line for line in lines if needle in line)


def shard_path(folder: Path, number: int) -> Path:
    """The file of a shard; leaves number·4096 and up."""
    return folder / f"{number:05}.jsonl"


def write_snapshot(
    folder: Path, manifest: StateManifest, source: Ledger | WholeLedger, track: Track = silent
) -> ConservationReport:
    """Checks conservation, builds the tree and writes the whole snapshot into a folder that is new or empty.

    A whole ledger is written with its accounting and positions. Raises ConservationError, EquationError,
    SnapshotFolderError and what `SumTree` raises; until the last moment the folder holds no `snapshot.json`, so that
    half a snapshot is never taken for one.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SnapshotFolderError(f"{folder} is not empty; remove it or name another folder")
    ledger = source.ledger if isinstance(source, WholeLedger) else source
    report = conserve(ledger_lines(ledger), ledger.total_issuance)
    accounting = source.to_json() if isinstance(source, WholeLedger) else None
    leaves = ledger.claim_leaves
    tree = SumTree(track(leaves, "sum tree", len(leaves)))
    vesting = SumTree(leaf.leaf for leaf in ledger.vesting) if ledger.vesting else None
    claimable = sum(line.amount for line in report.lines if line.disposition is Disposition.CLAIMABLE)
    in_trees = tree.total + (vesting.total if vesting else 0)
    check_all([Equation("claim trees", "sum of the claimable classes", claimable, "total of the trees", in_trees)])
    bundles = claim_bundles(leaves, tree, manifest.ss58_prefix)
    first_accounts = write_claims(folder / CLAIMS_FOLDER, iter(track(bundles, "claim bundles", tree.size)))
    _write_accounts(folder / ACCOUNTS_FILE, ledger)
    with (folder / EXCLUDED_FILE).open("w", encoding="ascii") as file:
        for account, reason, amount in ledger.excluded:
            file.write(f'{{"account":"0x{account.hex()}","reason":"{reason}","amount":"{amount}"}}\n')
    if vesting is not None:
        _write_vesting(folder / VESTING_FILE, ledger.vesting, vesting)
    if isinstance(source, WholeLedger):
        (folder / ACCOUNTING_FILE).write_text(json.dumps(accounting, indent=2) + "\n", encoding="utf-8")
        _write_positions(folder / POSITIONS_FILE, track(source.positions, "positions", len(source.positions)))
    (folder / REPORT_FILE).write_text(json.dumps(report.to_json(), indent=2) + "\n", encoding="ascii")
    index = {
        "chain": manifest.name,
        "block_number": manifest.header.number,
        "block_hash": f"0x{manifest.block_hash.hex()}",
        "state_root": f"0x{manifest.header.state_root.hex()}",
        "ss58_prefix": manifest.ss58_prefix,
        "root": f"0x{tree.root.hex()}",
        "total": str(tree.total),
        "leaves": tree.size,
        "rules": ledger.rules.to_json(),
        "vesting": None
        if vesting is None
        else {"root": f"0x{vesting.root.hex()}", "total": str(vesting.total), "leaves": vesting.size},
        "shard_size": SHARD_SIZE,
        "first_accounts": first_accounts,
    }
    partial = folder / (INDEX_FILE + ".partial")
    partial.write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    partial.replace(folder / INDEX_FILE)
    return report


@dataclass(frozen=True)
class Snapshot:
    """A finished snapshot folder: the tree's root (32 bytes), its total in base units, and look-ups."""

    folder: Path
    chain: str
    root: bytes
    total: int
    leaves: int
    first_accounts: list[bytes]
    index: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Snapshot:
        """Raises SnapshotFolderError if the folder holds no finished snapshot."""
        try:
            index = shallow_json((folder / INDEX_FILE).read_text(encoding="utf-8"))
            return cls(
                folder=folder,
                chain=index["chain"],
                root=_unhex(index["root"]),
                total=int(index["total"]),
                leaves=index["leaves"],
                first_accounts=[_unhex(account) for account in index["first_accounts"]],
                index=index,
            )
        except OSError:
            raise SnapshotFolderError(f"{folder} holds no {INDEX_FILE}; build the snapshot first") from None
        except (ValueError, KeyError, TypeError, AttributeError) as cause:
            raise SnapshotFolderError(f"{folder / INDEX_FILE} is damaged ({cause}); build it again") from None

    def report(self) -> ConservationReport:
        """The conservation report, added up again. Raises SnapshotFolderError or ConservationError."""
        path = self.folder / REPORT_FILE
        try:
            return ConservationReport.from_json(shallow_json(path.read_text(encoding="ascii")))
        except BridgeError:
            raise
        except (OSError, KeyError, TypeError, ValueError) as cause:
            raise SnapshotFolderError(f"{path} cannot be read ({cause}); build the snapshot again") from None

    def bundle(self, account: bytes) -> ClaimBundle:
        """The claim bundle of one account (32 bytes), checked against this snapshot's root.

        Raises AccountNotInSnapshotError, AlteredBundleError or SnapshotFolderError.
        """
        shard = bisect_right(self.first_accounts, account) - 1
        needle = f'"account":"0x{account.hex()}"'.encode("ascii")
        if shard >= 0:
            path = shard_path(self.folder / CLAIMS_FOLDER, shard)
            try:
                with path.open("rb") as lines:
                    found = next((line for line in lines if needle in line), None)
            except OSError as cause:
                raise SnapshotFolderError(f"{path} cannot be read ({cause.strerror}); build it again") from None
            if found is not None:
                return self._checked(ClaimBundle.from_json(found))
        raise AccountNotInSnapshotError(
            f"account 0x{account.hex()} has no claim in {self.folder}{self._why_excluded(needle)}"
        )

    def bundles(self) -> Iterator[ClaimBundle]:
        """Every bundle in order, each checked."""
        for number in range(len(self.first_accounts)):
            with shard_path(self.folder / CLAIMS_FOLDER, number).open("rb") as lines:
                for line in lines:
                    yield self._checked(ClaimBundle.from_json(line))

    def _checked(self, bundle: ClaimBundle) -> ClaimBundle:
        if (bundle.root, bundle.total) != (self.root, self.total):
            raise AlteredBundleError(f"the bundle of 0x{bundle.account.hex()} is of another snapshot")
        return bundle

    def _why_excluded(self, needle: bytes) -> str:
        path = self.folder / EXCLUDED_FILE
        if path.is_file():
            with path.open("rb") as lines:
                for line in lines:
                    if needle in line:
                        return f": it is excluded as {json.loads(line)['reason']}"
        return ""
