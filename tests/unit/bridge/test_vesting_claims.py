# SPDX-License-Identifier: Apache-2.0
"""Schedules go on vesting in wallets of whom the account's key named: once each, in time, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

import ape
import pytest
from eth_abi import decode, encode

from pha.bridge.vesting import VestingLeaf
from tests.reference.bridge_setup import SCALE, UNITS, ZERO_ADDRESS
from tests.reference.claims import SECP256K1, keccak, sentence
from tests.reference.deployments import deployment_reverts
from tests.reference.vesting_setup import LONG, Vesting


@pytest.fixture(scope="module")
def vesting(world, holders):
    return Vesting(world, holders)


@pytest.fixture(scope="module")
def contract(vesting):
    return vesting.create_open()


def balance(world, wallet):
    return world.token.balanceOf(wallet)


def read(world, wallet, signature, *arguments):
    """A view of OpenZeppelin's wallet, by its signature."""
    kinds = signature[signature.index("(") + 1 : -1]
    data = keccak(signature.encode())[:4] + encode(kinds.split(",") if kinds else [], arguments)
    return decode(["uint256"], world.chain.provider.send_call(_transaction(world, wallet, data)))[0]


def _transaction(world, wallet, data):
    return world.chain.provider.network.ecosystem.create_transaction(receiver=wallet, data=data)


@pytest.mark.parametrize("wrapped", [True, False])
def test_schedule_is_paid_into_a_wallet_that_vests_as_the_parachain_did(
    world, vesting, contract, recipient, relayer, wrapped
):
    one = vesting.schedules[0]
    receipt = contract.claim(
        vesting.claim(contract, one, recipient, vesting.holders[0], wrapped=wrapped), sender=relayer
    )
    (event,) = contract.VestingClaimed.from_receipt(receipt)
    assert (event.account, event.recipient, event.identity) == (one.account, recipient, one.identity)
    assert event.paidAmount == one.amount * SCALE == balance(world, event.wallet)
    assert contract.isClaimed(one.identity)
    assert contract.totalPaid() == one.amount * SCALE
    wallet = event.wallet
    assert read(world, wallet, "start()") == one.start
    assert read(world, wallet, "duration()") == one.duration
    assert read(world, wallet, "owner()") == int(str(recipient), 16)
    for moment in (one.start - 1, one.start + one.duration // 3, one.start + one.duration):
        passed = min(max(moment - one.start, 0), one.duration)
        expected = one.amount * SCALE * passed // one.duration
        found = read(world, wallet, "vestedAmount(address,uint64)", world.token.address, moment)
        assert found == expected


def test_what_is_vested_can_be_taken_and_no_more(world, vesting, contract, recipient, relayer, at):
    one = vesting.schedules[1]
    receipt = contract.claim(vesting.claim(contract, one, recipient, vesting.holders[0]), sender=relayer)
    wallet = contract.VestingClaimed.from_receipt(receipt)[0].wallet
    release = keccak(b"release(address)")[:4] + bytes(12) + bytes.fromhex(world.token.address[2:])
    before = world.token.balanceOf(recipient)
    at(one.start - 5)
    relayer.transfer(wallet, 0, data=release)
    assert world.token.balanceOf(recipient) == before
    at(one.start + LONG // 4)
    relayer.transfer(wallet, 0, data=release)
    assert world.token.balanceOf(recipient) - before == one.amount * SCALE // 4
    at(one.start + LONG)
    relayer.transfer(wallet, 0, data=release)
    assert world.token.balanceOf(recipient) - before == one.amount * SCALE


def test_equal_schedules_get_a_wallet_each_with_one_signature(vesting, contract, recipient, relayer):
    first, second = vesting.schedules[1:3]
    claims = [vesting.claim(contract, one, recipient, vesting.holders[0]) for one in (first, second)]
    assert claims[0][-1] == claims[1][-1], "one signature serves both"
    wallets = set()
    for claim in claims:
        receipt = contract.claim(claim, sender=relayer)
        wallets.add(contract.VestingClaimed.from_receipt(receipt)[0].wallet)
    assert len(wallets) == 2


def test_schedule_is_paid_once(vesting, contract, recipient, relayer, accounts):
    one = vesting.schedules[0]
    contract.claim(vesting.claim(contract, one, recipient, vesting.holders[0]), sender=relayer)
    for again in (recipient, accounts[11]):
        with ape.reverts(contract.VestingAlreadyClaimed, identity=one.identity):
            contract.claim(vesting.claim(contract, one, again, vesting.holders[0]), sender=relayer)


@pytest.mark.parametrize(
    ("field", "value"),
    [("start", 5), ("duration", 1), ("number", 9), ("amount", 1001 * UNITS), ("index", 0), ("proof", "spoilt")],
)
def test_what_is_not_in_the_tree_is_not_paid(vesting, contract, recipient, relayer, field, value):
    one = vesting.schedules[0]
    if field == "index":
        value = vesting.tree.index_of(one.identity) ^ 1
    if field == "proof":
        good = vesting.tree.proof(vesting.tree.index_of(one.identity))
        value = good[:40] + bytes((good[40] ^ 1,)) + good[41:]
    claim = vesting.claim(contract, one, recipient, vesting.holders[0], **{field: value})
    with ape.reverts(contract.VestingTreeMismatch):
        contract.claim(claim, sender=relayer)


def test_signature_counts_for_its_account_recipient_and_contract_only(vesting, contract, recipient, relayer, accounts):
    one = vesting.schedules[0]
    good = vesting.claim(contract, one, recipient, vesting.holders[0])
    other = vesting.create_open()
    bad = [
        vesting.claim(contract, one, recipient, vesting.holders[1]),
        (*good[:7], accounts[11].address, *good[8:]),
        (*good[:9], False, good[10]),
        (*vesting.claim(contract, one, recipient, vesting.holders[0])[:10],
         vesting.claim(other, one, recipient, vesting.holders[0])[10]),
        (*good[:10], b""),
    ]  # fmt: skip
    for claim in bad:
        with ape.reverts(contract.VestingInvalidEvidence):
            contract.claim(claim, sender=relayer)
    contract.claim(good, sender=relayer)


def test_refused_by_name(world, vesting, contract, recipient, relayer):
    one, holder = vesting.schedules[0], vesting.holders[0]
    for bad in (ZERO_ADDRESS, contract.address, world.token.address):
        with ape.reverts(contract.VestingRecipientRefused):
            contract.claim(vesting.claim(contract, one, bad, holder), sender=relayer)
    with ape.reverts(contract.VestingUnknownScheme):
        contract.claim(vesting.claim(contract, one, recipient, holder, scheme=0), sender=relayer)
    nothing = vesting.schedules[4]
    with ape.reverts(contract.VestingNothingOwed):
        contract.claim(vesting.claim(contract, nothing, recipient, vesting.holders[2]), sender=relayer)
    for keyless in vesting.schedules[5:]:
        with ape.reverts(contract.VestingKeylessAccount):
            contract.claim(vesting.claim(contract, keyless, recipient, holder), sender=relayer)


def test_nothing_is_paid_before_it_is_open_and_it_opens_only_when_funded(vesting, recipient, relayer):
    contract = vesting.create()
    claim = vesting.claim(contract, vesting.schedules[0], recipient, vesting.holders[0])
    with ape.reverts(contract.VestingNotFunded):
        contract.open(sender=relayer)
    vesting.fund(contract, vesting.tree.total * SCALE - 1)
    with ape.reverts(contract.VestingNotFunded):
        contract.open(sender=relayer)
    with ape.reverts(contract.VestingNotOpen):
        contract.claim(claim, sender=relayer)
    vesting.fund(contract, 1)
    contract.open(sender=relayer)
    with ape.reverts(contract.VestingAlreadyOpen):
        contract.open(sender=relayer)
    contract.claim(claim, sender=relayer)


def test_after_the_deadline_what_is_left_goes_to_the_treasury(
    world, vesting, contract, recipient, relayer, treasury, at
):
    one = vesting.schedules[0]
    deadline = contract.DEADLINE()
    with ape.reverts(contract.VestingDeadlineNotPassed):
        contract.sweep(sender=relayer)
    at(deadline)
    contract.claim(vesting.claim(contract, one, recipient, vesting.holders[0]), sender=relayer)
    before = world.token.balanceOf(treasury)
    at(deadline + 1)
    with ape.reverts(contract.VestingDeadlinePassed):
        contract.claim(vesting.claim(contract, vesting.schedules[3], recipient, vesting.holders[1]), sender=relayer)
    contract.sweep(sender=relayer)
    assert world.token.balanceOf(treasury) - before == (vesting.tree.total - one.amount) * SCALE
    contract.sweep(sender=relayer)
    unopened = vesting.create(deadline=world.now + 10)
    at(world.now + 11)
    with ape.reverts(unopened.VestingDeadlinePassed):
        unopened.open(sender=relayer)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("token", ZERO_ADDRESS, "VestingTokenWithoutCode"),
        ("treasury", ZERO_ADDRESS, "VestingTreasuryRefused"),
        ("treasury", "token", "VestingTreasuryRefused"),
        ("claimRoot", bytes(32), "VestingRootIsZero"),
        ("cap", 0, "VestingCapOutOfRange"),
        ("cap", 10**21 + 1, "VestingCapOutOfRange"),
        ("deadline", 1, "VestingDeadlineOutOfRange"),
        ("deadline", 2**40, "VestingDeadlineOutOfRange"),
        ("verifiers", [], "VestingVerifiersInvalid"),
        ("verifiers", [(2, ZERO_ADDRESS)], "VestingVerifiersInvalid"),
        ("verifiers", "twice", "VestingVerifiersInvalid"),
    ],
)
def test_construction_checks_every_value(world, vesting, project, field, value, error):
    vesting.create(cap=10**21)
    if value == "twice":
        value = [(2, world.verifier), (2, world.verifier)]
    if value == "token":
        value = world.token
    with deployment_reverts(project.VestingClaims, error):
        vesting.create(**{field: value})


def test_what_was_constructed_can_be_read(world, vesting, contract):
    assert (contract.TOKEN(), contract.TREASURY()) == (world.token.address, world.treasury.address)
    assert (contract.CLAIM_ROOT(), contract.CAP()) == (vesting.tree.root, vesting.tree.total)
    assert (contract.CHAIN_ID(), contract.UNIT_SCALE()) == (world.chain.chain_id, SCALE)
    assert contract.verifierOf(SECP256K1) == world.verifier.address
    assert contract.verifierOf(0) == ZERO_ADDRESS
    assert contract.isOpen()
    wanted = sentence(world.treasury.address, contract.address, world.chain.chain_id, wrapped=True)
    assert contract.messageFor(world.treasury, True) == wanted


def test_leaf_is_the_librarys(vesting):
    for one in vesting.schedules:
        leaf = VestingLeaf(one.account, one.amount, one.start, one.duration, one.number)
        assert leaf.identity == one.identity
        assert leaf.leaf == (one.identity, one.amount, 0)
        assert replace(leaf, number=one.number + 1).identity != one.identity
