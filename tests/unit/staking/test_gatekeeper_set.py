# SPDX-License-Identifier: Apache-2.0
"""GatekeeperSet: seats by bond, reports by quorum, objections, and the price of two signed reports."""

from __future__ import annotations

import ape
import pytest
from eth_account import Account

from pha.staking.typed_data import Report, report_hash
from tests.reference.stake_pools import DAY, PHA
from tests.reference.workers import Gatekeepers, Workers, logged, number_of, refused

BOND = 100_000 * PHA


@pytest.fixture(scope="module")
def seated(accounts):
    return accounts[12:16]


@pytest.fixture(scope="module")
def workers(staking, slasher, rewarder):
    return Workers.deploy(staking, slasher, rewarder, {"MaxGatekeepers": 4})


@pytest.fixture(scope="module")
def gatekeepers(workers, treasury, seated):
    """Four seats with 400, 300, 200 and 100 thousand PHA: all of them taken."""
    gatekeepers = Gatekeepers.deploy(workers, treasury)
    for account, bond in zip(seated, (4, 3, 2, 1), strict=True):
        gatekeepers.seat(account, bond * BOND)
    return gatekeepers


@pytest.fixture(scope="module")
def guard(gatekeepers):
    return gatekeepers.contract


@pytest.fixture
def epoch(gatekeepers, staking):
    """The day of the test, which has then just ended. The bonds were there before."""
    staking.begin_a_day()
    today = staking.now // DAY
    staking.travel_to((today + 1) * DAY)
    return today


def report_of(epoch: int, root: int = 1, round_: int = 0) -> Report:
    return Report(epoch, round_, root.to_bytes(32, "big"), 10, 20)


# Seats


def test_a_higher_bond_takes_the_lowest_seat(gatekeepers, guard, staking, seated, stranger):
    staking.token.transfer(stranger, 2 * BOND, sender=staking.deployer)
    staking.token.approve(guard, 2 * BOND, sender=stranger)
    with refused(guard.BondTooSmall, BOND, BOND + 1):
        guard.join(BOND, sender=stranger)
    receipt = guard.join(BOND + 1, sender=stranger)
    (left,) = receipt.decode_logs(guard.GatekeeperLeft)
    assert (left.gatekeeper, left.bond, left.releaseAt) == (seated[3].address, BOND, receipt.timestamp + 70 * DAY)
    assert set(guard.gatekeepers()) == {account.address for account in (*seated[:3], stranger)}
    with refused(guard.AlreadySeated, stranger):
        guard.join(2 * BOND, sender=stranger)


def test_who_was_outbid_comes_back_with_the_old_bond(gatekeepers, guard, staking, seated, stranger):
    """Griefing: pushing someone out must not keep them out for the unbonding."""
    outbid = 2 * BOND
    staking.token.transfer(stranger, outbid, sender=staking.deployer)
    staking.token.approve(guard, outbid, sender=stranger)
    guard.join(outbid, sender=stranger)
    staking.token.transfer(seated[3], 2 * BOND, sender=staking.deployer)
    with refused(guard.BondTooSmall, 2 * BOND, 2 * BOND + 1):
        guard.join(BOND, sender=seated[3])
    guard.join(BOND + 1, sender=seated[3])
    back = guard.gatekeeperOf(seated[3])
    assert (back.bond, back.releaseAt) == (2 * BOND + 1, 0)
    assert back.seat != 0
    staking.travel(71 * DAY)
    with refused(guard.NothingToWithdraw, seated[3], 0):
        guard.withdraw(seated[3], sender=stranger)


def test_a_bond_leaves_after_the_unbonding_and_to_nobody_else(guard, staking, seated, stranger):
    released = guard.resign(sender=seated[0]).timestamp + 70 * DAY
    before = staking.token.balanceOf(seated[0])
    staking.chain.pending_timestamp = released - 1
    with refused(guard.NothingToWithdraw, seated[0], released):
        guard.withdraw(seated[0], sender=stranger)
    staking.chain.pending_timestamp = released
    guard.withdraw(seated[0], sender=stranger)
    assert staking.token.balanceOf(seated[0]) - before == 4 * BOND
    with refused(guard.NothingToWithdraw, seated[0], 0):
        guard.withdraw(seated[0], sender=stranger)
    with refused(guard.NothingToWithdraw, seated[1], 0):
        guard.withdraw(seated[1], sender=stranger)


def test_join_refuses_under_the_minimum(guard, seated, accounts):
    guard.resign(sender=seated[0])
    with refused(guard.BondTooSmall, BOND - 1, BOND):
        guard.join(BOND - 1, sender=accounts[17])


def test_only_the_seated_top_up_and_leave(guard, stranger):
    for call in (lambda: guard.resign(sender=stranger), lambda: guard.topUp(1, sender=stranger)):
        with ape.reverts(guard.NotEligible):
            call()


# Reports


def test_report_hash_is_that_of_eip_712(gatekeepers, guard, staking, seated):
    report = Report(20_000, 2, b"\x11" * 32, 2**127, 3)
    assert bytes(guard.reportHash(report.values)) == report_hash(staking.chain.chain_id, guard.address, report)
    signature = gatekeepers.sign(seated[0], report)
    digest = report_hash(staking.chain.chain_id, guard.address, report)
    assert Account._recover_hash(digest, signature=signature) == seated[0].address


def test_a_quorum_makes_a_report_which_becomes_final(gatekeepers, guard, staking, epoch, seated, stranger):
    report = report_of(epoch)
    receipt = gatekeepers.submit(report, seated[:3], sender=stranger)
    (event,) = receipt.decode_logs(guard.ReportAccepted)
    assert (event.epoch, event.signed, event.eligible) == (epoch, 9 * BOND, 10 * BOND)
    accepted = guard.reportOf(epoch)
    assert (bytes(accepted.root), accepted.totalShare, accepted.totalStake) == (report.root, 10, 20)
    assert accepted.finalAt == receipt.timestamp + 6 * 3600
    staking.travel_to(accepted.finalAt - 1)
    assert not guard.isFinal(epoch)
    staking.travel_to(accepted.finalAt)
    assert guard.isFinal(epoch)
    assert not guard.isFinal(epoch + 1)


def test_a_quorum_counts_bonds_and_heads(gatekeepers, guard, workers, staking, epoch, seated, stranger):
    # 4 + 2 of 10 is under two thirds, and 4 + 3 are two reporters where three are needed.
    with refused(guard.QuorumMissed, 6 * BOND, 6667 * BOND // 1000, 2, 3):
        gatekeepers.submit(report_of(epoch), [seated[0], seated[2]], sender=stranger)
    with refused(guard.QuorumMissed, 7 * BOND, 6667 * BOND // 1000, 2, 3):
        gatekeepers.submit(report_of(epoch), seated[:2], sender=stranger)
    with refused(guard.QuorumMissed, 0, 6667 * BOND // 1000, 0, 3):
        gatekeepers.submit(report_of(epoch), [], sender=stranger)
    gatekeepers.submit(report_of(epoch), [*seated[:2], seated[3]], sender=stranger)


def test_no_signature_counts_twice_or_for_another_report(gatekeepers, guard, epoch, seated, stranger):
    report = report_of(epoch)
    signatures = gatekeepers.signatures(seated[:3], report)
    with ape.reverts(guard.SignersNotRising):
        guard.submit(report.values, [signatures[0], *signatures], sender=stranger)
    with ape.reverts(guard.SignersNotRising):
        guard.submit(report.values, signatures[::-1], sender=stranger)
    with ape.reverts():  # of another root they recover to nobody's addresses
        guard.submit(report_of(epoch, root=2).values, signatures, sender=stranger)


def test_a_report_of_another_contract_is_nobodys(gatekeepers, guard, workers, treasury, epoch, seated, stranger):
    other = Gatekeepers.deploy(workers, treasury)
    with ape.reverts():
        guard.submit(report_of(epoch).values, other.signatures(seated[:3], report_of(epoch)), sender=stranger)


def test_reports_come_in_their_time(gatekeepers, guard, staking, epoch, seated, stranger):
    with ape.reverts(guard.EpochNotOpen):  # the day isn't over
        gatekeepers.submit(report_of(epoch + 1), seated, sender=stranger)
    staking.chain.pending_timestamp = (epoch + 4) * DAY
    with refused(guard.EpochNotOpen, epoch, (epoch + 1) * DAY, (epoch + 4) * DAY):
        gatekeepers.submit(report_of(epoch), seated, sender=stranger)
    staking.chain.pending_timestamp = (epoch + 5) * DAY - 1
    gatekeepers.submit(report_of(epoch + 1), seated, sender=stranger)


def test_one_report_an_epoch_and_none_for_an_earlier_one(gatekeepers, guard, staking, epoch, seated, stranger):
    staking.travel(DAY)
    receipt = gatekeepers.submit(report_of(epoch + 1), seated, sender=stranger)
    for late in (epoch, epoch + 1):
        with ape.reverts(guard.EpochNotOpen):
            gatekeepers.submit(report_of(late, 2), seated, sender=stranger)
    staking.travel_to((epoch + 3) * DAY)
    gatekeepers.submit(report_of(epoch + 2), seated, sender=stranger)
    assert guard.reportOf(epoch + 2).previousEpoch == epoch + 1
    assert guard.reportOf(epoch + 1).finalAt == receipt.timestamp + 6 * 3600


def test_no_report_while_the_one_before_is_open_to_objections(gatekeepers, guard, staking, epoch, seated, stranger):
    staking.travel_to((epoch + 2) * DAY - 100)
    final = gatekeepers.submit(report_of(epoch), seated, sender=stranger).timestamp + 6 * 3600
    staking.travel(200)
    with refused(guard.PreviousNotFinal, epoch, final):
        gatekeepers.submit(report_of(epoch + 1), seated, sender=stranger)


def test_a_bond_raised_today_does_not_decide_about_yesterday(gatekeepers, guard, staking, epoch, seated, stranger):
    staking.token.transfer(seated[3], 10**7 * PHA, sender=staking.deployer)
    guard.topUp(10**7 * PHA, sender=seated[3])
    with refused(guard.NotEligible, seated[3], epoch):
        gatekeepers.submit(report_of(epoch), seated, sender=stranger)
    receipt = gatekeepers.submit(report_of(epoch), seated[:3], sender=stranger)
    (event,) = receipt.decode_logs(guard.ReportAccepted)
    assert (event.signed, event.eligible) == (9 * BOND, 10 * BOND)  # as it was when the day ended


# Objections


def test_objections_over_what_the_quorum_leaves_void_a_report(gatekeepers, guard, staking, epoch, seated, stranger):
    gatekeepers.submit(report_of(epoch), seated, sender=stranger)
    guard.object(epoch, sender=seated[1])  # 30 %, and 33.33 % can be missed
    assert guard.lastEpoch() == epoch
    with refused(guard.AlreadyObjected, epoch, seated[1]):
        guard.object(epoch, sender=seated[1])
    with refused(guard.NotEligible, stranger, epoch):
        guard.object(epoch, sender=stranger)
    receipt = guard.object(epoch, sender=seated[3])
    assert len(list(receipt.decode_logs(guard.ReportVoided))) == 1
    assert (guard.lastEpoch(), guard.roundOf(epoch), guard.reportOf(epoch).finalAt) == (0, 1, 0)
    with refused(guard.WrongRound, 0, 1):  # the old signatures are spent
        gatekeepers.submit(report_of(epoch), seated, sender=stranger)
    gatekeepers.submit(report_of(epoch, 2, round_=1), seated, sender=stranger)
    assert guard.lastEpoch() == epoch


def test_a_final_report_stands(gatekeepers, guard, staking, epoch, seated, stranger):
    receipt = gatekeepers.submit(report_of(epoch), seated, sender=stranger)
    staking.travel_to(receipt.timestamp + 6 * 3600)
    with refused(guard.ObjectionClosed, epoch, receipt.timestamp + 6 * 3600):
        guard.object(epoch, sender=seated[0])
    with refused(guard.ObjectionClosed, epoch + 1, 0):
        guard.object(epoch + 1, sender=seated[0])


# Equivocation


def equivocation(gatekeepers, account, first: Report, second: Report):
    return (first.values, gatekeepers.sign(account, first), second.values, gatekeepers.sign(account, second))


def test_two_signed_reports_cost_the_bond(gatekeepers, guard, staking, seated, stranger, treasury):
    cheat = seated[1]
    evidence = equivocation(gatekeepers, cheat, report_of(30_000, 1), report_of(30_000, 2))
    before = staking.token.balanceOf(stranger)
    guard.slashEquivocation(*evidence, sender=stranger)
    assert staking.token.balanceOf(stranger) - before == 3 * BOND // 10
    assert cheat.address not in guard.gatekeepers()
    assert guard.gatekeeperOf(cheat).bond == 0
    with refused(guard.NothingToSlash, cheat):
        guard.slashEquivocation(*evidence, sender=stranger)
    before = staking.token.balanceOf(treasury)
    guard.distribute(sender=stranger)
    assert staking.token.balanceOf(treasury) - before == 27 * BOND // 10
    assert staking.token.balanceOf(guard) == 7 * BOND


def test_self_reporting_always_loses(gatekeepers, guard, workers, staking, deployer, seated):
    """Even with the mildest slash and the greatest share that governance may set."""
    workers.parameters.set(number_of("EquivocationSlashBps"), 5000, sender=deployer)
    workers.parameters.set(number_of("EquivocationReporterBps"), 2500, sender=deployer)
    cheat = seated[1]
    before = staking.token.balanceOf(cheat) + guard.gatekeeperOf(cheat).bond
    first = equivocation(gatekeepers, cheat, report_of(30_000, 1), report_of(30_000, 2))
    guard.slashEquivocation(*first, sender=cheat)
    after = staking.token.balanceOf(cheat) + guard.gatekeeperOf(cheat).bond
    assert before - after == 3 * BOND // 2 * 3 // 4
    with refused(guard.NothingToSlash, cheat):  # one offence, one slash, whichever two reports are shown
        third = equivocation(gatekeepers, cheat, report_of(30_000, 3), report_of(30_000, 2))
        guard.slashEquivocation(*third, sender=cheat)
    guard.slashEquivocation(*equivocation(gatekeepers, cheat, report_of(30_001, 1), report_of(30_001, 2)), sender=cheat)


def test_an_unbonding_gatekeeper_is_still_slashed(gatekeepers, guard, staking, seated, stranger):
    guard.resign(sender=seated[0])
    staking.travel(69 * DAY)
    evidence = equivocation(gatekeepers, seated[0], report_of(30_000, 1), report_of(30_000, 2))
    receipt = guard.slashEquivocation(*evidence, sender=stranger)
    assert logged(receipt, guard.EquivocationSlashed, "slashed") == 4 * BOND
    assert logged(receipt, guard.EquivocationSlashed, "gatekeeper") == seated[0].address
    staking.travel(DAY)
    with ape.reverts(guard.NothingToWithdraw):
        guard.withdraw(seated[0], sender=stranger)


@pytest.mark.parametrize("case", ["same report", "another epoch", "another round", "another signer", "no gatekeeper"])
def test_honest_signatures_prove_nothing(gatekeepers, guard, seated, stranger, case):
    first, second = report_of(30_000, 1), report_of(30_000, 2)
    signers = [seated[0], seated[0]]
    if case == "same report":
        second = first
    elif case == "another epoch":
        second = report_of(30_001, 1)
    elif case == "another round":
        second = report_of(30_000, 2, round_=1)
    elif case == "another signer":
        signers[1] = seated[1]
    else:
        signers = [stranger, stranger]
    expected = guard.NothingToSlash if case == "no gatekeeper" else guard.NoEquivocation
    with ape.reverts(expected):
        guard.slashEquivocation(
            first.values,
            gatekeepers.sign(signers[0], first),
            second.values,
            gatekeepers.sign(signers[1], second),
            sender=stranger,
        )
