# SPDX-License-Identifier: Apache-2.0
"""An epoch's report on its way from observations to signatures to the chain, in files that gatekeepers pass around.

Whoever signs two different reports of one epoch and round loses the bond: `Signed` remembers what a key has signed and
refuses the second.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eth_abi.exceptions import EncodingError
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.address import is_address, to_checksum_address

from pha.staking.contracts import Step
from pha.staking.errors import FileInvalid, StakingError
from pha.staking.gatekeepers import EpochTree, Record
from pha.staking.suite import Suite
from pha.staking.typed_data import GATEKEEPERS_NAME, VERSION, Report, report_hash
from pha.staking.workers import BPS, Rates, grown, share_of

_TYPES = {
    "Report": [
        {"name": "epoch", "type": "uint32"},
        {"name": "round", "type": "uint32"},
        {"name": "root", "type": "bytes32"},
        {"name": "totalShare", "type": "uint128"},
        {"name": "totalStake", "type": "uint128"},
    ]
}


@dataclass(frozen=True)
class Observation:
    """What a gatekeeper saw of a worker in an epoch: whether it answered, and the performance that it reached."""

    worker: str
    performance: int
    responsive: bool


@dataclass(frozen=True)
class NamedRecord(Record):
    """A record that also goes by its fields' names in the contract."""

    @property
    def fields(self) -> dict[str, Any]:
        """As the contract's struct."""
        names = ("worker", "previousEpoch", "performance", "responsive", "share", "stake")
        return dict(zip(names, self.values, strict=True))


@dataclass(frozen=True)
class ReportFile:
    """A report with its records and the signatures collected so far, by signer, 65 bytes of 0x-hex each."""

    chain_id: int
    gatekeepers: str
    epoch: int
    round: int
    records: tuple[NamedRecord, ...]
    signatures: dict[str, str] = field(default_factory=dict)

    def tree(self) -> EpochTree:
        """The tree over the records."""
        return EpochTree(self.epoch, self.records)

    def report(self) -> Report:
        """What is signed."""
        return self.tree().report(self.round)

    def digest(self) -> bytes:
        """The EIP-712 hash that is signed: 32 bytes."""
        return report_hash(self.chain_id, self.gatekeepers, self.report())

    def message(self) -> Any:
        """The typed data for a wallet."""
        domain = {
            "name": GATEKEEPERS_NAME,
            "version": VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.gatekeepers,
        }
        values = dict(zip((item["name"] for item in _TYPES["Report"]), self.report().values, strict=True))
        return encode_typed_data(domain, _TYPES, values)

    def with_signature(self, signature: bytes) -> ReportFile:
        """With one signature more, filed under whoever made it. Raises `FileInvalid`."""
        signer = signer_of(self.digest(), signature)
        return replace(self, signatures={**self.signatures, signer: "0x" + signature.hex()})

    def text(self) -> str:
        """As a file holds it: sums and root are for people, a reader works them out again."""
        report = self.report()
        content = {
            "chain_id": self.chain_id,
            "gatekeepers": self.gatekeepers,
            "epoch": self.epoch,
            "round": self.round,
            "root": "0x" + report.root.hex(),
            "total_share": str(report.total_share),
            "total_stake": str(report.total_stake),
            "records": [{**vars(one), "share": str(one.share), "stake": str(one.stake)} for one in self.records],
            "signatures": self.signatures,
        }
        return json.dumps(content, indent=2) + "\n"


class Signed:
    """The reports that a key has signed, one JSON line each, in a file that is written before a signature leaves."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def remember(self, gatekeepers: str, signer: str, report: Report) -> None:
        """Raises `StakingError` where another report of the same epoch and round was signed."""
        entry = {
            "gatekeepers": gatekeepers,
            "signer": signer,
            "epoch": report.epoch,
            "round": report.round,
            "report": "0x" + report.root.hex() + f":{report.total_share}:{report.total_stake}",
        }
        names = ("gatekeepers", "signer", "epoch", "round")
        for known in self._entries():
            if all(known[name] == entry[name] for name in names):
                if known["report"] == entry["report"]:
                    return
                raise StakingError(
                    f"{signer} has signed another report of epoch {report.epoch}, round {report.round}: "
                    "a second one would cost the bond"
                )
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _entries(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        try:
            entries = [json.loads(line) for line in self._path.read_text(encoding="utf-8").splitlines()]
            for entry in entries:
                _ = (entry["gatekeepers"], entry["signer"], entry["epoch"], entry["round"], entry["report"])
        except (KeyError, TypeError, ValueError):
            raise FileInvalid(f"{self._path} is damaged: what was signed is not known, so nothing is") from None
        return entries


def signer_of(digest: bytes, signature: bytes) -> str:
    """Who signed a 32-byte hash. Raises `FileInvalid`."""
    try:
        return str(Account._recover_hash(digest, signature=signature))
    except Exception as error:  # eth-account raises the errors of whichever backend it found
        raise FileInvalid(f"a signature is none: {error}") from None


def read_observations(path: Path) -> list[Observation]:
    """A JSON list of objects with `worker`, `performance` and `responsive`. Raises `FileInvalid`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, list):
            raise ValueError("a list is needed")
        found = [Observation(_address(one["worker"]), int(one["performance"]), one["responsive"]) for one in content]
    except (KeyError, TypeError, ValueError) as error:
        raise FileInvalid(f"{path} is no list of observations: {error}") from None
    for one in found:
        if not isinstance(one.responsive, bool) or not 0 <= one.performance < 2**32:
            raise FileInvalid(f"{path}: what is said of {one.worker} is out of range")
    if len({one.worker for one in found}) != len(found):
        raise FileInvalid(f"{path} names a worker twice")
    return found


def read_report(path: Path) -> ReportFile:
    """A report's file. Raises `FileInvalid` where its root, sums or signatures are not those of its records."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        records = tuple(
            NamedRecord(
                worker=_address(one["worker"]),
                previous_epoch=int(one["previous_epoch"]),
                performance=int(one["performance"]),
                responsive=_boolean(one["responsive"]),
                share=int(one["share"]),
                stake=int(one["stake"]),
            )
            for one in content["records"]
        )
        given = {str(name): str(value) for name, value in content["signatures"].items()}
        gatekeepers = _address(content["gatekeepers"])
        numbers = [int(content[name]) for name in ("chain_id", "epoch", "round")]
        found = ReportFile(numbers[0], gatekeepers, numbers[1], numbers[2], records, given)
        report = found.report()
        said = (content["root"], int(content["total_share"]), int(content["total_stake"]))
        if said != ("0x" + report.root.hex(), report.total_share, report.total_stake):
            raise ValueError("its root or sums are not those of its records")
        for signer, signature in given.items():
            if signer_of(found.digest(), bytes.fromhex(signature.removeprefix("0x"))) != signer:
                raise ValueError(f"the signature under {signer} is not theirs")
    except (KeyError, TypeError, ValueError, AttributeError, EncodingError) as error:
        raise FileInvalid(f"{path} is no report: {error}") from None
    return found


def build_report(
    suite: Suite,
    epoch: int,
    observations: Sequence[Observation],
    earlier: Iterable[ReportFile] = (),
    progress: Callable[[int], None] | None = None,
) -> tuple[ReportFile, list[str]]:
    """The report of an epoch that an honest gatekeeper signs, by what the chain says now; and who is left out and why.

    A worker's epochs are settled in order, so all earlier ones must be: `earlier` are their files, to be checked.
    Raises `StakingError`.
    """
    gatekeepers, schedule, registry = suite.find("gatekeepers"), suite.find("schedule"), suite.find("registry")
    figures = _Figures(suite)
    unsettled = {
        one.worker: report.epoch
        for report in earlier
        for one in report.records
        if schedule.ask("progressOf", one.worker)["lastEpoch"] < report.epoch
    }
    records, left_out = [], []
    for one in observations:
        earning = registry.ask("earningOf", one.worker)
        started, stopped = earning["startedDay"], earning["stoppedDay"]
        if started == 0 or epoch <= started or (stopped and epoch >= stopped):
            left_out.append(f"{one.worker} did not work on that day from its first second to its last")
            continue
        if one.worker in unsettled and unsettled[one.worker] > started:
            raise StakingError(f"{one.worker} is not settled in epoch {unsettled[one.worker]}: settle that epoch first")
        progress_of = schedule.ask("progressOf", one.worker)
        is_this_session = progress_of["session"] == started
        value = progress_of["value"] if is_this_session else earning["initialValue"]
        previous = progress_of["lastEpoch"] if is_this_session else 0
        share, stake = 0, 0
        if one.responsive:
            share, stake = figures.share(value, one.performance, earning), earning["locked"]
        records.append(NamedRecord(one.worker, previous, one.performance, one.responsive, share, stake))
        if progress is not None:
            progress(1)
    if not records:
        raise StakingError(f"nobody of those observed worked on the whole day {epoch}: there is nothing to report")
    ordered = tuple(sorted(records, key=lambda record: int(record.worker, 16)))
    number = gatekeepers.ask("roundOf", epoch)
    return ReportFile(suite.node.chain_id(), gatekeepers.address, epoch, number, ordered), left_out


def merged(files: Sequence[ReportFile]) -> ReportFile:
    """One report with everybody's signatures. Raises `FileInvalid` where the files are of different reports."""
    if len({one.digest() for one in files}) != 1:
        raise FileInvalid("the files are of different reports")
    signatures = {name: value for one in files for name, value in one.signatures.items()}
    return replace(files[0], signatures=signatures)


def submit_step(suite: Suite, report: ReportFile) -> Step:
    """Files a report with its signatures, by rising signers, as the contract wants them."""
    contract = suite.find("gatekeepers")
    if (report.chain_id, report.gatekeepers) != (suite.node.chain_id(), contract.address):
        raise FileInvalid(f"the report is for gatekeepers {report.gatekeepers} on chain {report.chain_id}")
    signers = sorted(report.signatures, key=lambda signer: int(signer, 16))
    signatures = [bytes.fromhex(report.signatures[one].removeprefix("0x")) for one in signers]
    says = f"file the report of epoch {report.epoch}, round {report.round}, with {len(signers)} signatures"
    return contract.step(says, "submit", report_fields(report.report()), signatures)


def equivocation_steps(suite: Suite, first: ReportFile, second: ReportFile) -> list[Step]:
    """Shows two signed reports of one epoch and round, for each who signed both. Raises `StakingError`."""
    if (first.epoch, first.round) != (second.epoch, second.round) or first.digest() == second.digest():
        raise StakingError("these are not two different reports of one epoch and round")
    both = sorted(set(first.signatures) & set(second.signatures))
    if not both:
        raise StakingError("nobody signed both reports")
    return [
        suite.find("gatekeepers").step(
            f"show that {signer} signed two reports of epoch {first.epoch}, round {first.round}",
            "slashEquivocation",
            report_fields(first.report()),
            bytes.fromhex(first.signatures[signer].removeprefix("0x")),
            report_fields(second.report()),
            bytes.fromhex(second.signatures[signer].removeprefix("0x")),
        )
        for signer in both
    ]


def report_fields(report: Report) -> dict[str, Any]:
    """As the contract's struct."""
    names = ("epoch", "round", "root", "totalShare", "totalStake")
    return dict(zip(names, report.values, strict=True))


class _Figures:
    """A worker's share by the parameters that the chain has now."""

    NUMBERS = (8, 9, 10, 7, 11, 12)
    """growth, cost a performance, base cost, greatest value, loss, most of the benchmark: by the contract's enum."""

    def __init__(self, suite: Suite) -> None:
        parameters = suite.find("worker-parameters")
        growth, cost, base, most, loss, self._most_bps = (parameters.ask("get", number) for number in self.NUMBERS)
        self._rates = Rates(growth, cost, base, most, loss)
        self._confidence = [0, *(parameters.ask("confidenceBps", level) for level in range(1, 6))]

    def share(self, value: int, performance: int, earning: dict[str, Any]) -> int:
        """What the worker counts in its next epoch, in wei; without evidence its value alone."""
        benchmark = earning["performance"]
        instant = min(performance, benchmark * self._most_bps // BPS)
        grown_value = grown(value, instant, benchmark, self._rates)
        level = earning["confidence"] if earning["confidence"] <= 5 else 0
        return share_of(grown_value, instant, self._confidence[level], earning["weightBps"])


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _address(text: Any) -> str:
    if not isinstance(text, str) or not is_address(text):
        raise ValueError(f"{text!r} is no address")
    return str(to_checksum_address(text))
