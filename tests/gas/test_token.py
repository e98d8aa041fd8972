# SPDX-License-Identifier: Apache-2.0
"""Gas of the token's actions. "New" means that the receiver had no PHA before."""

from __future__ import annotations

import pytest
from eth_account import Account

HOME = "0x6c5bA91642F10282b576d91922Ae6448C9d52f4E"


@pytest.fixture(scope="module")
def token(project, accounts, treasury):
    # An account of its own: what others deployed must not move the address that the permit is signed for.
    return accounts[19].deploy(project.PhaToken, treasury)


def test_gas_of_transfers(token, treasury, accounts, record_gas):
    record_gas("token.transfer_new", token.transfer(accounts[10], 10**18, sender=treasury))
    record_gas("token.transfer", token.transfer(accounts[10], 10**18, sender=treasury))


def test_gas_of_transfers_between_delegating_holders(token, chain, treasury, accounts, record_gas):
    token.transfer(accounts[10], 10**18, sender=treasury)
    for account in (treasury, accounts[10]):
        token.invoke_transaction("delegate", account, sender=account)
    chain.mine(deltatime=10)
    record_gas("token.transfer_delegated", token.transfer(accounts[10], 10**18, sender=treasury))


def test_gas_of_approvals(token, chain, treasury, relayer, accounts, record_gas):
    token.transfer(accounts[10], 10**18, sender=treasury)
    record_gas("token.approve", token.approve(relayer, 10**20, sender=treasury))
    record_gas("token.transferFrom", token.transferFrom(treasury, accounts[10], 10**18, sender=relayer))

    owner = Account.from_key("0x" + "42" * 32)
    names = [("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256")]
    signed = owner.sign_typed_data(
        {"name": "Phala", "version": "1", "chainId": chain.chain_id, "verifyingContract": token.address},
        {"Permit": [{"name": n, "type": t} for n, t in [*names, ("deadline", "uint256")]]},
        {"owner": owner.address, "spender": relayer.address, "value": 10**18, "nonce": 0, "deadline": 2**48},
    )
    r, s = signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")
    receipt = token.permit(owner.address, relayer, 10**18, 2**48, signed.v, r, s, sender=relayer)
    record_gas("token.permit", receipt)


def test_gas_of_delegating(token, treasury, record_gas):
    record_gas("token.delegate", token.invoke_transaction("delegate", treasury, sender=treasury))


def test_gas_of_bridging(project, chain, deployer, accounts, record_gas):
    token = deployer.deploy(project.L2PhaToken, accounts[5], HOME, accounts[6])
    token.mint(accounts[11], 10**20, sender=accounts[5])
    for name, function, sender in (
        ("token.l2_mint_new", token.mint, accounts[5]),
        ("token.l2_mint", token.mint, accounts[5]),
        ("token.l2_burn", token.burn, accounts[5]),
        ("token.l2_crosschain_mint", token.crosschainMint, accounts[6]),
        ("token.l2_crosschain_burn", token.crosschainBurn, accounts[6]),
    ):
        # In a second of its own: the supply's checkpoint of the same second would be written over, for less.
        chain.pending_timestamp += 10
        record_gas(name, function(accounts[10], 10**18, sender=sender))
