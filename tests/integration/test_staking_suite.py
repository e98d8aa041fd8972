# SPDX-License-Identifier: Apache-2.0
"""The deployed suite from the bridge to the vault, the vote, the workers and a slash, with nothing mocked.

What was staked on the parachain is claimed into the vault. Its holder votes with it, and by that vote alone the
workers' code is accepted and a pool is listed; the curator delegates, a worker attests and earns, a delegator leaves,
a worker's evidence lapses, and one that signs two answers loses its stake.
"""

from __future__ import annotations

import ape
import pytest
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak

from pha.staking.gatekeepers import Record
from pha.staking.rewards import Curve, ScheduleModel, Worker
from tests.reference.attested_suite import DAY, FOR, HOUR, PHA, TIMELOCK_DELAY, AttestedSuite
from tests.reference.compute_setup import ANSWER, REQUEST, sign_typed
from tests.reference.workers import STATUSES

ALICE_FREE, ALICE_STAKED, BOB_STAKED = 250, 5_000_000, 1_000_000
DELEGATED, LOCKED, BOND = 3_000_000 * PHA, 20_000 * PHA, 5_000 * PHA
PERFORMANCE = 400
RESERVE = 20_000_000 * PHA
COMMISSION_BPS = 1_000
FIRST_DAY = 20_423  # 2025-12-01, in migrations/parameters/local.yaml
KEY = Account.from_key(keccak(b"a worker of the suite"))
SECONDS_OF_EXIT = 7 * DAY


@pytest.fixture(scope="module")
def alice(accounts):
    return accounts[10]


@pytest.fixture(scope="module")
def bob(accounts):
    return accounts[11]


@pytest.fixture(scope="module")
def operator(accounts):
    return accounts[12]


@pytest.fixture(scope="module")
def curator(accounts):
    return accounts[6]


@pytest.fixture(scope="module")
def world(project, chain, accounts) -> AttestedSuite:
    return AttestedSuite.deploy(project, chain, accounts, [(ALICE_FREE, ALICE_STAKED), (0, BOB_STAKED)])


@pytest.fixture(scope="module")
def claimed(world, alice, bob):
    """Alice and Bob have claimed into the vault; Alice votes herself."""
    world.open_bridge()
    for number, recipient in enumerate((alice, bob)):
        world.claim_into_vault(number, recipient)
    world.suite.delegation_vault.invoke_transaction("delegate", alice, sender=alice)  # `delegate` is None in ape
    world.travel(60)
    return world


@pytest.fixture(scope="module")
def pool(world, operator):
    return world.create_pool(operator, COMMISSION_BPS)


@pytest.fixture(scope="module")
def voted(claimed, pool, alice):
    """By Alice's vote the workers' code is accepted and the pool is listed, up to what is then delegated."""
    world, suite = claimed, claimed.suite
    calls = [world.acceptance(), (suite.delegation_vault.setPool, pool, DELEGATED)]
    proposal = (
        [method.contract for method, *_ in calls],
        [0] * len(calls),
        [method.encode_input(*arguments) for method, *arguments in calls],
    )
    text = "Workers' code, and a pool for the vault"
    receipt = suite.governor.propose(*proposal, text, sender=alice)
    (event,) = receipt.decode_logs(suite.governor.ProposalCreated)
    world.travel(DAY + 1)
    suite.governor.castVote(event.proposalId, FOR, sender=alice)
    world.travel(7 * DAY)
    suite.governor.queue(*proposal, keccak(text=text), sender=world.sender)
    world.travel(TIMELOCK_DELAY)
    suite.governor.execute(*proposal, keccak(text=text), sender=world.sender)
    return world


@pytest.fixture(scope="module")
def working(voted, pool, curator, operator, accounts):
    """The vault has delegated, the operator is bonded, three gatekeepers sit, and a worker that attested works."""
    world, suite = voted, voted.suite
    world.fund(accounts[0], suite.reward_schedule, RESERVE)
    suite.reward_schedule.fund(RESERVE, sender=accounts[0])
    world.seat(*accounts[13:16])
    world.next_day()
    suite.delegation_vault.delegateTo(pool, DELEGATED, sender=curator)
    world.fund(operator, suite.operator_bond, BOND)
    suite.operator_bond.post(pool, BOND, sender=operator)
    world.attest(KEY)
    world.start_worker(KEY, pool, operator, performance=PERFORMANCE, stake=LOCKED)
    return world


def status(suite) -> str:
    return STATUSES[suite.worker_registry.statusOf(KEY.address)]


def settle_a_day(world, pool) -> int:
    """An epoch of the only worker, reported truly and settled; the PHA that its pool is due."""
    suite, epoch = world.suite, world.next_day()
    earning = suite.worker_registry.earningOf(KEY.address)
    model = ScheduleModel(Curve(FIRST_DAY))
    model.workers[KEY.address] = Worker(pool.address, PERFORMANCE, earning.initialValue, LOCKED, earning.startedDay)
    record = Record(KEY.address, 0, PERFORMANCE, True, model.share(KEY.address, PERFORMANCE), LOCKED)
    tree = world.report(epoch, [record])
    suite.reward_schedule.settle(epoch, *tree.settlement([0]), sender=world.sender)
    return suite.reward_schedule.dueOf(pool).assets


def test_claimed_stake_is_in_the_vault_and_votes(claimed, alice, bob):
    suite = claimed.suite
    vault, token = suite.delegation_vault, suite.token
    assert vault.balanceOf(alice) == vault.convertToShares(ALICE_STAKED * PHA) == ALICE_STAKED * PHA
    assert token.balanceOf(alice) == ALICE_FREE * PHA
    assert token.balanceOf(vault) == vault.totalAssets() == (ALICE_STAKED + BOB_STAKED) * PHA
    assert token.balanceOf(suite.migration_bridge) == 0
    past = claimed.now - 1
    assert suite.governor.getVotes(alice, past) == ALICE_STAKED * PHA
    assert suite.governor.getVotes(bob, past) == 0  # who has not said who votes for them
    assert token.getVotes(alice) == 0


def test_nobody_attests_before_governance_accepts_the_code(claimed):
    with ape.reverts():
        claimed.attest(KEY)
    assert not claimed.suite.attestation_registry.isAttested(KEY.address)


def test_stake_of_the_vault_alone_carries_a_proposal(voted, pool):
    suite = voted.suite
    assert [str(one) for one in suite.delegation_vault.pools()] == [pool.address]
    assert suite.attestation_registry.authority() == suite.access_manager
    voted.attest(KEY)
    assert suite.attestation_registry.isAttested(KEY.address)


def test_worker_needs_real_evidence_to_start(voted, pool, operator, curator):
    suite, other = voted.suite, Account.from_key(keccak(b"another"))
    suite.delegation_vault.delegateTo(pool, DELEGATED, sender=curator)
    with ape.reverts(suite.worker_registry.WorkerNotAttested):
        voted.start_worker(other, pool, operator, performance=PERFORMANCE, stake=LOCKED)


def test_attested_worker_earns_and_the_vaults_price_rises(working, pool, operator):
    suite = working.suite
    vault, token, schedule = suite.delegation_vault, suite.token, suite.reward_schedule
    assert status(suite) == "Working"
    assert pool.books().locked == LOCKED
    working.next_day()  # the day of the start does not count
    before = vault.totalAssets()
    due = settle_a_day(working, pool)

    # Days went by without a report: twice the day's amount. The treasury has 20 % of it, the only pool the rest.
    daily = Curve(FIRST_DAY).daily(schedule.lastOpened())
    budget = 2 * daily
    assert due == budget - budget * 2_000 // 10_000
    assert schedule.treasuryDue() == budget * 2_000 // 10_000
    schedule.payTreasury(sender=working.sender)
    assert token.balanceOf(suite.treasury) == budget * 2_000 // 10_000

    schedule.payPool(pool, sender=working.sender)
    commission = due * COMMISSION_BPS // 10_000
    assert token.balanceOf(operator) == commission
    assert before <= vault.totalAssets() < before + due // 1_000  # it drips in over a day
    working.travel(DAY)
    gained = vault.totalAssets() - before
    # What the pool's 1000 virtual shares and one wei keep, and roundings.
    assert due - commission - 10**6 <= gained <= due - commission
    assert vault.convertToAssets(PHA) > PHA
    assert schedule.reserve() == RESERVE - budget


def test_delegator_leaves_by_a_request_and_is_paid(working, pool, bob):
    suite = working.suite
    vault, token = suite.delegation_vault, suite.token
    working.next_day()
    settle_a_day(working, pool)
    suite.reward_schedule.payPool(pool, sender=working.sender)
    working.travel(DAY)
    shares, idle = vault.balanceOf(bob), vault.valuation().idle
    worth = vault.convertToAssets(shares)
    assert worth > BOB_STAKED * PHA
    vault.requestRedeem(shares, bob, bob, sender=bob)
    assert vault.pendingRedeemRequest(0, bob) == shares
    with ape.reverts(vault.ClaimExceedsClaimable):
        vault.redeem(shares, bob, bob, sender=bob)
    vault.fill(10, sender=working.sender)
    assert vault.claimableRedeemRequest(0, bob) == 0  # not before its time, however much is idle
    working.travel(SECONDS_OF_EXIT)
    vault.fill(10, sender=working.sender)
    assert idle > worth
    paid = vault.maxWithdraw(bob)
    assert worth <= paid < worth + PHA
    vault.redeem(shares, bob, bob, sender=bob)
    assert token.balanceOf(bob) == paid
    assert status(suite) == "Working"


def test_delegator_who_is_more_than_the_idle_pha_is_paid_from_the_pool(working, pool, alice):
    suite = working.suite
    vault = suite.delegation_vault
    shares = vault.balanceOf(alice)
    vault.requestRedeem(shares, alice, alice, sender=alice)
    assert vault.getVotes(alice) == 0
    vault.recall(pool, sender=working.sender)
    working.next_day()
    working.travel(8 * DAY)
    vault.collect(pool, sender=working.sender)
    vault.fill(10, sender=working.sender)
    assert vault.maxRedeem(alice) == shares
    vault.redeem(shares, alice, alice, sender=alice)
    # One wei at most for each of the roundings on the way: vault, pool, request.
    assert 0 <= (ALICE_FREE + ALICE_STAKED) * PHA - suite.token.balanceOf(alice) <= 5
    assert pool.books().active + pool.books().atExit >= pool.books().locked == LOCKED


def test_worker_stops_when_its_evidence_lapses(working, stranger):
    suite = working.suite
    workers, registry = suite.worker_registry, suite.attestation_registry
    with ape.reverts(workers.WorkerInGoodStanding):
        workers.stopLapsed(KEY.address, sender=stranger)
    working.travel_to(registry.standingOf(KEY.address).validUntil + 1)
    assert not registry.isAttested(KEY.address)
    assert workers.earningOf(KEY.address).confidence == 0
    workers.stopLapsed(KEY.address, sender=stranger)
    assert status(suite) == "Cooling"
    working.travel(7 * DAY)
    workers.release(KEY.address, sender=stranger)
    assert status(suite) == "Released"
    assert workers.stakeOf(KEY.address).assets == 0


def test_two_answers_to_one_question_cost_bond_and_pool(working, pool, stranger, accounts):
    suite, token = working.suite, working.suite.token
    vault, manager, oracle = suite.delegation_vault, suite.slash_manager, suite.compute_oracle
    feed = accounts[0].deploy(
        working.project.PriceFeed,
        token,
        oracle,
        working.machine.identity,
        PHA,
        HOUR,
        b"PHA in USD",
        required_confirmations=0,
    )
    working.mint(feed, PHA)
    (asked,) = feed.update(sender=stranger).decode_logs(oracle.Requested)
    request = tuple(asked.request)
    question = keccak(encode(["uint256", REQUEST], [asked.requestId, request]))

    def sign(price: int) -> tuple[bytes, bytes]:
        answer = encode(["uint256", "uint64"], [price, working.now])
        values = (asked.requestId, question, answer)
        return answer, sign_typed(KEY, oracle.address, "Phala ComputeOracle", "Answer", ANSWER, values)

    (first, signed), (second, signed_again) = sign(10), sign(1_000)
    oracle.answer(asked.requestId, request, first, signed, sender=stranger)
    assert feed.latest().price == 10
    assert oracle.unsplit(pool) == PHA

    before = vault.totalAssets()
    kind = f"(uint256,{REQUEST},bytes32,bytes,bytes32,bytes)"
    evidence = (asked.requestId, request, keccak(first), signed, keccak(second), signed_again)
    manager.file(suite.answer_equivocation, encode([kind], [evidence]), sender=stranger)
    assert status(suite) == "Challenged"
    assert before - vault.totalAssets() >= LOCKED - BOND  # a claim is cut off before it is executed
    manager.execute(1, sender=stranger)
    assert suite.operator_bond.bondOf(pool).bonded == 0
    assert pool.books().locked == BOND  # what the bond has paid is still the worker's stake
    assert 0 <= before - vault.totalAssets() - (LOCKED - BOND) <= 5
    share = LOCKED * 500 // 10_000
    assert manager.reporterDue(stranger) == share
    manager.payReporter(stranger, sender=stranger)
    assert token.balanceOf(stranger) == share
    manager.distribute(sender=stranger)
    assert token.balanceOf(suite.treasury) == LOCKED - share
    suite.worker_registry.reconcile(KEY.address, sender=stranger)
    assert suite.worker_registry.stakeOf(KEY.address) == (pool.address, BOND)
    assert status(suite) == "Cooling"  # that stake is more than its least, but the offence has used up the lock
    with ape.reverts(manager.OffenceAlreadyClaimed):
        manager.file(suite.answer_equivocation, encode([kind], [evidence]), sender=stranger)
