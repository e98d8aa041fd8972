# SPDX-License-Identifier: Apache-2.0
"""Logs in halves, files that were tampered with, windows of claims, coverage: what needs no chain."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from types import SimpleNamespace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from pha.deployment.errors import ChainUnavailable
from pha.staking.consents import read_consent, sign_consent
from pha.staking.errors import FileInvalid, StakingError
from pha.staking.keeping import unsettleable
from pha.staking.machine import Wei, plain
from pha.staking.model import DAY, ONE
from pha.staking.node import StakingNode
from pha.staking.pools import Cohort
from pha.staking.reports import NamedRecord, ReportFile, Signed, merged, read_observations, read_report
from pha.staking.slash_claims import Claim, Status

KEY = Account.from_key(b"\x07" * 32)
REGISTRY, POOL = "0x" + "11" * 20, "0x" + "22" * 20


# A node that answers for few blocks at once


class _Eth:
    def __init__(self, most: int, head: int):
        self.most, self.head, self.asked = most, head, 0

    @property
    def block_number(self):
        return self.head

    def get_block(self, number):
        return {"timestamp": 1000 + 12 * number}

    def get_logs(self, question):
        self.asked += 1
        first, last = question["fromBlock"], question["toBlock"]
        if last - first + 1 > self.most:
            raise OSError("query returned more than 10000 results")
        return [
            {"address": REGISTRY, "topics": [], "data": b"", "blockNumber": number}
            for number in range(first, last + 1)
            if number % 1000 == 0
        ]


def node_with(most: int, head: int = 10_000) -> StakingNode:
    node = StakingNode.__new__(StakingNode)
    node._web3 = SimpleNamespace(eth=_Eth(most, head))
    return node


@pytest.mark.parametrize("most", [20_000, 3_000, 2_000])
def test_the_log_is_searched_in_parts_that_the_node_answers_and_nothing_is_lost(most):
    searched: list[int] = []
    found = list(node_with(most).logs(REGISTRY, [], 0, 10_000, searched.append))
    assert [log.block for log in found] == list(range(0, 10_001, 1000))
    assert sum(searched) == 10_001


def test_a_node_that_answers_nothing_is_an_error():
    node = node_with(0)
    with pytest.raises(ChainUnavailable):
        list(node.logs(REGISTRY, [], 0, 10_000))
    assert node._web3.eth.asked < 10
    assert list(node.logs(REGISTRY, [], 5, 4)) == []


@pytest.mark.parametrize(("moment", "block"), [(0, 0), (1000, 0), (1001, 1), (1012, 1), (1013, 2), (10**9, 10_001)])
def test_the_first_block_of_a_time_is_found(moment, block):
    assert node_with(1).first_block_since(moment) == block


# For machines


class Colour(IntEnum):
    RED = 1


@dataclass(frozen=True)
class Sample:
    small: Wei
    none: Wei | None
    days: int
    colour: Colour
    word: bytes
    inner: tuple[int, ...]


def test_amounts_are_text_whatever_their_size_and_other_numbers_are_not():
    sample = Sample(1, None, 2**60, Colour.RED, b"\x01", (1, 2))
    expected = {"small": "1", "none": None, "days": 2**60, "colour": "red", "word": "0x01", "inner": [1, 2]}
    assert plain({"a": [sample]}) == {"a": [expected]}


# Consents


@pytest.fixture
def consent():
    return sign_consent(KEY, 1, REGISTRY, POOL, 100, 3, 5000)


def test_a_consent_is_the_typed_data_that_eth_account_signs(consent, tmp_path):
    names = {"key": "address", "pool": "address", "performance": "uint32", "nonce": "uint256", "deadline": "uint256"}
    message = encode_typed_data(
        {"name": "PhalaWorkerRegistry", "version": "1", "chainId": 1, "verifyingContract": REGISTRY},
        {"Consent": [{"name": name, "type": kind} for name, kind in names.items()]},
        {"key": KEY.address, "pool": POOL, "performance": 100, "nonce": 3, "deadline": 5000},
    )
    assert bytes.fromhex(consent.signature[2:]) == KEY.sign_message(message).signature
    path = tmp_path / "consent.json"
    path.write_text(consent.text())
    read = read_consent(path)
    read.check(1, REGISTRY, 3, 5000)
    assert (read.key, read.pool.lower(), read.performance) == (KEY.address, POOL, 100)


@pytest.mark.parametrize("change", [{"performance": 2**32}, {"deadline": -1}, {"key": "0x12"}, {"signature": 7}])
def test_a_file_that_holds_no_consent_is_refused(consent, tmp_path, change):
    path = tmp_path / "consent.json"
    path.write_text(json.dumps({**json.loads(consent.text()), **change}))
    with pytest.raises(FileInvalid, match="holds no consent"):
        read_consent(path)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((2, REGISTRY, 3, 5000), "on chain 1"),
        ((1, POOL, 3, 5000), "not for this one"),
        ((1, REGISTRY, 4, 5000), "the key's next is 4"),
        ((1, REGISTRY, 3, 5001), "time has passed"),
    ],
)
def test_a_consent_that_the_registry_would_refuse_is_refused_before(consent, arguments, says):
    with pytest.raises(FileInvalid, match=says):
        consent.check(*arguments)


@pytest.mark.parametrize(
    "change", [{"performance": 101}, {"signature": "0x00"}, {"signature": "0x" + "00" * 65}, {"deadline": 6000}]
)
def test_a_consent_with_another_word_in_it_is_not_the_keys(consent, change):
    changed = type(consent)(**{**vars(consent), **change})
    with pytest.raises(FileInvalid, match="is not signed by"):
        changed.check(1, REGISTRY, 3, 5000)


# Reports


def report_of(performance: int = 100) -> ReportFile:
    records = [NamedRecord(f"0x{number:040x}", 0, performance, True, 5 * number, 7) for number in (1, 2, 3)]
    return ReportFile(1, REGISTRY, 20_000, 0, tuple(records))


def signed_by(report: ReportFile, number: int) -> ReportFile:
    key = Account.from_key(bytes([number]) * 32)
    return report.with_signature(bytes(key.sign_message(report.message()).signature))


def test_a_report_goes_through_its_file_with_everybodys_signatures(tmp_path):
    path = tmp_path / "report.json"
    both = merged([signed_by(report_of(), 1), signed_by(report_of(), 2)])
    path.write_text(both.text())
    assert read_report(path) == both
    assert set(both.signatures) == {Account.from_key(bytes([one]) * 32).address for one in (1, 2)}
    assert (both.report().total_share, both.report().total_stake) == (30, 21)
    with pytest.raises(FileInvalid, match="of different reports"):
        merged([report_of(), report_of(101)])


@pytest.mark.parametrize("name", ["root", "total_share", "epoch", "round", "chain_id", "records", "wide", "word"])
def test_a_report_whose_parts_do_not_fit_is_refused(tmp_path, name):
    path = tmp_path / "report.json"
    content = json.loads(signed_by(report_of(), 1).text())
    first, *others = content["records"]
    changes = {
        "root": ("root", "0x00"),
        "total_share": ("total_share", "31"),
        "records": ("records", others),
        "wide": ("records", [{**first, "performance": 2**32}, *others]),
        "word": ("records", [{**first, "responsive": "true"}, *others]),
    }
    key, value = changes.get(name, (name, 9))
    path.write_text(json.dumps({**content, key: value}))
    with pytest.raises(FileInvalid, match="is no report"):
        read_report(path)


def test_the_journal_refuses_a_second_report_of_an_epoch_and_round(tmp_path):
    signed = Signed(tmp_path / "journal")
    signed.remember(REGISTRY, KEY.address, report_of().report())
    signed.remember(REGISTRY, KEY.address, report_of().report())
    signed.remember(REGISTRY, POOL, report_of(101).report())  # another's
    with pytest.raises(StakingError, match="would cost the bond"):
        signed.remember(REGISTRY, KEY.address, report_of(101).report())
    assert len((tmp_path / "journal").read_text().splitlines()) == 2


@pytest.mark.parametrize("line", ["{", "[]", "{}", "1"])
def test_a_damaged_journal_signs_nothing(tmp_path, line):
    (tmp_path / "journal").write_text(line + "\n")
    with pytest.raises(FileInvalid, match="is damaged"):
        Signed(tmp_path / "journal").remember(REGISTRY, KEY.address, report_of().report())


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "{}",
        '[{"worker": "0x12", "performance": 1, "responsive": true}]',
        json.dumps([{"worker": POOL, "performance": -1, "responsive": True}]),
        json.dumps([{"worker": POOL, "performance": 1, "responsive": "yes"}]),
        json.dumps([{"worker": POOL, "performance": 1, "responsive": True}] * 2),
    ],
)
def test_observations_that_are_none_are_refused(tmp_path, content):
    path = tmp_path / "seen.json"
    path.write_text(content)
    with pytest.raises(FileInvalid):
        read_observations(path)


# Claims


def claim(status: Status, *, objective: bool = False) -> Claim:
    times = (0, 0) if objective else (100 + 3 * DAY, 100 + 10 * DAY)
    ends = 100 + (7 if objective else 17) * DAY
    return Claim(1, POOL, status, objective, 5, 5, "", 100, *times, ends, b"")


@pytest.mark.parametrize(
    ("one", "day", "says"),
    [
        (claim(Status.FILED, objective=True), 0, "execute: anyone by 1970-01-08"),
        (claim(Status.FILED, objective=True), 8, "lapse: anyone"),
        (claim(Status.FILED), 1, "operator objects by 1970-01-04 00:01, then execute by 1970-01-18"),
        (claim(Status.FILED), 4, "execute: anyone by 1970-01-18"),
        (claim(Status.CHALLENGED), 4, "governance upholds or cancels by 1970-01-11"),
        (claim(Status.CHALLENGED), 11, "lapse: anyone"),
        (claim(Status.UPHELD), 11, "execute: anyone by 1970-01-18"),
        (claim(Status.UPHELD), 18, "lapse: anyone"),
        (claim(Status.EXECUTED), 1, "over"),
    ],
)
def test_a_claim_says_who_may_do_what_until_when(one, day, says):
    assert one.next_step(100 + day * DAY).startswith(says)


def test_an_accusation_can_be_executed_from_the_second_after_the_objection():
    assert claim(Status.FILED).next_step(100 + 3 * DAY).startswith("operator objects")
    assert claim(Status.FILED).next_step(101 + 3 * DAY).startswith("execute")


# Coverage


def pool(active: int, amounts: list[int], locked: int, frozen: int = 0):
    books = {
        "active": active,
        "norm": sum(amounts),
        "factor": ONE,
        "locked": locked,
        "frozen_until": frozen,
        "pledged": 0,
    }
    waiting = [Cohort(index, 10 + index, 17 + index, amount, 0) for index, amount in enumerate(amounts)]
    return SimpleNamespace(**books), waiting


@pytest.mark.parametrize(
    ("state", "day", "says"),
    [
        (pool(100, [50, 50], 150), 17, ""),  # 100 active and the second day's 50 cover 150
        (pool(100, [50, 50], 151), 17, "locks need 0.000000000000000001 PHA more"),
        (pool(100, [50, 50], 0), 16, "are due 1970-01-18"),
        (pool(100, [50, 50], 0, frozen=10**6), 17, "an open claim holds"),
    ],
)
def test_requests_are_settled_when_due_covered_and_not_held(state, day, says):
    books, waiting = state
    why_not = unsettleable(books, waiting, 0, day * DAY)
    assert says in why_not
    assert bool(says) == bool(why_not)
