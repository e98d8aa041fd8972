# SPDX-License-Identifier: Apache-2.0
"""vPHA as others' software meets it: permits, deposits for others, operators, ERC-165, ERC-5805 votes by signature."""

from __future__ import annotations

import ape
import pytest
from eth_account import Account
from eth_utils import keccak

from tests.reference.stake_pools import DAY, PHA, ZERO_ADDRESS
from tests.reference.stake_vaults import delegate_votes, deploy_vault

PERMIT = [(name, "address") for name in ("owner", "spender")]
PERMIT += [(name, "uint256") for name in ("value", "nonce", "deadline")]
DELEGATION = [("delegatee", "address"), ("nonce", "uint256"), ("expiry", "uint256")]
LATER = 2**48
GROUP_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture(scope="module")
def bond(project, staking, deployer):
    return deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)


@pytest.fixture(scope="module")
def vault(project, staking, pool, bond, deployer, alice, bob, accounts):
    vault = deploy_vault(project, staking, bond, accounts[12])
    staking.fund(vault, [alice, bob], 1000 * PHA)
    vault.setPool(pool, 10**6 * PHA, sender=deployer)
    return vault


@pytest.fixture(scope="module")
def holder(accounts, staking, deployer):
    """Has PHA and a key to sign with, and has approved nobody."""
    account = accounts[13]
    staking.token.transfer(account, 100 * PHA, sender=deployer)
    return account


def signed(account, contract, chain_id: int, name: str, kind: str, fields, values, version: str = "1"):
    """(v, r, s) by EIP-712 with the domain written out here."""
    done = Account.from_key(account.private_key).sign_typed_data(
        {"name": name, "version": version, "chainId": chain_id, "verifyingContract": str(contract)},
        {kind: [{"name": field, "type": type_} for field, type_ in fields]},
        values,
    )
    return done.v, done.r.to_bytes(32, "big"), done.s.to_bytes(32, "big")


def phas_permit(staking, vault, chain, account, value: int, nonce: int, deadline: int = LATER):
    values = {
        "owner": account.address,
        "spender": vault.address,
        "value": value,
        "nonce": nonce,
        "deadline": deadline,
    }
    return signed(account, staking.token.address, chain.chain_id, "Phala", "Permit", PERMIT, values)


# Deposits by permit, and for others


def test_deposit_with_permit_even_when_someone_used_it_first(vault, staking, chain, holder, bob, stranger):
    for nonce in (0, 1):
        signature = phas_permit(staking, vault, chain, holder, PHA, nonce)
        if nonce == 1:
            staking.token.permit(holder, vault, PHA, LATER, *signature, sender=stranger)
        vault.depositWithPermit(PHA, bob, LATER, *signature, sender=holder)
    assert (vault.balanceOf(bob), vault.balanceOf(holder)) == (2 * PHA, 0)
    assert staking.token.balanceOf(holder) == 98 * PHA
    with ape.reverts(vault.ERC20InsufficientAllowance, spender=vault, allowance=0, needed=PHA):
        vault.depositWithPermit(PHA, bob, LATER, *signature, sender=holder)


def test_permit_is_of_no_use_to_others_too_late_or_for_more(vault, staking, chain, holder, stranger):
    signature = phas_permit(staking, vault, chain, holder, PHA, 0)
    with ape.reverts(vault.ERC20InsufficientAllowance):  # the caller's own permit is what counts
        vault.depositWithPermit(PHA, stranger, LATER, *signature, sender=stranger)
    with ape.reverts(vault.ERC20InsufficientAllowance):
        vault.depositWithPermit(PHA + 1, holder, LATER, *signature, sender=holder)
    past = staking.now - 1
    signature = phas_permit(staking, vault, chain, holder, PHA, 0, past)
    with ape.reverts(vault.ERC20InsufficientAllowance):
        vault.depositWithPermit(PHA, holder, past, *signature, sender=holder)
    assert staking.token.balanceOf(holder) == 100 * PHA


def test_deposit_for_another_is_theirs_with_their_votes(vault, staking, alice, bob, carol):
    """As the bridge does. Whoever pays has no hand in it afterwards."""
    delegate_votes(vault, bob, carol)
    receipt = vault.deposit(5 * PHA, bob, sender=alice)
    (event,) = receipt.decode_logs(vault.Deposit)
    assert (event.sender, event.owner, event.assets, event.shares) == (alice, bob, 5 * PHA, 5 * PHA)
    assert (vault.balanceOf(bob), vault.balanceOf(alice)) == (5 * PHA, 0)
    assert (vault.getVotes(carol), vault.getVotes(alice), vault.getVotes(bob)) == (5 * PHA, 0, 0)
    vault.mint(PHA, bob, sender=alice)
    assert vault.getVotes(carol) == 6 * PHA
    with ape.reverts(vault.ERC20InsufficientAllowance):
        vault.requestRedeem(PHA, alice, bob, sender=alice)


# vPHA's own permit


def test_shares_move_by_permit_once_in_time_and_by_their_owner(vault, staking, chain, holder, alice, stranger):
    vault.deposit(5 * PHA, holder, sender=alice)
    values = {"owner": holder.address, "spender": stranger.address, "value": PHA, "nonce": 0, "deadline": LATER}
    domain = (vault.address, chain.chain_id, "Staked Phala", "Permit", PERMIT)
    signature = signed(holder, *domain, values)
    foreign = signed(alice, *domain, values)
    with ape.reverts():  # ERC2612InvalidSigner, of the shares' contract
        vault.permit(holder, stranger, PHA, LATER, *foreign, sender=stranger)
    vault.permit(holder, stranger, PHA, LATER, *signature, sender=alice)
    assert (vault.allowance(holder, stranger), vault.nonces(holder)) == (PHA, 1)
    with ape.reverts():
        vault.permit(holder, stranger, PHA, LATER, *signature, sender=alice)
    past = staking.now - 1
    late = signed(holder, *domain, values | {"nonce": 1, "deadline": past})
    with ape.reverts():  # ERC2612ExpiredSignature
        vault.permit(holder, stranger, PHA, past, *late, sender=alice)
    vault.transferFrom(holder, stranger, PHA, sender=stranger)
    assert vault.balanceOf(stranger) == PHA


def test_domain_separator_is_the_standards(vault, chain):
    """EIP-712 over name, version, chain and contract."""
    domain = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    words = [keccak(domain), keccak(b"Staked Phala"), keccak(b"1"), chain.chain_id.to_bytes(32, "big")]
    packed = b"".join([*words, bytes.fromhex(vault.address[2:]).rjust(32, b"\0")])
    assert bytes(vault.DOMAIN_SEPARATOR()) == keccak(packed)


# delegateBySig


@pytest.fixture
def ballot(vault, chain, holder, alice):
    """5 vPHA of the holder's, and a signature over a delegation."""
    vault.deposit(5 * PHA, holder, sender=alice)

    def sign(by=holder, **changes):
        values = {"delegatee": alice.address, "nonce": 0, "expiry": LATER} | changes
        domain = {"contract": vault.address, "chain_id": chain.chain_id, "name": "Staked Phala", "version": "1"}
        domain |= {key: values.pop(key) for key in tuple(values) if key in domain}
        return signed(
            by,
            domain["contract"],
            domain["chain_id"],
            domain["name"],
            "Delegation",
            DELEGATION,
            values,
            domain["version"],
        )

    return sign


def test_delegation_by_signature_counts_once(vault, ballot, holder, alice, stranger):
    signature = ballot()
    receipt = vault.delegateBySig(alice, 0, LATER, *signature, sender=stranger)
    (event,) = receipt.decode_logs(vault.DelegateChanged)
    assert (event.delegator, event.fromDelegate, event.toDelegate) == (holder, ZERO_ADDRESS, alice)
    (event,) = receipt.decode_logs(vault.DelegateVotesChanged)
    assert (event.delegate, event.previousVotes, event.newVotes) == (alice, 0, 5 * PHA)
    assert (vault.delegates(holder), vault.getVotes(alice), vault.nonces(holder)) == (alice, 5 * PHA, 1)
    with ape.reverts():  # InvalidAccountNonce: replayed
        vault.delegateBySig(alice, 0, LATER, *signature, sender=stranger)
    vault.delegateBySig(stranger, 1, LATER, *ballot(delegatee=stranger.address, nonce=1), sender=alice)
    assert (vault.getVotes(alice), vault.getVotes(stranger)) == (0, 5 * PHA)


def test_delegation_by_signature_expires(vault, staking, ballot, holder, alice, stranger):
    expiry = staking.now + 100
    signature = ballot(expiry=expiry)
    staking.chain.pending_timestamp = expiry + 1
    with ape.reverts():  # VotesExpiredSignature
        vault.delegateBySig(alice, 0, expiry, *signature, sender=stranger)
    assert vault.delegates(holder) == ZERO_ADDRESS


def test_delegation_in_the_last_second_counts(vault, staking, ballot, holder, alice, stranger):
    expiry = staking.now + 100
    signature = ballot(expiry=expiry)
    staking.chain.pending_timestamp = expiry
    vault.delegateBySig(alice, 0, expiry, *signature, sender=stranger)
    assert vault.delegates(holder) == alice


@pytest.mark.parametrize(
    "changes",
    [
        {"by": "bob"},
        {"delegatee": "0x" + "11" * 20},
        {"expiry": LATER - 1},
        {"contract": "0x" + "11" * 20},
        {"chain_id": 1},
        {"name": "Phala"},
        {"version": "2"},
        {"nonce": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_delegation_signed_by_or_for_another_moves_nobody_elses_votes(
    vault, ballot, holder, alice, bob, stranger, changes
):
    """Another's signature delegates at most the shares of whoever that recovers to: never the holder's."""
    changes = {name: bob if value == "bob" else value for name, value in changes.items()}
    vault.delegateBySig(alice, 0, LATER, *ballot(**changes), sender=stranger)
    assert vault.delegates(holder) == ZERO_ADDRESS
    assert vault.getVotes(alice) == vault.nonces(holder) == 0


def test_delegation_takes_no_second_form_of_a_signature(vault, ballot, holder, alice, stranger):
    """s and n − s sign the same: only the lower is taken."""
    v, r, s = ballot()
    mirrored = (GROUP_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    with ape.reverts():  # ECDSAInvalidSignatureS
        vault.delegateBySig(alice, 0, LATER, 55 - v, r, mirrored, sender=stranger)
    assert vault.delegates(holder) == ZERO_ADDRESS


# Votes


def test_clock_is_the_blocks_time(vault, staking):
    """ERC-6372: seconds, and the mode says so in the standard's words."""
    staking.travel(1000)
    assert vault.clock() == staking.now
    assert vault.CLOCK_MODE() == "mode=timestamp"


def test_votes_follow_delegates_and_transfers(vault, staking, alice, bob, carol):
    """Undelegated, delegated to oneself, to another, moved, moved to one without a delegate, taken back."""
    told = []

    def note():
        time = staking.now
        told.append((time, vault.getVotes(alice), vault.getVotes(bob), vault.getPastTotalSupply(time - 1)))
        staking.travel(2)  # the next step is not of the same second

    vault.deposit(10 * PHA, alice, sender=alice)
    note()
    delegate_votes(vault, alice, alice)
    note()
    delegate_votes(vault, alice, bob)
    note()
    vault.transfer(carol, 4 * PHA, sender=alice)
    note()
    delegate_votes(vault, carol, alice)
    note()
    delegate_votes(vault, alice, ZERO_ADDRESS)
    note()
    staking.travel(1)
    assert [(a // PHA, b // PHA) for _, a, b, _ in told] == [(0, 0), (10, 0), (0, 10), (0, 6), (4, 6), (4, 0)]
    for time, of_alice, of_bob, _ in told:
        assert (vault.getPastVotes(alice, time), vault.getPastVotes(bob, time)) == (of_alice, of_bob)
        assert vault.getPastTotalSupply(time) == 10 * PHA
    assert told[0][3] == 0


def test_the_present_and_the_future_are_no_past(vault, staking, alice):
    delegate_votes(vault, alice, alice)
    for ask in (vault.getPastVotes, vault.getPastStakedVotes):
        with ape.reverts():  # ERC5805FutureLookup
            ask(alice, staking.now + 10)
    with ape.reverts():
        vault.getPastTotalSupply(staking.now + 10)


def test_steps_of_one_second_leave_one_checkpoint(vault, staking, project, deployer, alice, bob, stranger):
    """Three deposits, a transfer and a change of delegate in one block; the past sees where it ended."""
    provider = staking.chain.provider
    delegate_votes(vault, alice, alice)
    vault.deposit(PHA, alice, sender=alice)
    before = (staking.now, vault.numCheckpoints(alice))
    second = staking.now + 50
    with provider_batch(provider, second):
        for nonce, data in enumerate(
            (
                vault.deposit.encode_input(2 * PHA, alice),
                vault.deposit.encode_input(3 * PHA, alice),
                vault.transfer.encode_input(bob, PHA),
                vault.deposit.encode_input(4 * PHA, alice),
            )
        ):
            provider.web3.eth.send_transaction(
                {"from": alice.address, "to": vault.address, "data": data, "gas": 500_000, "nonce": alice.nonce + nonce}
            )
    staking.travel(5)
    assert vault.numCheckpoints(alice) == before[1] + 1
    assert tuple(vault.checkpoints(alice, before[1])) == (second, 9 * PHA)
    assert vault.getPastVotes(alice, second) == 9 * PHA
    assert vault.getPastTotalSupply(second) == 10 * PHA
    assert vault.getPastVotes(alice, second - 1) == vault.getPastTotalSupply(second - 1) == PHA


class provider_batch:  # noqa: N801
    """Several transactions of one account in one block of anvil's, at a time."""

    def __init__(self, provider, time: int):
        self.provider, self.time = provider, time

    def __enter__(self):
        if self.provider.name != "foundry":
            pytest.skip("eth-tester puts each transaction in a block of its own")
        self.provider.make_request("evm_setAutomine", [False])

    def __exit__(self, *_):
        self.provider.make_request("evm_setNextBlockTimestamp", [self.time])
        self.provider.make_request("evm_mine", [])
        self.provider.make_request("evm_setAutomine", [True])


def test_requested_shares_vote_no_more_and_again_when_cancelled(vault, alice, bob):
    delegate_votes(vault, alice, bob)
    vault.deposit(10 * PHA, alice, sender=alice)
    vault.requestRedeem(4 * PHA, alice, alice, sender=alice)
    assert vault.getVotes(bob) == 6 * PHA
    assert vault.totalSupply() == 10 * PHA  # still in it, and losing with all others
    place = vault.queue()[1] - 1
    vault.cancelRedeemRequest(place, alice, sender=alice)
    assert vault.getVotes(bob) == 10 * PHA


# Operators, ids


def test_operators_request_cancel_and_claim_for_those_who_said_so(vault, staking, alice, bob, stranger):
    vault.deposit(10 * PHA, alice, sender=alice)
    (event,) = vault.setOperator(bob, True, sender=alice).decode_logs(vault.OperatorSet)
    assert (event.controller, event.operator, event.approved) == (alice, bob, True)
    assert vault.isOperator(alice, bob)
    assert not vault.isOperator(bob, alice)
    vault.requestRedeem(3 * PHA, alice, alice, sender=bob)
    vault.requestRedeem(3 * PHA, alice, alice, sender=bob)
    assert vault.pendingRedeemRequest(0, alice) == 6 * PHA
    assert vault.pendingRedeemRequest(1, alice) == 0  # the one id of this vault is 0
    vault.cancelRedeemRequest(vault.queue()[1] - 1, alice, sender=bob)
    staking.travel(7 * DAY)
    vault.fill(9, sender=stranger)
    with ape.reverts(vault.CallerNotAuthorised, caller=stranger, controller=alice):
        vault.redeem(PHA, stranger, alice, sender=stranger)
    with ape.reverts(vault.CallerNotAuthorised):
        vault.withdraw(PHA, stranger, alice, sender=stranger)
    before = staking.token.balanceOf(bob)
    vault.redeem(PHA, bob, alice, sender=bob)
    assert staking.token.balanceOf(bob) - before == PHA
    vault.setOperator(bob, False, sender=alice)
    with ape.reverts(vault.CallerNotAuthorised, caller=bob, controller=alice):
        vault.redeem(PHA, bob, alice, sender=bob)
    with ape.reverts(vault.ERC20InsufficientAllowance):
        vault.requestRedeem(PHA, bob, alice, sender=bob)
    assert vault.claimableRedeemRequest(0, alice) == 2 * PHA


def test_request_by_allowance_spends_it(vault, alice, bob):
    vault.deposit(10 * PHA, alice, sender=alice)
    vault.approve(bob, 3 * PHA, sender=alice)
    vault.requestRedeem(2 * PHA, bob, alice, sender=bob)
    assert (vault.allowance(alice, bob), vault.pendingRedeemRequest(0, bob)) == (PHA, 2 * PHA)
    with ape.reverts(vault.ERC20InsufficientAllowance, spender=bob, allowance=PHA, needed=2 * PHA):
        vault.requestRedeem(2 * PHA, bob, alice, sender=bob)


@pytest.mark.parametrize(
    ("identifier", "signatures"),
    [
        ("01ffc9a7", ["supportsInterface(bytes4)"]),
        ("e3bc4e65", ["setOperator(address,bool)", "isOperator(address,address)"]),
        (
            "620ee8e4",
            [
                "requestRedeem(uint256,address,address)",
                "pendingRedeemRequest(uint256,address)",
                "claimableRedeemRequest(uint256,address)",
            ],
        ),
        (
            "2f0a18c5",
            [
                *("asset()", "share()", "totalAssets()", "convertToShares(uint256)", "convertToAssets(uint256)"),
                *(f"{kind}(address)" for kind in ("maxDeposit", "maxMint", "maxRedeem", "maxWithdraw")),
                *(f"preview{kind}(uint256)" for kind in ("Deposit", "Mint", "Redeem", "Withdraw")),
                *(f"{kind}(uint256,address)" for kind in ("deposit", "mint")),
                *(f"{kind}(uint256,address,address)" for kind in ("redeem", "withdraw")),
            ],
        ),
    ],
    ids=["ERC-165", "ERC-7540 operators", "ERC-7540 redeem", "ERC-7575"],
)
def test_supports_the_interfaces_whose_functions_it_has(vault, identifier, signatures):
    combined = 0
    for signature in signatures:
        selector = keccak(text=signature)[:4]
        combined ^= int.from_bytes(selector, "big")
        assert any(selector == method_selector(method) for method in vault.contract_type.methods), signature
    assert combined == int(identifier, 16)
    assert vault.supportsInterface(bytes.fromhex(identifier))


def method_selector(method) -> bytes:
    return keccak(text=method.selector)[:4]


@pytest.mark.parametrize(
    "unknown", ["ffffffff", "ce3bbe50", "00000000"], ids=["never", "asynchronous deposits", "zero"]
)
def test_supports_no_other_interface(vault, unknown):
    assert not vault.supportsInterface(bytes.fromhex(unknown))
