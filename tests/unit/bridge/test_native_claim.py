# SPDX-License-Identifier: Apache-2.0
"""MigrationBridge.claimNative: native balances straight from the state, beside the tree and never on top of it."""

from __future__ import annotations

import json
from dataclasses import replace

import ape
import pytest
from eth_abi import decode
from eth_tester.exceptions import TransactionFailed
from eth_utils import keccak
from web3.exceptions import Web3Exception

from tests.reference.bridge_setup import SCALE, UNITS, ZERO_ADDRESS, World
from tests.reference.claims import KEYLESS, SECP256K1, Estate, Holder, Leaf, NativeClaim, sentence
from tests.reference.delegated_accounts import MULTISIG, PROXY, Multisig, naming, proxy_evidence
from tests.reference.substrate_state import (
    ReferenceTrie,
    account_info,
    pack_items,
    proxies_key,
    proxy_list,
    substrate_like_state,
    system_account_key,
)

KHALA_ROOT = bytes.fromhex("fd2e3e07ed2d610c6c0c6c3cd6858fff733fe53c03bd75d46f25e7c69dec490b")
HOLDERS = [Holder(secret) for secret in range(801, 806)]
SHARED = Multisig([Holder(secret) for secret in (811, 812, 813)], 2)
PURE = bytes.fromhex("9c" * 32)
OUTSIDE = Holder(820)
BROKE = Holder(821)


@pytest.fixture(scope="module")
def state():
    """Native balances: 100 PHA and up for holders, with a reserved part; the tree owes them staked PHA besides."""
    entries, _ = substrate_like_state(100, seed=8)
    for number, holder in enumerate(HOLDERS):
        entries[system_account_key(holder.account)] = account_info(100 * UNITS + number, number * UNITS, 50 * UNITS)
    entries[system_account_key(SHARED.account)] = account_info(500 * UNITS)
    entries[system_account_key(PURE)] = account_info(600 * UNITS)
    entries[system_account_key(OUTSIDE.account)] = account_info(2_000 * UNITS)
    entries[system_account_key(BROKE.account)] = account_info(0, 0, 0)
    entries[system_account_key(KEYLESS[1])] = account_info(10 * UNITS)
    entries[proxies_key(PURE)] = proxy_list([(HOLDERS[0].account, 0, 0)])
    return ReferenceTrie(entries)


@pytest.fixture(scope="module")
def estate():
    owed = [(100 * UNITS + n + n * UNITS, 7 * UNITS) for n in range(len(HOLDERS))]
    others = [Leaf(SHARED.account, 500 * UNITS, 0), Leaf(PURE, 600 * UNITS, 0)]
    return Estate(HOLDERS, owed, extra_leaves=others)


@pytest.fixture(scope="module")
def world(project, chain, deployer, guardian, treasury, estate):
    return World.deploy(project, chain, deployer, guardian, treasury, estate)


@pytest.fixture(scope="module")
def verifiers(world, state):
    base = (SECP256K1, world.verifier)
    multisig = world.deployer.deploy(world.project.MultisigAccountVerifier, [base])
    members = [base, (MULTISIG, multisig)]
    proxy = world.deployer.deploy(world.project.ProxyAccountVerifier, state.root, 1, members)
    return [*members, (PROXY, proxy)]


@pytest.fixture(scope="module")
def bridge(world, state, verifiers):
    return world.create_open(stateRoot=state.root, verifiers=verifiers)


@pytest.fixture
def make(bridge, state, chain, accounts):
    """A good native claim of a holder, to the given or the tenth account."""

    def claim(holder, recipient=None, wrapped=True) -> NativeClaim:
        to = str(recipient or accounts[10])
        message = sentence(to, bridge.address, chain.chain_id, opening="native PHA", wrapped=wrapped)
        proof = pack_items(state.proof_items(system_account_key(holder.account)))
        return NativeClaim(holder.account, proof, to, wrapped=wrapped, evidence=holder.evidence(message))

    return claim


@pytest.mark.parametrize("wrapped", [True, False], ids=["wrapped", "plain"])
def test_claim_native_pays_free_and_reserved(world, bridge, make, accounts, relayer, wrapped):
    claim = make(HOLDERS[3], wrapped=wrapped)
    receipt = bridge.claimNative(claim.values(), sender=relayer)
    paid = (103 * UNITS + 3) * 10**6
    assert world.token.balanceOf(accounts[10]) == paid
    assert bridge.totalPaid() == paid
    assert bridge.isClaimed(HOLDERS[3].account)
    (event,) = receipt.decode_logs(bridge.Claimed)
    assert (event.account, event.recipient, event.scheme) == (HOLDERS[3].account, accounts[10], SECP256K1)
    assert (event.free, event.staked, event.paidAmount, event.intoVault) == (103 * UNITS + 3, 0, paid, False)


def test_claim_native_returns_what_it_pays(bridge, make, relayer):
    assert bridge.claimNative.call(make(HOLDERS[0]).values(), sender=relayer) == 100 * UNITS * 10**6


def test_native_message_is_the_sentence(bridge, chain, accounts):
    for wrapped in (True, False):
        want = sentence(str(accounts[10]), bridge.address, chain.chain_id, opening="native PHA", wrapped=wrapped)
        assert bytes(bridge.nativeMessageFor(accounts[10], wrapped)) == want


def test_an_account_is_paid_once_over_both_ways(world, bridge, make, relayer, accounts):
    by_tree = world.claim(bridge, HOLDERS[0], accounts[10])
    by_state = make(HOLDERS[0])
    bridge.claimNative(by_state.values(), sender=relayer)
    with ape.reverts(bridge.AlreadyClaimed):
        bridge.claim(by_tree.values(), sender=relayer)
    with ape.reverts(bridge.AlreadyClaimed):
        bridge.claimNative(by_state.values(), sender=relayer)

    bridge.claim(world.claim(bridge, HOLDERS[1], accounts[10]).values(), sender=relayer)
    with ape.reverts(bridge.AlreadyClaimed):
        bridge.claimNative(make(HOLDERS[1]).values(), sender=relayer)


@pytest.mark.parametrize("opening", ["PHA", "vPHA", "native  PHA", "native"])
def test_a_signature_for_the_tree_is_none_for_the_state(bridge, make, chain, relayer, opening):
    claim = make(HOLDERS[2])
    message = sentence(claim.recipient, bridge.address, chain.chain_id, opening=opening, wrapped=True)
    with ape.reverts(bridge.InvalidEvidence):
        bridge.claimNative(replace(claim, evidence=HOLDERS[2].evidence(message)).values(), sender=relayer)


def test_a_signature_for_the_state_is_none_for_the_tree(world, bridge, make, relayer, accounts):
    """Otherwise anyone could take a holder's staked part away by paying the native part first."""
    evidence = make(HOLDERS[2]).evidence
    for into_vault in (True, False):
        claim = world.claim(bridge, HOLDERS[2], accounts[10], into_vault=into_vault).but(evidence=evidence)
        with ape.reverts(bridge.InvalidEvidence):
            bridge.claim(claim.values(), sender=relayer)


def test_claim_native_refuses_what_was_not_signed_for(bridge, make, relayer, accounts):
    good = make(HOLDERS[2])
    for change in ({"recipient": str(accounts[11])}, {"wrapped": False}, {"evidence": b""}):
        with ape.reverts(bridge.InvalidEvidence):
            bridge.claimNative(replace(good, **change).values(), sender=relayer)
    bridge.claimNative(good.values(), sender=relayer)


def test_claim_native_refuses_another_accounts_proof(bridge, make, state, relayer):
    good = make(HOLDERS[2])
    rich = pack_items(state.proof_items(system_account_key(OUTSIDE.account)))
    for proof in (rich, b"", good.proof[:-1], good.proof + b"\0"):
        with ape.reverts(bridge.StateProofInvalid, account=HOLDERS[2].account):
            bridge.claimNative(replace(good, proof=proof).values(), sender=relayer)


def test_claim_native_refuses_a_proxy_list_as_a_balance(bridge, make, state, relayer):
    proof = pack_items(state.proof_items(proxies_key(PURE)))
    claim = NativeClaim(PURE, proof, make(HOLDERS[0]).recipient)
    with ape.reverts(bridge.StateProofInvalid):
        bridge.claimNative(claim.values(), sender=relayer)


def test_claim_native_refuses_an_account_of_nothing(bridge, make, relayer):
    with ape.reverts(bridge.NothingOwed):
        bridge.claimNative(make(BROKE).values(), sender=relayer)


def test_claim_native_refuses_unknown_schemes_and_keyless_accounts(bridge, make, state, relayer):
    with ape.reverts(bridge.UnknownScheme):
        bridge.claimNative(replace(make(HOLDERS[0]), scheme=9).values(), sender=relayer)
    proof = pack_items(state.proof_items(system_account_key(KEYLESS[1])))
    with ape.reverts(bridge.KeylessAccount):
        bridge.claimNative(replace(make(HOLDERS[0]), account=KEYLESS[1], proof=proof).values(), sender=relayer)


def test_claim_native_refuses_recipients_that_could_not_use_it(world, bridge, make, relayer):
    for recipient in (ZERO_ADDRESS, bridge.address, world.token.address, world.vault.address):
        with ape.reverts(bridge.RecipientRefused):
            bridge.claimNative(make(HOLDERS[0], recipient).values(), sender=relayer)


def test_claim_native_never_pays_over_the_cap(bridge, make, estate, relayer):
    """An account the tree does not know has more than the whole cap: the state root and the tree do not fit."""
    assert estate.tree.total < 2_000 * UNITS
    with ape.reverts(bridge.CapExceeded, paidUnits=2_000 * UNITS, cap=estate.tree.total):
        bridge.claimNative(make(OUTSIDE).values(), sender=relayer)


def test_claims_by_the_tree_stay_under_the_cap_after_native_ones(world, state, make, relayer, accounts, chain):
    """B1 over both ways: the native claim of an outsider leaves too little for the last leaf."""
    estate = Estate(HOLDERS[:2], [(1_500 * UNITS, 0), (1_000 * UNITS, 0)])
    bridge = world.create(stateRoot=state.root, claimRoot=estate.tree.root, cap=estate.tree.total)
    world.fund(bridge, estate.tree.total * 10**6)
    bridge.open(sender=relayer)
    message = sentence(str(accounts[10]), bridge.address, chain.chain_id, opening="native PHA", wrapped=True)
    outside = replace(make(OUTSIDE), evidence=OUTSIDE.evidence(message))
    bridge.claimNative(outside.values(), sender=relayer)
    claim = estate.claim(HOLDERS[0], str(accounts[10]), bridge.address, chain.chain_id)
    with ape.reverts(bridge.CapExceeded, paidUnits=3_500 * UNITS, cap=2_500 * UNITS):
        bridge.claim(claim.values(), sender=relayer)
    assert bridge.totalPaid() == 2_000 * UNITS * 10**6


def test_claim_native_is_off_without_a_state_root(world, make, relayer):
    bridge = world.create_open()
    with ape.reverts(bridge.NativeClaimsOff):
        bridge.claimNative(make(HOLDERS[0]).values(), sender=relayer)


def test_claim_native_waits_for_opening_pause_and_rate_limit(world, state, verifiers, make, relayer, guardian):
    unfunded = world.create(stateRoot=state.root, verifiers=verifiers)
    with ape.reverts(unfunded.NotFunded):
        unfunded.claimNative(make(HOLDERS[0]).values(), sender=relayer)
    world.fund(unfunded)
    with ape.reverts(unfunded.ClaimsNotOpen):
        unfunded.claimNative(make(HOLDERS[0]).values(), sender=relayer)
    paused = world.create_open(stateRoot=state.root, verifiers=verifiers)
    paused.pause(3600, sender=guardian)
    with ape.reverts(paused.ClaimsPaused):
        paused.claimNative(make(HOLDERS[0]).values(), sender=relayer)


def test_claim_native_is_rate_limited(world, state, chain, make, relayer, accounts):
    bridge = world.create_open(stateRoot=state.root, rateLimitCapacity=10**18, rateLimitPeriodSeconds=86_400)
    for holder, limited in ((HOLDERS[0], False), (HOLDERS[1], True)):
        message = sentence(str(accounts[10]), bridge.address, chain.chain_id, opening="native PHA", wrapped=True)
        claim = replace(make(holder), evidence=holder.evidence(message))
        if limited:
            with ape.reverts(bridge.RateLimited):
                bridge.claimNative(claim.values(), sender=relayer)
        else:
            bridge.claimNative(claim.values(), sender=relayer)


def test_claim_native_takes_a_multisig_and_a_proxied_account(world, bridge, state, chain, relayer, accounts):
    message = sentence(str(accounts[10]), bridge.address, chain.chain_id, opening="native PHA", wrapped=True)
    proof = pack_items(state.proof_items(system_account_key(SHARED.account)))
    claim = NativeClaim(SHARED.account, proof, str(accounts[10]), MULTISIG, evidence=SHARED.evidence(message))
    bridge.claimNative(claim.values(), sender=relayer)

    listed = pack_items(state.proof_items(proxies_key(PURE)))
    evidence = proxy_evidence(0, SECP256K1, listed, HOLDERS[0].evidence(naming(PURE, message)))
    proof = pack_items(state.proof_items(system_account_key(PURE)))
    claim = NativeClaim(PURE, proof, str(accounts[10]), PROXY, evidence=evidence)
    bridge.claimNative(claim.values(), sender=relayer)
    assert world.token.balanceOf(accounts[10]) == 1_100 * UNITS * 10**6


def test_claim_takes_a_multisig_and_a_proxied_account_from_the_tree(world, bridge, state, chain, relayer, accounts):
    tree = world.estate.tree
    message = sentence(str(accounts[10]), bridge.address, chain.chain_id, wrapped=True)
    listed = pack_items(state.proof_items(proxies_key(PURE)))
    for account, free, scheme, evidence in (
        (SHARED.account, 500, MULTISIG, SHARED.evidence(message)),
        (PURE, 600, PROXY, proxy_evidence(0, SECP256K1, listed, HOLDERS[0].evidence(naming(PURE, message)))),
    ):
        index = tree.index_of(account)
        claim = (
            account, free * UNITS, 0, index, tree.proof(index), str(accounts[10]), False, scheme, True, evidence
        )  # fmt: skip
        bridge.claim(claim, sender=relayer)
    assert world.token.balanceOf(accounts[10]) == 1_100 * UNITS * 10**6


def rejections(bridge, receipt) -> dict[int, bytes]:
    return {event.index: bytes(event.reason) for event in receipt.decode_logs(bridge.ClaimRejected)}


def selector(signature: str) -> bytes:
    return keccak(text=signature)[:4]


def test_batch_pays_the_good_and_reports_the_bad(world, bridge, make, state, accounts, relayer):
    good = [make(holder, accounts[10 + n]) for n, holder in enumerate(HOLDERS)]
    foreign = pack_items(state.proof_items(system_account_key(OUTSIDE.account)))
    batch = [
        good[0].encoded(),
        b"",
        replace(good[1], proof=foreign).encoded(),
        good[1].encoded(),
        good[1].encoded(),  # the same account again, within the batch
        replace(good[2], evidence=good[3].evidence).encoded(),
        good[3].encoded()[:-200],  # cut off inside the evidence
        (2**256 - 1).to_bytes(32, "big") + good[3].encoded()[32:],  # an offset that points nowhere
        make(BROKE).encoded(),
        world.claim(bridge, HOLDERS[2], accounts[12]).encoded(),  # a claim by the tree
        make(OUTSIDE).encoded(),
        good[4].encoded(),
    ]
    paid = bridge.claimNativeBatch.call(batch, sender=relayer)
    receipt = bridge.claimNativeBatch(batch, sender=relayer)

    for position, number in {0: 0, 3: 1, 11: 4}.items():
        assert paid[position] == (100 * UNITS + number + number * UNITS) * SCALE
        assert world.token.balanceOf(accounts[10 + number]) == paid[position]
    assert [i for i, amount in enumerate(paid) if amount] == [0, 3, 11]
    assert bridge.totalPaid() == sum(paid)
    assert len(receipt.decode_logs(bridge.Claimed)) == 3

    reasons = rejections(bridge, receipt)
    assert sorted(reasons) == [1, 2, 4, 5, 6, 7, 8, 9, 10]
    for undecodable in (1, 6, 7):
        assert reasons[undecodable] == b""
    assert reasons[2] == selector("StateProofInvalid(bytes32)") + HOLDERS[1].account
    assert reasons[4] == selector("AlreadyClaimed(bytes32)") + HOLDERS[1].account
    assert reasons[5] == selector("InvalidEvidence(bytes32,uint8)") + HOLDERS[2].account + (2).to_bytes(32, "big")
    assert reasons[8] == selector("NothingOwed(bytes32)") + BROKE.account
    assert reasons[10][:4] == selector("CapExceeded(uint256,uint256)")
    assert not bridge.isClaimed(HOLDERS[2].account)
    assert not bridge.isClaimed(HOLDERS[3].account)


def test_batches_of_both_kinds_share_one_nullifier(world, bridge, make, accounts, relayer):
    by_tree = [world.claim(bridge, holder, accounts[10]).encoded() for holder in HOLDERS[:3]]
    by_state = [make(holder, accounts[11]).encoded() for holder in HOLDERS[2:]]
    bridge.claimBatch(by_tree, sender=relayer)
    receipt = bridge.claimNativeBatch(by_state, sender=relayer)
    assert rejections(bridge, receipt) == {0: selector("AlreadyClaimed(bytes32)") + HOLDERS[2].account}
    receipt = bridge.claimBatch([world.claim(bridge, HOLDERS[4], accounts[10]).encoded()], sender=relayer)
    assert rejections(bridge, receipt) == {0: selector("AlreadyClaimed(bytes32)") + HOLDERS[4].account}


def test_a_claim_by_the_tree_is_refused_a_native_batchs_way_and_the_other_way_round(
    world, bridge, make, accounts, relayer
):
    receipt = bridge.claimNativeBatch([world.claim(bridge, HOLDERS[0], accounts[10]).encoded()], sender=relayer)
    assert sorted(rejections(bridge, receipt)) == [0]
    receipt = bridge.claimBatch([make(HOLDERS[0]).encoded()], sender=relayer)
    assert sorted(rejections(bridge, receipt)) == [0]
    assert not bridge.isClaimed(HOLDERS[0].account)


def test_batch_refuses_everything_by_name_without_a_state_root(world, make, relayer):
    bridge = world.create_open()
    receipt = bridge.claimNativeBatch([make(HOLDERS[0]).encoded()], sender=relayer)
    assert rejections(bridge, receipt) == {0: selector("NativeClaimsOff()")}


def test_batch_never_reports_a_good_claim_refused_for_want_of_gas(bridge, make, accounts, relayer, chain):
    """Whatever the gas: either both are paid, or the whole batch fails."""
    batch = [make(holder, accounts[10 + n]).encoded() for n, holder in enumerate(HOLDERS[:2])]
    data = bridge.claimNativeBatch.encode_input(batch).to_0x_hex()
    call = {"from": relayer.address, "to": bridge.address, "data": data}
    ethereum = chain.provider.web3.eth
    enough = ethereum.estimate_gas(call)
    failed = 0
    for gas in range(enough // 3, enough, enough // 16):
        try:
            answer = ethereum.call({**call, "gas": gas})
        except (Web3Exception, TransactionFailed):  # anvil's and py-evm's way to say so
            failed += 1
        else:
            assert decode(["uint256[]"], answer) == ((100 * UNITS * SCALE, (101 * UNITS + 1) * SCALE),)
    assert failed > 0
    receipt = bridge.claimNativeBatch(batch, sender=relayer, gas_limit=enough)
    assert rejections(bridge, receipt) == {}
    assert bridge.totalPaid() == (201 * UNITS + 1) * SCALE


def test_khala_genesis_claims_fail_only_for_the_signature(world, relayer, accounts, evidence_dir):
    """Nobody here has the keys of Khala's first accounts: their balances are proven, and then the signature fails."""
    path = evidence_dir / "polkadot" / "khala_genesis_raw.json"
    if not path.exists():
        pytest.skip(f"no {path}")
    raw = json.loads(path.read_text())
    top = raw.get("genesis", {}).get("raw", {}).get("top") or raw.get("top") or raw
    khala = ReferenceTrie({bytes.fromhex(k[2:]): bytes.fromhex(v[2:]) for k, v in top.items()})
    bridge = world.create_open(stateRoot=KHALA_ROOT)
    prefix = system_account_key(bytes(32))[:32]
    found = [key for key in khala.entries if key.startswith(prefix)]
    assert len(found) == 6
    for key in found:
        account, proof = key[-32:], pack_items(khala.proof_items(key))
        claim = NativeClaim(account, proof, str(accounts[10]), evidence=HOLDERS[0].evidence(b"anything"))
        refusal = bridge.KeylessAccount if account.startswith(b"modl") else bridge.InvalidEvidence
        with ape.reverts(refusal, account=account):
            bridge.claimNative(claim.values(), sender=relayer)
        if not account.startswith(b"modl"):
            damaged = replace(claim, proof=proof[:-1] + bytes([proof[-1] ^ 1]))
            with ape.reverts(bridge.StateProofInvalid, account=account):
                bridge.claimNative(damaged.values(), sender=relayer)
