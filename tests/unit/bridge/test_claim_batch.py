# SPDX-License-Identifier: Apache-2.0
"""MigrationBridge.claimBatch: one bad claim, of whatever kind, never sinks the others."""

from __future__ import annotations

from eth_utils import keccak

from tests.reference.bridge_setup import PHA, SCALE, ZERO_ADDRESS
from tests.reference.claims import SECP256K1


def selector(signature: str) -> bytes:
    return keccak(text=signature)[:4]


def rejections(bridge, receipt) -> dict[int, bytes]:
    return {event.index: bytes(event.reason) for event in receipt.decode_logs(bridge.ClaimRejected)}


def test_batch_pays_the_good_and_reports_the_bad(world, bridge, holders, accounts, relayer):
    good = [world.claim(bridge, holder, accounts[10 + i]) for i, holder in enumerate(holders)]
    batch = [
        good[0].encoded(),
        b"",
        good[1].encoded(),
        b"\xde\xad\xbe\xef" * 40,
        good[1].encoded(),  # the same account again, within the batch
        good[2].but(evidence=good[3].evidence).encoded(),
        good[3].encoded()[:-200],  # cut off inside the evidence
        good[3].but(free=good[3].free + 1).encoded(),
        (2**256 - 1).to_bytes(32, "big") + good[4].encoded()[32:],  # an offset that points nowhere
        good[4].encoded(),
    ]
    paid = bridge.claimBatch.call(batch, sender=relayer)
    receipt = bridge.claimBatch(batch, sender=relayer)

    paying = {0: 0, 2: 1, 9: 4}
    for position, number in paying.items():
        assert paid[position] == (good[number].free + good[number].staked) * SCALE
        assert world.token.balanceOf(accounts[10 + number]) == paid[position]
    assert [i for i, amount in enumerate(paid) if amount] == sorted(paying)

    reasons = rejections(bridge, receipt)
    assert sorted(reasons) == [1, 3, 4, 5, 6, 7, 8]
    for undecodable in (1, 3, 6, 8):
        assert reasons[undecodable] == b""
    assert reasons[4] == selector("AlreadyClaimed(bytes32)") + holders[1].account
    assert reasons[5] == selector("InvalidEvidence(bytes32,uint8)") + holders[2].account + (2).to_bytes(32, "big")
    assert reasons[7][:4] == selector("SumTreeMismatch(bytes32,uint256)")
    assert not bridge.isClaimed(holders[2].account)
    assert not bridge.isClaimed(holders[3].account)
    assert len(receipt.decode_logs(bridge.Claimed)) == 3


def test_batch_of_none_does_nothing(bridge, relayer):
    assert bridge.claimBatch.call([], sender=relayer) == []


def test_batch_refuses_everything_by_name_when_not_open(world, holders, accounts, relayer):
    bridge = world.create()
    receipt = bridge.claimBatch([world.claim(bridge, holders[0], accounts[10]).encoded()], sender=relayer)
    required = world.estate.tree.total * SCALE
    expected = selector("NotFunded(uint256,uint256)") + bytes(32) + required.to_bytes(32, "big")
    assert rejections(bridge, receipt) == {0: expected}


def test_batch_lets_the_rate_limit_delay_the_rest(world, holders, accounts, relayer):
    bridge = world.create_open(rateLimitCapacity=10 * PHA, rateLimitPeriodSeconds=10**6)
    batch = [world.claim(bridge, holder, accounts[10]).encoded() for holder in holders[:3]]
    receipt = bridge.claimBatch(batch, sender=relayer)
    reasons = rejections(bridge, receipt)
    assert sorted(reasons) == [1, 2]
    assert {reason[:4] for reason in reasons.values()} == {selector("RateLimited(uint256)")}


def test_batch_is_not_made_dear_by_a_vault_that_reverts_with_much(world, bridge, holders, accounts, relayer):
    world.vault.setBomb(50_000, sender=relayer)
    batch = [
        world.claim(bridge, holders[0], accounts[10], into_vault=True).encoded(),
        world.claim(bridge, holders[1], accounts[11]).encoded(),
    ]
    receipt = bridge.claimBatch(batch, sender=relayer)
    assert rejections(bridge, receipt) == {0: bytes(256)}
    assert world.token.balanceOf(accounts[11]) > 0
    # The holder is not lost with the vault: another signature, liquid, pays them.
    world.vault.setBomb(0, sender=relayer)
    bridge.claim(world.claim(bridge, holders[0], accounts[10]).values(), sender=relayer)


def test_batch_pays_the_others_when_someone_ran_ahead_with_one(world, bridge, holders, accounts, relayer, stranger):
    claims = [world.claim(bridge, holder, accounts[10 + i]) for i, holder in enumerate(holders[:3])]
    bridge.claim(claims[1].values(), sender=stranger)
    bridge.claimBatch([claim.encoded() for claim in claims], sender=relayer)
    # Whoever sent it, the recipients are the ones signed for.
    for i, claim in enumerate(claims):
        assert world.token.balanceOf(accounts[10 + i]) == (claim.free + claim.staked) * SCALE
    assert world.token.balanceOf(stranger) == 0


def test_batch_cannot_reach_another_function_than_claim(world, bridge, guardian, relayer):
    """The bridge calls itself with the selector of `claim` only, whatever the bytes say."""
    receipt = bridge.claimBatch([bytes(bridge.pause.encode_input(3600)), b"\x00" * 3], sender=guardian)
    assert sorted(rejections(bridge, receipt)) == [0, 1]
    assert bridge.pausedUntil() == 0
    assert world.manager.canCall(bridge, bridge, selector("pause(uint256)")) == (False, 0)
    assert world.vault.target() == ZERO_ADDRESS


def dear_verifier(deployer):
    """Agrees to everything after about 1,560,000 gas: 60,000 turns of an empty loop, then `true`."""
    runtime = "62" + (60_000).to_bytes(3, "big").hex() + "5b6001900380600457" + "600160005260206000f3"
    creation = "0x601780600b6000396000f3" + runtime
    return deployer.call(deployer.provider.network.ecosystem.create_transaction(data=creation)).contract_address


def test_batch_never_reports_a_good_claim_refused_for_want_of_gas(world, holders, accounts, deployer, relayer, chain):
    """A node estimates the least gas with which the transaction passes; a verifier cut short has refused nobody."""
    bridge = world.create_open(verifiers=[(SECP256K1, dear_verifier(deployer))])
    batch = [world.claim(bridge, holder, accounts[10 + i]).encoded() for i, holder in enumerate(holders[:2])]
    call = {"from": relayer.address, "to": bridge.address, "data": bridge.claimBatch.encode_input(batch).to_0x_hex()}
    estimate = chain.provider.web3.eth.estimate_gas(call)
    receipt = bridge.claimBatch(batch, sender=relayer, gas_limit=estimate)
    assert rejections(bridge, receipt) == {}
    assert all(bridge.isClaimed(holder.account) for holder in holders[:2])
