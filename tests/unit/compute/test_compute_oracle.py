# SPDX-License-Identifier: Apache-2.0
"""ComputeOracle: asking, answering once, the callback, the way back, and two signed answers as proof."""

from __future__ import annotations

import ape
import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.reference.compute_setup import (
    CODE,
    DAY,
    HONEST,
    PHA,
    REQUEST,
    REVERTING,
    SLASH_MANAGER,
    STAKING_VALUES,
    WORKER_REGISTRY,
    worker_key,
)

KEEPING, REFUSING, WASTING, HANDING_BACK, CALLING = range(5)
NONE, PENDING, ANSWERED, REFUNDED = range(4)
QUERY, FEE, GAS = b"what is the price?", 5 * PHA, 200_000
RESPONSE = b"\x2a" * 40


@pytest.fixture(scope="module")
def consumer(compute, project, deployer):
    consumer = deployer.deploy(project.MockOracleConsumer, compute.token, compute.oracle)
    compute.token.transfer(consumer, 1000 * PHA, sender=deployer)
    return consumer


@pytest.fixture(autouse=True)
def _settled(worker, rival, consumer):
    """The workers' stake is older than any request."""


def ask(compute, consumer, sender, identity=CODE, gas=GAS, seconds=600, payment=FEE):
    """The number of a new request, and the request as its event shows it."""
    receipt = consumer.ask(identity, QUERY, gas, seconds, payment, sender=sender)
    (event,) = receipt.decode_logs(compute.oracle.Requested)
    assert event.query == QUERY
    return event.requestId, tuple(event.request)


@pytest.fixture
def asked(compute, consumer, relayer):
    return ask(compute, consumer, relayer)


def answer(compute, asked, key, sender, response=RESPONSE, **options):
    return compute.oracle.answer(*asked, response, compute.answer(key, *asked, response), sender=sender, **options)


def test_request_holds_the_payment_and_shows_all_that_an_answer_needs(compute, consumer, relayer):
    before = compute.token.balanceOf(compute.oracle)
    request_id, request = ask(compute, consumer, relayer)
    assert request_id == compute.oracle.requestCount()
    assert request == (consumer.address.lower(), GAS, compute.now, compute.now + 600, FEE, CODE, keccak(QUERY))
    assert compute.token.balanceOf(compute.oracle) - before == FEE
    assert compute.oracle.statusOf(request_id, request) == PENDING
    assert compute.oracle.answerDigest(request_id, request, keccak(RESPONSE)) != b"\0" * 32


def test_request_reverts_outside_the_bounds(compute, consumer, relayer):
    with ape.reverts(compute.oracle.IdentityIsZero):
        ask(compute, consumer, relayer, identity=b"\0" * 32)
    with ape.reverts(compute.oracle.CallbackGasTooHigh, callbackGas=500_001, highest=500_000):
        ask(compute, consumer, relayer, gas=500_001)
    for seconds in (29, DAY + 1):
        with ape.reverts(compute.oracle.AnswerSecondsOutOfBounds, answerSeconds=seconds, lowest=30, highest=DAY):
            ask(compute, consumer, relayer, seconds=seconds)
    for seconds in (30, DAY):
        ask(compute, consumer, relayer, seconds=seconds, gas=500_000)


def test_request_reverts_without_the_payment(compute, consumer, relayer):
    with ape.reverts(compute.token.ERC20InsufficientBalance):
        ask(compute, consumer, relayer, payment=1001 * PHA)


def test_answer_calls_back_and_pays_the_pool_once(compute, consumer, asked, worker, relayer, stranger):
    receipt = answer(compute, asked, worker, relayer)
    (event,) = receipt.decode_logs(compute.oracle.Answered)
    assert (event.requestId, event.worker, event.pool) == (asked[0], worker.address, compute.pool)
    assert event.answer == RESPONSE == consumer.lastAnswer()
    assert receipt.decode_logs(compute.oracle.CalledBack)[0].succeeded
    assert compute.oracle.unsplit(compute.pool) == FEE
    assert compute.oracle.statusOf(*asked) == ANSWERED
    with ape.reverts(compute.oracle.NotPending, requestId=asked[0], status=ANSWERED):
        answer(compute, asked, worker, stranger)
    compute.travel(601)
    with ape.reverts(compute.oracle.NotPending, requestId=asked[0], status=ANSWERED):
        compute.oracle.refund(*asked, sender=stranger)


def test_answer_reverts_for_a_request_that_was_altered(compute, asked, worker, relayer, stranger):
    request_id, request = asked
    altered = [
        (stranger.address, *request[1:]),
        (request[0], 100, *request[2:]),
        (*request[:2], request[2] - 1, *request[3:]),
        (*request[:3], request[3] + 1000, *request[4:]),
        (*request[:4], FEE * 2, *request[5:]),
        (*request[:5], b"\x01" * 32, request[6]),
        (*request[:6], b"\x01" * 32),
    ]
    for other in altered:
        assert compute.oracle.statusOf(request_id, other) == NONE
        with ape.reverts(compute.oracle.NotPending, requestId=request_id, status=NONE):
            answer(compute, (request_id, other), worker, relayer)
        with ape.reverts(compute.oracle.NotPending, status=NONE):
            compute.oracle.refund(request_id, other, sender=relayer)
    with ape.reverts(compute.oracle.NotPending, requestId=request_id + 1, status=NONE):
        answer(compute, (request_id + 1, request), worker, relayer)


@pytest.mark.parametrize("change", [{"identity": b"\x01" * 32}, {"attested": False}], ids=["other code", "lapsed"])
def test_answer_reverts_for_who_is_not_attested_with_the_identity(compute, asked, worker, relayer, change):
    compute.attest(worker, **change)
    with ape.reverts(compute.oracle.WorkerNotAttested, worker=worker.address, identity=CODE):
        answer(compute, asked, worker, relayer)


def test_answer_reverts_without_stake_that_was_there_when_the_question_came(compute, asked, worker, rival, relayer):
    compute.stake(worker, working=False)
    with ape.reverts(compute.oracle.WorkerNotStaked, worker=worker.address):
        answer(compute, asked, worker, relayer)
    compute.travel(5)
    late = worker_key(3)
    compute.attest(late)
    compute.stake(late)
    # Staked well now; but an offence is judged by the stake at the time of the request, and there was none.
    with ape.reverts(compute.oracle.WorkerNotStaked, worker=late.address, stake=0, lowest=1000 * PHA):
        answer(compute, asked, late, relayer)
    compute.stake(rival, assets=1000 * PHA - 1)
    newer = ask(compute, compute.project.MockOracleConsumer.at(asked[1][0]), relayer)
    with ape.reverts(compute.oracle.WorkerNotStaked, stake=1000 * PHA - 1, lowest=1000 * PHA):
        answer(compute, newer, rival, relayer)


def test_answer_of_another_chain_contract_request_or_text_is_nobodys(compute, consumer, asked, worker, relayer):
    other = ask(compute, consumer, relayer)
    forged = [
        compute.answer(worker, *asked, RESPONSE, chain_id=1),
        compute.answer(worker, *asked, RESPONSE, contract=compute.market.address),
        compute.answer(worker, *other, RESPONSE),
        compute.answer(worker, *asked, RESPONSE + b"!"),
    ]
    for signature in forged:
        with ape.reverts(compute.oracle.WorkerNotAttested):
            compute.oracle.answer(*asked, RESPONSE, signature, sender=relayer)
    with ape.reverts(compute.oracle.ECDSAInvalidSignature):
        compute.oracle.answer(*asked, RESPONSE, b"\0" * 64 + b"\x1b", sender=relayer)


def test_answer_comes_up_to_the_deadline_and_a_refund_after_it(compute, consumer, asked, worker, relayer):
    second = ask(compute, consumer, relayer)
    deadline = second[1][3]
    compute.next_at(deadline)
    with ape.reverts(compute.oracle.DeadlineViolated, deadline=asked[1][3]):
        compute.oracle.refund(*second, sender=relayer)
    compute.next_at(asked[1][3])
    answer(compute, asked, worker, relayer)
    compute.travel_to(deadline + 1)
    with ape.reverts(compute.oracle.DeadlineViolated, deadline=deadline):
        answer(compute, second, worker, relayer)
    before = compute.token.balanceOf(consumer)
    compute.oracle.refund(*second, sender=relayer)
    assert compute.token.balanceOf(consumer) - before == FEE
    assert compute.oracle.statusOf(*second) == REFUNDED
    with ape.reverts(compute.oracle.NotPending, requestId=second[0], status=REFUNDED):
        compute.oracle.refund(*second, sender=relayer)
    with ape.reverts(compute.oracle.NotPending, requestId=second[0], status=REFUNDED):
        answer(compute, second, worker, relayer)


def test_refund_needs_no_registry(compute, consumer, asked, worker, deployer, relayer):
    compute.keys.setMood(REVERTING, sender=deployer)
    compute.stakes.setReverting(True, sender=deployer)
    with ape.reverts():
        answer(compute, asked, worker, relayer)
    compute.travel_to(asked[1][3] + 1)
    compute.oracle.refund(*asked, sender=relayer)
    assert compute.oracle.statusOf(*asked) == REFUNDED
    compute.keys.setMood(HONEST, sender=deployer)


def test_answer_reverts_if_too_long(compute, asked, worker, relayer):
    with ape.reverts(compute.oracle.AnswerTooLong, length=1025, highest=1024):
        answer(compute, asked, worker, relayer, b"x" * 1025)
    answer(compute, asked, worker, relayer, b"x" * 1024)


# The callback


@pytest.mark.parametrize("mood", [REFUSING, WASTING, HANDING_BACK], ids=["reverts", "burns", "hands back much"])
def test_a_callback_that_fails_changes_nothing_for_anyone_else(compute, consumer, asked, worker, relayer, mood):
    consumer.setMood(mood, b"", sender=relayer)
    receipt = answer(compute, asked, worker, relayer)
    assert not receipt.decode_logs(compute.oracle.CalledBack)[0].succeeded
    assert compute.oracle.unsplit(compute.pool) == FEE
    # A revert with 300,000 bytes costs the callback its own memory; copying it would cost the relayer as much again.
    assert receipt.gas_used < 150_000 + GAS


def test_a_relayer_cannot_starve_the_callback(compute, consumer, asked, worker, relayer):
    full = answer_gas_seen(compute, consumer, asked, worker, relayer, 1_000_000)
    assert full >= GAS - 1000
    outcomes = set()
    for gas in (180_000, 270_000, 290_000, 310_000, 330_000, 400_000):
        with compute.chain.isolate():
            try:
                receipt = answer(compute, asked, worker, relayer, gas=gas)
            except (ape.exceptions.ContractLogicError, ape.exceptions.OutOfGasError):
                outcomes.add("refused")
                assert compute.oracle.statusOf(*asked) == PENDING
                continue
            outcomes.add("answered")
            assert receipt.decode_logs(compute.oracle.CalledBack)[0].succeeded
            assert consumer.gasSeen() >= full - 100
    assert outcomes == {"refused", "answered"}


def answer_gas_seen(compute, consumer, asked, worker, relayer, gas):
    with compute.chain.isolate():
        answer(compute, asked, worker, relayer, gas=gas)
        return consumer.gasSeen()


def test_a_callback_finds_the_request_answered_and_may_only_ask_anew(compute, consumer, asked, worker, rival, relayer):
    other = ask(compute, consumer, relayer)
    doors = [
        (compute.oracle.answer.encode_input(*other, RESPONSE, compute.answer(rival, *other, RESPONSE)), False),
        (compute.oracle.answer.encode_input(*asked, RESPONSE, compute.answer(worker, *asked, RESPONSE)), False),
        (compute.oracle.refund.encode_input(*asked), False),
        (compute.oracle.payTreasury.encode_input(), False),
        (compute.oracle.request.encode_input(CODE, b"again", 100_000, 600, FEE), True),
    ]
    for data, opens in doors:
        with compute.chain.isolate():
            consumer.setMood(CALLING, data, sender=relayer)
            answer(compute, asked, worker, relayer)
            assert consumer.callSucceeded() == opens
            assert compute.oracle.requestCount() == other[0] + opens


def test_money_held_is_what_waits_and_what_was_earned(compute, consumer, asked, worker, relayer, treasury):
    second = ask(compute, consumer, relayer)
    assert compute.token.balanceOf(compute.oracle) == 2 * FEE
    answer(compute, asked, worker, relayer)
    compute.travel_to(second[1][3] + 1)
    compute.oracle.refund(*second, sender=relayer)
    assert compute.token.balanceOf(compute.oracle) == FEE
    compute.oracle.split(compute.pool, sender=relayer)
    before = compute.token.balanceOf(treasury)
    compute.oracle.payTreasury(sender=relayer)
    assert compute.token.balanceOf(treasury) - before == FEE // 10
    assert compute.token.balanceOf(compute.oracle) == FEE - FEE // 10


# Two answers


EVIDENCE = f"(uint256,{REQUEST},bytes32,bytes,bytes32,bytes)"


def proof(compute, asked, first, second, texts=(b"one", b"two")):
    signatures = [compute.answer(key, *asked, text) for key, text in zip((first, second), texts, strict=True)]
    fields = (*asked, keccak(texts[0]), signatures[0], keccak(texts[1]), signatures[1])
    return encode([EVIDENCE], [fields])


def test_two_answers_are_one_offence_however_they_are_put(compute, asked, worker):
    offence = compute.ground.judge(proof(compute, asked, worker, worker))
    assert offence.worker == bytes(12) + bytes.fromhex(worker.address[2:])
    assert (offence.committedAt, offence.level) == (asked[1][2], 4)
    for texts in ((b"two", b"one"), (b"one", b"three")):
        assert compute.ground.judge(proof(compute, asked, worker, worker, texts)).id == offence.id


def test_offences_of_two_requests_or_two_workers_differ(compute, consumer, asked, worker, rival, relayer):
    other = ask(compute, consumer, relayer)
    ids = {
        bytes(compute.ground.judge(proof(compute, *arguments)).id)
        for arguments in ((asked, worker, worker), (other, worker, worker), (asked, rival, rival))
    }
    assert len(ids) == 3


def test_one_answer_twice_or_of_two_workers_proves_nothing(compute, asked, worker, rival):
    with ape.reverts(compute.ground.SameAnswer):
        compute.ground.judge(proof(compute, asked, worker, worker, (b"one", b"one")))
    with ape.reverts(compute.ground.DifferentSigners, first=worker.address, second=rival.address):
        compute.ground.judge(proof(compute, asked, worker, rival))


def test_answers_to_what_was_never_asked_prove_nothing(compute, asked, worker):
    request_id, request = asked
    later = (*request[:2], request[2] + 1, *request[3:])
    for other in ((request_id, later), (request_id + 1, request)):
        with ape.reverts(compute.ground.RequestUnknown, requestId=other[0]):
            compute.ground.judge(proof(compute, other, worker, worker))


def test_an_offence_stands_after_the_answer_and_after_a_refund(compute, consumer, asked, worker, relayer):
    evidence = proof(compute, asked, worker, worker)
    answer(compute, asked, worker, relayer, b"one")
    assert compute.ground.judge(evidence).level == 4
    other = ask(compute, consumer, relayer)
    compute.travel_to(other[1][3] + 1)
    compute.oracle.refund(*other, sender=relayer)
    assert compute.ground.judge(proof(compute, other, worker, worker)).committedAt == other[1][2]


def test_the_slash_manager_takes_the_stake_and_pays_the_reporter(
    compute, project, asked, worker, deployer, treasury, stranger, customer
):
    assert STAKING_VALUES[15] == 500  # the reporter's share in bps
    staking = deployer.deploy(project.StakingParameters, compute.manager, STAKING_VALUES)
    bond = deployer.deploy(project.OperatorBond, compute.token, compute.factory, staking)
    core = (compute.manager, compute.token, compute.factory, staking, bond)
    manager = deployer.deploy(project.SlashManager, *core, treasury)
    compute.factory.setModule(SLASH_MANAGER, manager, sender=deployer)
    compute.factory.setModule(WORKER_REGISTRY, compute.stakes, sender=deployer)
    manager.setGround(compute.ground, True, sender=deployer)
    pool = project.IStakePool.at(compute.pool)
    compute.token.approve(pool, 2**256 - 1, sender=customer)
    pool.deposit(5000 * PHA, customer, sender=customer)
    compute.token.approve(bond, 2**256 - 1, sender=customer)
    bond.post(pool, 200 * PHA, sender=customer)
    evidence = proof(compute, asked, worker, worker)
    receipt = manager.file(compute.ground, evidence, sender=stranger)
    (event,) = receipt.decode_logs(manager.ClaimFiled)
    assert (event.pool, event.assets) == (compute.pool, 1000 * PHA)
    manager.execute(event.claimId, sender=stranger)
    assert pool.totalAssets() == 4200 * PHA  # the bond went first
    assert manager.reporterDue(stranger) == 50 * PHA
    again = proof(compute, asked, worker, worker, (b"one", b"three"))
    with ape.reverts(manager.OffenceAlreadyClaimed):
        manager.file(compute.ground, again, sender=stranger)
