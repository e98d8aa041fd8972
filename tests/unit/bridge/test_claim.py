# SPDX-License-Identifier: Apache-2.0
"""MigrationBridge.claim: what is paid, and by which name each bad claim is refused."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

from tests.reference.bridge_setup import DAY, SCALE, UNITS, ZERO_ADDRESS
from tests.reference.claims import KEYLESS, Estate, Holder, sentence


@pytest.mark.parametrize("wrapped", [True, False], ids=["wrapped", "plain"])
def test_claim_pays_free_and_staked_in_pha(world, bridge, holder, recipient, relayer, wrapped):
    claim = world.claim(bridge, holder, recipient, wrapped=wrapped)
    receipt = bridge.claim(claim.values(), sender=relayer)

    paid = (claim.free + claim.staked) * 10**6
    assert world.token.balanceOf(recipient) == paid
    assert world.token.balanceOf(bridge) == world.estate.tree.total * 10**6 - paid
    assert bridge.totalPaid() == paid
    assert bridge.isClaimed(holder.account)
    (event,) = receipt.decode_logs(bridge.Claimed)
    assert event.account == holder.account
    assert event.recipient == recipient
    assert (event.scheme, event.free, event.staked) == (2, claim.free, claim.staked)
    assert (event.paidAmount, event.intoVault) == (paid, False)


def test_claim_returns_what_it_pays(world, bridge, holder, recipient, relayer):
    claim = world.claim(bridge, holder, recipient)
    assert bridge.claim.call(claim.values(), sender=relayer) == (claim.free + claim.staked) * SCALE


def test_claim_pays_every_holder_exactly_when_all_come(world, bridge, holders, accounts, relayer):
    for number, holder in enumerate(holders):
        claim = world.claim(bridge, holder, accounts[10 + number])
        bridge.claim(claim.values(), sender=relayer)
        assert world.token.balanceOf(accounts[10 + number]) == ((number + 1) * 11 * UNITS + number) * 10**6


def test_claim_deposits_staked_and_pays_free_when_signed_for_the_vault(world, bridge, holder, recipient, relayer):
    claim = world.claim(bridge, holder, recipient, into_vault=True)
    receipt = bridge.claim(claim.values(), sender=relayer)

    assert world.token.balanceOf(recipient) == claim.free * 10**6
    assert world.token.balanceOf(world.vault) == claim.staked * 10**6
    assert world.vault.sharesOf(recipient) == 2 * claim.staked * 10**6
    assert world.token.allowance(bridge, world.vault) == 0
    (event,) = receipt.decode_logs(bridge.Claimed)
    assert event.intoVault
    assert event.paidAmount == (claim.free + claim.staked) * 10**6


def test_claim_pays_a_tree_of_one_leaf(world, holder, recipient, relayer):
    alone = Estate([holder], [(7, 0)])
    bridge = world.create(claimRoot=alone.tree.root, cap=7)
    world.fund(bridge, 7 * 10**6)
    bridge.open(sender=relayer)
    claim = alone.claim(holder, str(recipient), bridge.address, world.chain.chain_id)
    assert claim.proof == b""
    bridge.claim(claim.values(), sender=relayer)
    assert world.token.balanceOf(recipient) == 7 * 10**6


# Before, after and between


def test_claim_reverts_when_not_funded(world, holder, recipient, relayer):
    bridge = world.create()
    required = world.estate.tree.total * 10**6
    world.fund(bridge, required - 1)
    claim = world.claim(bridge, holder, recipient)
    with ape.reverts(bridge.NotFunded, balance=required - 1, required=required):
        bridge.claim(claim.values(), sender=relayer)


def test_claim_reverts_when_funded_but_not_open(world, holder, recipient, relayer):
    bridge = world.create()
    world.fund(bridge)
    claim = world.claim(bridge, holder, recipient)
    with ape.reverts(bridge.ClaimsNotOpen):
        bridge.claim(claim.values(), sender=relayer)
    bridge.open(sender=relayer)
    bridge.claim(claim.values(), sender=relayer)


def test_claim_passes_at_the_deadline_and_reverts_a_second_later(world, bridge, holders, recipient, relayer, at):
    deadline = bridge.DEADLINE()
    at(deadline)
    receipt = bridge.claim(world.claim(bridge, holders[0], recipient).values(), sender=relayer)
    assert receipt.timestamp == deadline
    at(deadline + 1)
    with ape.reverts(bridge.DeadlinePassed, deadline=deadline):
        bridge.claim(world.claim(bridge, holders[1], recipient).values(), sender=relayer)


def test_claim_reverts_when_the_account_has_claimed(world, bridge, holder, recipient, stranger, relayer):
    bridge.claim(world.claim(bridge, holder, recipient).values(), sender=relayer)
    for again in (
        world.claim(bridge, holder, recipient),
        world.claim(bridge, holder, stranger, wrapped=False),
        world.claim(bridge, holder, stranger, into_vault=True),
    ):
        with ape.reverts(bridge.AlreadyClaimed, account=holder.account):
            bridge.claim(again.values(), sender=relayer)


def test_claim_reverts_when_the_chain_forked_under_another_id(world, bridge, holder, recipient, chain, relayer):
    if chain.provider.name != "foundry":
        pytest.skip("eth-tester cannot change its chain id")
    home = chain.chain_id
    claim = world.claim(bridge, holder, recipient)
    data = bridge.claim.encode_input(claim.values())
    request = [{"to": bridge.address, "data": "0x" + bytes(data).hex(), "from": relayer.address}, "latest"]
    assert int(chain.provider.make_request("eth_call", request), 16) == (claim.free + claim.staked) * SCALE
    chain.provider.make_request("anvil_setChainId", [home + 1])
    try:
        with pytest.raises(Exception, match="revert") as failure:
            chain.provider.make_request("eth_call", request)
    finally:
        chain.provider.make_request("anvil_setChainId", [home])
    assert "0x" + keccak(text="WrongChain(uint256,uint256)")[:4].hex() in str(failure.value)


# Who is paid, and who is owed


@pytest.mark.parametrize("which", ["zero", "bridge", "token", "vault"])
def test_claim_reverts_when_the_recipient_could_not_use_it(world, bridge, holder, relayer, which):
    refused = {"zero": ZERO_ADDRESS, "bridge": bridge, "token": world.token, "vault": world.vault}[which]
    address = refused if isinstance(refused, str) else refused.address
    claim = world.claim(bridge, holder, address)
    with ape.reverts(bridge.RecipientRefused, recipient=address):
        bridge.claim(claim.values(), sender=relayer)


@pytest.mark.parametrize("scheme", [0, 1, 3, 4, 255])
def test_claim_reverts_when_the_scheme_is_unknown(world, bridge, holder, recipient, relayer, scheme):
    claim = world.claim(bridge, holder, recipient).but(scheme=scheme)
    with ape.reverts(bridge.UnknownScheme, scheme=scheme):
        bridge.claim(claim.values(), sender=relayer)


@pytest.mark.parametrize("account", KEYLESS, ids=lambda account: account.hex()[:16])
def test_claim_reverts_for_a_keyless_account_even_when_its_verifier_agrees(world, recipient, relayer, account):
    yes = world.deployer.deploy(world.project.MockVerifier, (1).to_bytes(32, "big"), False, 0)
    bridge = world.create_open(verifiers=[(2, yes)])
    index = world.estate.tree.index_of(account)
    leaf = world.estate.tree.leaves[index]
    values = (account, leaf.free, leaf.staked, index, world.estate.tree.proof(index))
    with ape.reverts(bridge.KeylessAccount, account=account):
        bridge.claim((*values, recipient, False, 2, True, b""), sender=relayer)


def test_claim_reverts_when_the_leaf_owes_nothing(world, bridge, recipient, relayer):
    claim = world.claim(bridge, world.estate.nothing, recipient)
    with ape.reverts(bridge.NothingOwed, account=claim.account):
        bridge.claim(claim.values(), sender=relayer)
    assert not bridge.isClaimed(claim.account)


# The rate limit (more in test_rate_limit.py) and the vault


def test_claim_reverts_into_the_vault_when_there_is_none(world, holder, recipient, relayer):
    bridge = world.create_open(vault=ZERO_ADDRESS)
    with ape.reverts(bridge.VaultUnavailable, vault=ZERO_ADDRESS):
        bridge.claim(world.claim(bridge, holder, recipient, into_vault=True).values(), sender=relayer)
    # The same holder is not stuck: they sign the other sentence.
    bridge.claim(world.claim(bridge, holder, recipient).values(), sender=relayer)


def test_claim_skips_the_vault_when_nothing_is_staked(world, recipient, relayer):
    unstaked = Holder(31)
    estate = Estate([unstaked], [(9 * UNITS, 0)])
    bridge = world.create(claimRoot=estate.tree.root, cap=estate.tree.total)
    world.fund(bridge)
    bridge.open(sender=relayer)
    world.vault.setBomb(32, sender=relayer)
    claim = estate.claim(unstaked, str(recipient), bridge.address, world.chain.chain_id, into_vault=True)
    bridge.claim(claim.values(), sender=relayer)
    assert world.token.balanceOf(recipient) == 9 * 10**18


def test_claim_reverts_when_the_vault_takes_less(world, bridge, holder, recipient, relayer):
    world.vault.setWithheld(1, sender=relayer)
    claim = world.claim(bridge, holder, recipient, into_vault=True)
    assets = claim.staked * 10**6
    with ape.reverts(bridge.VaultRefused, assets=assets, taken=assets - 1, shares=2 * assets):
        bridge.claim(claim.values(), sender=relayer)
    assert not bridge.isClaimed(holder.account)


def test_claim_reverts_when_the_vault_gives_no_shares(world, bridge, holder, recipient, relayer):
    world.vault.setStingy(True, sender=relayer)
    claim = world.claim(bridge, holder, recipient, into_vault=True)
    assets = claim.staked * 10**6
    with ape.reverts(bridge.VaultRefused, assets=assets, taken=assets, shares=0):
        bridge.claim(claim.values(), sender=relayer)


def test_claim_cannot_be_reentered_from_the_vault(world, bridge, holders, accounts, relayer):
    outer = world.claim(bridge, holders[0], accounts[10], into_vault=True)
    inner = world.claim(bridge, holders[1], accounts[11])
    world.vault.setCall(bridge, bridge.claim.encode_input(inner.values()), sender=relayer)
    bridge.claim(outer.values(), sender=relayer)
    assert not world.vault.callSucceeded()
    assert world.vault.callAnswer() == keccak(text="ReentrancyGuardReentrantCall()")[:4]
    assert world.token.balanceOf(accounts[11]) == 0
    # It was refused, not used up.
    world.vault.setCall(ZERO_ADDRESS, b"", sender=relayer)
    bridge.claim(inner.values(), sender=relayer)


def test_claim_batch_reentered_from_the_vault_pays_nobody(world, bridge, holders, accounts, relayer):
    outer = world.claim(bridge, holders[0], accounts[10], into_vault=True)
    inner = world.claim(bridge, holders[1], accounts[11])
    twice = [outer.encoded(), inner.encoded()]
    world.vault.setCall(bridge, bridge.claimBatch.encode_input(twice), sender=relayer)
    bridge.claim(outer.values(), sender=relayer)
    assert world.vault.callSucceeded()
    assert bridge.totalPaid() == outer.free * SCALE + outer.staked * SCALE
    assert not bridge.isClaimed(holders[1].account)


# The sentence binds everything


def test_claim_reverts_when_the_signature_names_something_else(world, bridge, holder, recipient, stranger, relayer):
    """One signature for each thing that the sentence binds, with that thing changed."""
    chain_id = world.chain.chain_id
    right = (str(recipient), bridge.address, chain_id)
    wrong = {
        "recipient": sentence(str(stranger), bridge.address, chain_id, wrapped=True),
        "bridge": sentence(str(recipient), world.vault.address, chain_id, wrapped=True),
        "chain": sentence(str(recipient), bridge.address, chain_id + 1, wrapped=True),
        "another digit of the chain": sentence(*right, wrapped=True).replace(b"</Bytes>", b"0</Bytes>"),
        "vault": sentence(*right, opening="vPHA", wrapped=True),
        "native": sentence(*right, opening="native PHA", wrapped=True),
        "plain": sentence(*right, wrapped=False),
        "half wrapped": b"<Bytes>" + sentence(*right),
        "checksummed": f"<Bytes>PHA to {recipient} by {bridge.address} on {chain_id}</Bytes>".encode(),
        "twice wrapped": b"<Bytes>" + sentence(*right, wrapped=True) + b"</Bytes>",
        "nothing": b"",
    }
    unsigned = world.estate.unsigned(holder, str(recipient))
    for message in wrong.values():
        with ape.reverts(bridge.InvalidEvidence, account=holder.account, scheme=2):
            bridge.claim(unsigned.but(evidence=holder.evidence(message)).values(), sender=relayer)
    good = unsigned.but(evidence=holder.evidence(sentence(*right, wrapped=True)))
    bridge.claim(good.values(), sender=relayer)


@pytest.mark.parametrize("wrapped", [True, False], ids=["wrapped", "plain"])
def test_claim_reverts_when_wrapping_is_claimed_otherwise_than_signed(
    world, bridge, holder, recipient, relayer, wrapped
):
    claim = world.claim(bridge, holder, recipient, wrapped=wrapped)
    with ape.reverts(bridge.InvalidEvidence, account=holder.account, scheme=2):
        bridge.claim(claim.but(wrapped=not wrapped).values(), sender=relayer)


@pytest.mark.parametrize("into_vault", [True, False], ids=["vault", "liquid"])
def test_claim_reverts_when_the_relayer_switches_the_vault(world, bridge, holder, recipient, relayer, into_vault):
    claim = world.claim(bridge, holder, recipient, into_vault=into_vault)
    with ape.reverts(bridge.InvalidEvidence, account=holder.account, scheme=2):
        bridge.claim(claim.but(into_vault=not into_vault).values(), sender=relayer)


def test_claim_reverts_when_another_holder_signs(world, bridge, holders, recipient, relayer):
    message = sentence(str(recipient), bridge.address, world.chain.chain_id, wrapped=True)
    claim = world.claim(bridge, holders[0], recipient).but(evidence=holders[1].evidence(message))
    with ape.reverts(bridge.InvalidEvidence, account=holders[0].account, scheme=2):
        bridge.claim(claim.values(), sender=relayer)


@pytest.mark.parametrize("opening_vault", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
def test_message_for_is_what_the_holder_signs(world, bridge, recipient, opening_vault, wrapped):
    expected = sentence(
        str(recipient),
        bridge.address,
        world.chain.chain_id,
        opening="vPHA" if opening_vault else "PHA",
        wrapped=wrapped,
    )
    assert bridge.messageFor(recipient, opening_vault, wrapped) == expected


# Verifiers that misbehave


@pytest.mark.parametrize(
    ("answer", "reverts", "padding"),
    [
        ((1).to_bytes(32, "big"), True, 0),
        (b"", False, 0),
        ((1).to_bytes(31, "big"), False, 0),
        ((2).to_bytes(32, "big"), False, 0),
        (b"\xff" * 32, False, 0),
        (bytes(32), False, 0),
        (b"", True, 100_000),
        (bytes(32), False, 100_000),
    ],
    ids=["reverts-true", "silent", "short", "two", "all-ones", "false", "revert-bomb", "return-bomb"],
)
def test_claim_reverts_when_the_verifier_answers_anything_but_true(
    world, holders, recipient, relayer, answer, reverts, padding
):
    hostile = world.deployer.deploy(world.project.MockVerifier, answer, reverts, padding)
    bridge = world.create_open(verifiers=[(9, hostile), (2, world.verifier)])
    claim = world.claim(bridge, holders[0], recipient)
    with ape.reverts(bridge.InvalidEvidence, account=holders[0].account, scheme=9):
        bridge.claim(claim.but(scheme=9).values(), sender=relayer)
    # And the other schemes work on.
    bridge.claim(claim.values(), sender=relayer)


def test_claim_is_bound_to_its_account_when_a_verifier_agrees_to_everything(world, holders, recipient, relayer):
    """The worst verifier cannot pay more than the leaves, nor twice: B1 and B3 do not rest on it."""
    yes = world.deployer.deploy(world.project.MockVerifier, (1).to_bytes(32, "big"), False, 0)
    bridge = world.create_open(verifiers=[(0, yes), (2, world.verifier)])
    claim = world.claim(bridge, holders[0], recipient)
    bridge.claim(claim.but(scheme=0, evidence=b"").values(), sender=relayer)
    for scheme in (0, 2):
        with ape.reverts(bridge.AlreadyClaimed, account=holders[0].account):
            bridge.claim(claim.but(scheme=scheme).values(), sender=relayer)


def test_claim_passes_at_the_second_a_pause_ends(world, bridge, holder, recipient, guardian, relayer, at):
    until = bridge.pause(DAY, sender=guardian).timestamp + DAY
    claim = world.claim(bridge, holder, recipient)
    at(until - 1)
    with ape.reverts(bridge.ClaimsPaused, until=until):
        bridge.claim(claim.values(), sender=relayer)
    at(until)
    assert bridge.claim(claim.values(), sender=relayer).timestamp == until
