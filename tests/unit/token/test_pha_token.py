# SPDX-License-Identifier: Apache-2.0
"""PhaToken, and what it shares with L2PhaToken: supply, permit and votes by the clock."""

from __future__ import annotations

import ape
import pytest
from eth_account import Account
from eth_utils import keccak

SUPPLY = 10**9 * 10**18
PRIVATE_KEY = "0x" + "42" * 32


@pytest.fixture(scope="module")
def token(project, deployer, treasury):
    return deployer.deploy(project.PhaToken, treasury)


@pytest.fixture(scope="module")
def signer(chain, token, treasury):
    account = Account.from_key(PRIVATE_KEY)
    token.transfer(account.address, 1000, sender=treasury)
    return account


def sign(token, chain, account, kind: str, fields: list[tuple[str, str]], values: dict):
    """Signature (v, r, s) by EIP-712, with the domain written out here."""
    signed = account.sign_typed_data(
        {"name": "Phala", "version": "1", "chainId": chain.chain_id, "verifyingContract": token.address},
        {kind: [{"name": name, "type": kind_} for name, kind_ in fields]},
        values,
    )
    return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


PERMIT = [
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
]
DELEGATION = [("delegatee", "address"), ("nonce", "uint256"), ("expiry", "uint256")]


def test_supply_is_one_billion_and_all_of_it_the_recipients(token, treasury):
    assert token.totalSupply() == SUPPLY == token.MAX_SUPPLY() == 10**27
    assert token.balanceOf(treasury) == SUPPLY
    assert (token.name(), token.symbol(), token.decimals()) == ("Phala", "PHA", 18)


def test_deployment_reverts_without_a_recipient(project, token, deployer):
    with ape.reverts(token.ERC20InvalidReceiver):
        deployer.deploy(project.PhaToken, "0x" + "00" * 20)


def test_nothing_mints_burns_pauses_or_owns(token):
    names = {abi.name.lower() for abi in token.contract_type.mutable_methods}
    assert names == {"transfer", "transferfrom", "approve", "permit", "delegate", "delegatebysig"}


def test_transfer_from_reverts_beyond_the_allowance(token, treasury, stranger, relayer):
    token.approve(relayer, 10, sender=treasury)
    token.transferFrom(treasury, stranger, 10, sender=relayer)
    with ape.reverts(token.ERC20InsufficientAllowance, spender=relayer, allowance=0, needed=1):
        token.transferFrom(treasury, stranger, 1, sender=relayer)


def test_permit_approves_once(token, chain, signer, relayer, stranger):
    values = {"owner": signer.address, "spender": stranger.address, "value": 77, "nonce": 0, "deadline": 2**48}
    v, r, s = sign(token, chain, signer, "Permit", PERMIT, values)
    token.permit(signer.address, stranger, 77, 2**48, v, r, s, sender=relayer)
    assert token.allowance(signer.address, stranger) == 77
    assert token.nonces(signer.address) == 1
    with ape.reverts(token.ERC2612InvalidSigner):
        token.permit(signer.address, stranger, 77, 2**48, v, r, s, sender=relayer)


def test_permit_reverts_when_value_or_spender_differ(token, chain, signer, relayer, stranger):
    values = {"owner": signer.address, "spender": stranger.address, "value": 77, "nonce": 0, "deadline": 2**48}
    v, r, s = sign(token, chain, signer, "Permit", PERMIT, values)
    for spender, value in ((stranger, 78), (relayer, 77)):
        with ape.reverts(token.ERC2612InvalidSigner):
            token.permit(signer.address, spender, value, 2**48, v, r, s, sender=relayer)


def test_permit_reverts_when_expired(token, chain, signer, relayer, stranger):
    deadline = chain.blocks.head.timestamp - 1
    values = {"owner": signer.address, "spender": stranger.address, "value": 1, "nonce": 0, "deadline": deadline}
    v, r, s = sign(token, chain, signer, "Permit", PERMIT, values)
    with ape.reverts(token.ERC2612ExpiredSignature, deadline=deadline):
        token.permit(signer.address, stranger, 1, deadline, v, r, s, sender=relayer)


def test_clock_is_the_timestamp(token, chain):
    assert token.CLOCK_MODE() == "mode=timestamp"
    assert abs(token.clock() - chain.pending_timestamp) <= 2


def test_votes_count_from_delegation_and_stand_in_the_past(token, chain, treasury, stranger):
    held = token.balanceOf(treasury)
    assert token.getVotes(treasury) == 0
    delegated = token.invoke_transaction("delegate", treasury, sender=treasury).timestamp
    chain.pending_timestamp = delegated + 100
    token.transfer(stranger, 400, sender=treasury)
    chain.pending_timestamp = delegated + 200
    chain.mine()
    assert token.getVotes(treasury) == held - 400
    assert token.getPastVotes(treasury, delegated + 99) == held
    assert token.getPastVotes(treasury, delegated + 100) == held - 400
    assert token.getPastVotes(treasury, delegated - 1) == 0
    assert token.getVotes(stranger) == 0


def test_votes_of_the_present_second_cannot_be_asked_for(token, chain, treasury):
    with ape.reverts(token.ERC5805FutureLookup):
        token.getPastVotes(treasury, chain.pending_timestamp + 1000)


def test_delegation_by_signature_counts_once(token, chain, signer, relayer, stranger):
    v, r, s = sign(
        token, chain, signer, "Delegation", DELEGATION, {"delegatee": stranger.address, "nonce": 0, "expiry": 2**48}
    )
    token.delegateBySig(stranger, 0, 2**48, v, r, s, sender=relayer)
    assert token.getVotes(stranger) == 1000
    with ape.reverts(token.InvalidAccountNonce):
        token.delegateBySig(stranger, 0, 2**48, v, r, s, sender=relayer)


def test_domain_binds_chain_and_contract(token, chain):
    fields, name, version, chain_id, contract, _, _ = token.eip712Domain()
    assert (bytes(fields), name, version, chain_id, contract) == (b"\x0f", "Phala", "1", chain.chain_id, token.address)
    kind = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    separator = kind + keccak(text="Phala") + keccak(text="1") + chain.chain_id.to_bytes(32, "big")
    assert token.DOMAIN_SEPARATOR() == keccak(separator + bytes(12) + bytes.fromhex(token.address[2:]))
