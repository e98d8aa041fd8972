# SPDX-License-Identifier: Apache-2.0
"""StakePool: the ways in, shares as an ERC-20, the operator's rights, and the views of ERC-4626 and ERC-7540."""

from __future__ import annotations

import ape
import pytest
from eth_account import Account
from eth_utils import keccak

from tests.direct_call import failure
from tests.reference.stake_pools import DAY, PHA, REWARD_SOURCE, ZERO_ADDRESS, parameter, request_id

SHARES = 1000
"""Shares of one wei at the first price."""


def interface_id(*signatures: str) -> bytes:
    """ERC-165: the exclusive or of the selectors."""
    value = 0
    for signature in signatures:
        value ^= int.from_bytes(keccak(text=signature)[:4], "big")
    return value.to_bytes(4, "big")


# Deposits


def test_deposit_brings_a_thousand_shares_a_wei_at_first(pool, staking, alice, bob):
    receipt = pool.deposit(5 * PHA, bob, sender=alice)
    (event,) = receipt.decode_logs(pool.Deposit)
    assert (event.sender, event.owner, event.assets, event.shares) == (alice, bob, 5 * PHA, 5 * PHA * SHARES)
    assert pool.balanceOf(bob) == pool.totalSupply() == 5 * PHA * SHARES
    assert pool.totalAssets() == staking.token.balanceOf(pool) == 5 * PHA
    assert pool.balanceOf(alice) == 0


def test_mint_costs_what_the_preview_says(pool, alice):
    pool.deposit(7 * PHA, alice, sender=alice)
    cost = pool.previewMint(3 * PHA * SHARES + 1)
    assert cost == 3 * PHA + 1  # rounded up
    receipt = pool.mint(3 * PHA * SHARES + 1, alice, sender=alice)
    (event,) = receipt.decode_logs(pool.Deposit)
    assert (event.assets, event.shares) == (cost, 3 * PHA * SHARES + 1)


def test_deposit_with_permit_even_when_someone_used_it_first(pool, staking, chain, deployer, stranger, accounts):
    holder = accounts[12]
    token = staking.token
    token.transfer(holder, 2 * PHA, sender=deployer)
    names = [("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256")]
    for nonce in (0, 1):
        signed = Account.from_key(holder.private_key).sign_typed_data(
            {"name": "Phala", "version": "1", "chainId": chain.chain_id, "verifyingContract": token.address},
            {"Permit": [{"name": n, "type": t} for n, t in [*names, ("deadline", "uint256")]]},
            {"owner": holder.address, "spender": pool.address, "value": PHA, "nonce": nonce, "deadline": 2**48},
        )
        signature = (signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
        if nonce == 1:
            token.permit(holder, pool, PHA, 2**48, *signature, sender=stranger)
        pool.depositWithPermit(PHA, holder, 2**48, *signature, sender=holder)
    assert pool.balanceOf(holder) == 2 * PHA * SHARES
    with ape.reverts(pool.ERC20InsufficientAllowance, spender=pool, allowance=0, needed=PHA):
        pool.depositWithPermit(PHA, holder, 2**48, *signature, sender=holder)


def test_deposit_reverts_under_the_minimum(pool, alice):
    pool.deposit(10**16, alice, sender=alice)
    with ape.reverts(pool.DepositTooSmall, assets=10**16 - 1, minimum=10**16):
        pool.deposit(10**16 - 1, alice, sender=alice)


def test_deposit_reverts_for_no_shares(pool, alice):
    with ape.reverts(pool.ZeroShares):
        pool.deposit(0, alice, sender=alice)
    with ape.reverts(pool.ZeroShares):
        pool.mint(0, alice, sender=alice)
    with ape.reverts(pool.ERC20InvalidReceiver, receiver=ZERO_ADDRESS):
        pool.deposit(PHA, ZERO_ADDRESS, sender=alice)


def test_deposit_reverts_beyond_the_cap(pool, operator, alice):
    receipt = pool.setCap(10 * PHA, sender=operator)
    (event,) = receipt.decode_logs(pool.CapSet)
    assert (event.oldCap, event.newCap) == (0, 10 * PHA)
    pool.deposit(4 * PHA, alice, sender=alice)
    assert pool.maxDeposit(alice) == 6 * PHA
    with ape.reverts(pool.DepositExceedsMaximum, receiver=alice, amount=6 * PHA + 1, maximum=6 * PHA):
        pool.deposit(6 * PHA + 1, alice, sender=alice)
    pool.deposit(6 * PHA, alice, sender=alice)
    assert pool.maxDeposit(alice) == pool.maxMint(alice) == 0
    pool.setCap(0, sender=operator)
    pool.deposit(PHA, alice, sender=alice)


def test_deposit_reverts_for_a_receiver_off_the_list(pool, operator, alice, bob):
    pool.setWhitelistOn(True, sender=operator)
    pool.setListed(alice, True, sender=operator)
    assert (pool.isListed(alice), pool.isListed(bob)) == (True, False)
    with ape.reverts(pool.ReceiverNotListed, receiver=bob):
        pool.deposit(PHA, bob, sender=alice)
    assert pool.maxDeposit(bob) == 0
    pool.deposit(PHA, alice, sender=bob)


def test_deposit_reverts_while_a_claim_is_open(pool, staking, slasher, alice):
    until = staking.now + DAY
    pool.hold(until, sender=slasher)
    with ape.reverts(pool.PoolFrozen, until=until):
        pool.deposit(PHA, alice, sender=alice)
    assert pool.maxDeposit(alice) == 0
    staking.travel_to(until)
    pool.deposit(PHA, alice, sender=alice)


def test_deposit_reverts_when_bankrupt_until_reopened(pool, operator, slasher, alice, bob):
    pool.deposit(5 * PHA, alice, sender=alice)
    pool.slash(5 * PHA, sender=slasher)
    assert (pool.totalAssets(), pool.totalSupply(), pool.balanceOf(alice)) == (0, 0, 0)
    with ape.reverts(pool.PoolBankrupt, generation=1):
        pool.deposit(PHA, bob, sender=bob)
    with ape.reverts(pool.CallerNotPoolOperator, caller=bob, operator=operator):
        pool.reopen(sender=bob)
    pool.reopen(sender=operator)
    with ape.reverts(pool.NotBankrupt):
        pool.reopen(sender=operator)
    pool.deposit(PHA, bob, sender=bob)
    assert pool.balanceOf(bob) == PHA * SHARES
    assert pool.balanceOfGeneration(alice, 0) == 5 * PHA * SHARES


# Shares


def test_shares_move_as_an_erc20(pool, alice, bob, carol):
    pool.deposit(PHA, alice, sender=alice)
    supply = pool.totalSupply()
    receipt = pool.transfer(bob, 300, sender=alice)
    (event,) = receipt.decode_logs(pool.Transfer)
    assert (event["from"], event.to, event.value) == (alice, bob, 300)
    pool.approve(carol, 200, sender=bob)
    pool.transferFrom(bob, carol, 150, sender=carol)
    assert (pool.balanceOf(bob), pool.balanceOf(carol), pool.allowance(bob, carol)) == (150, 150, 50)
    pool.transfer(bob, 150, sender=bob)  # to oneself
    assert pool.balanceOf(bob) == 150
    assert pool.totalSupply() == supply
    with ape.reverts(pool.ERC20InsufficientAllowance, spender=carol, allowance=50, needed=51):
        pool.transferFrom(bob, carol, 51, sender=carol)
    with ape.reverts(pool.ERC20InsufficientBalance, sender=bob, balance=150, needed=151):
        pool.transfer(carol, 151, sender=bob)
    with ape.reverts(pool.ERC20InvalidReceiver, receiver=ZERO_ADDRESS):
        pool.transfer(ZERO_ADDRESS, 1, sender=bob)
    with ape.reverts(pool.ERC20InvalidSpender, spender=ZERO_ADDRESS):
        pool.approve(ZERO_ADDRESS, 1, sender=bob)
    pool.approve(carol, 2**256 - 1, sender=bob)
    pool.transferFrom(bob, carol, 150, sender=carol)
    assert pool.allowance(bob, carol) == 2**256 - 1


def test_names_tell_pools_apart(pool):
    assert (pool.name(), pool.symbol(), pool.decimals()) == ("Staked PHA, pool 1", "sPHA-1", 21)


# ERC-4626 and ERC-7540


def test_previews_of_the_way_out_revert(pool):
    with ape.reverts(pool.PreviewUnavailable):
        pool.previewRedeem(1)
    with ape.reverts(pool.PreviewUnavailable):
        pool.previewWithdraw(1)


@pytest.mark.parametrize(
    ("known", "signatures"),
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
                "asset()",
                "convertToAssets(uint256)",
                "convertToShares(uint256)",
                "deposit(uint256,address)",
                "maxDeposit(address)",
                "maxMint(address)",
                "maxRedeem(address)",
                "maxWithdraw(address)",
                "mint(uint256,address)",
                "previewDeposit(uint256)",
                "previewMint(uint256)",
                "previewRedeem(uint256)",
                "previewWithdraw(uint256)",
                "redeem(uint256,address,address)",
                "share()",
                "totalAssets()",
                "withdraw(uint256,address,address)",
            ],
        ),
    ],
    ids=["ERC-165", "ERC-7540 operators", "ERC-7540 redeem", "ERC-7575"],
)
def test_supports_interface(pool, known, signatures):
    assert interface_id(*signatures).hex() == known
    assert pool.supportsInterface(bytes.fromhex(known))


@pytest.mark.parametrize("unknown", ["ffffffff", "ce3bbe50"], ids=["never", "asynchronous deposits"])
def test_supports_no_other_interface(pool, unknown):
    assert not pool.supportsInterface(bytes.fromhex(unknown))


def test_request_turns_claimable_and_is_paid(pool, staking, alice, bob):
    pool.deposit(9 * PHA, alice, sender=alice)
    receipt = pool.requestRedeem(3 * PHA * SHARES, alice, alice, sender=alice)
    (event,) = receipt.decode_logs(pool.RedeemRequest)
    number = request_id(alice, 0)
    assert (event.controller, event.owner, event.requestId, event.sender, event.shares) == (
        alice,
        alice,
        number,
        alice,
        3 * PHA * SHARES,
    )
    assert pool.balanceOf(alice) == pool.totalSupply() == 6 * PHA * SHARES
    day = staking.start_of_day(7)
    staking.travel_to(day - 1)
    assert pool.pendingRedeemRequest(number, alice) == 3 * PHA * SHARES
    assert pool.claimableRedeemRequest(number, alice) == pool.maxRedeem(alice) == pool.maxWithdraw(alice) == 0
    staking.travel_to(day)
    assert pool.pendingRedeemRequest(number, alice) == pool.pendingRedeemRequest(number, bob) == 0
    assert pool.claimableRedeemRequest(number, alice) == pool.maxRedeem(alice) == 3 * PHA * SHARES
    assert pool.claimableRedeemRequest(number, bob) == 0
    assert pool.maxWithdraw(alice) == 3 * PHA
    receipt = pool.redeem(PHA * SHARES, bob, alice, sender=alice)
    (event,) = receipt.decode_logs(pool.Withdraw)
    assert (event.receiver, event.owner, event.assets, event.shares) == (bob, alice, PHA, PHA * SHARES)
    pool.withdraw(2 * PHA, bob, alice, sender=alice)
    assert pool.maxRedeem(alice) == pool.maxWithdraw(alice) == 0
    assert staking.token.balanceOf(bob) == 10**6 * PHA + 3 * PHA
    assert staking.token.balanceOf(pool) == pool.totalAssets() == 6 * PHA


def test_claims_take_the_oldest_first_over_many_requests(twin, staking, pool, alice):
    twin.deposit(alice, 9 * PHA)
    for amount in (1, 2, 3):
        twin.request(alice, amount * PHA * SHARES)
        staking.travel(DAY)
    twin.settle_time(staking.start_of_day(7))
    assert pool.maxWithdraw(alice) == 6 * PHA
    assert twin.withdraw(alice, 2 * PHA)[0] == (2 * PHA, 2 * PHA * SHARES)
    assert pool.requestRange(alice) == (1, 3)
    twin.compare()
    assert twin.redeem(alice, 4 * PHA * SHARES + 1)[0] == "ClaimExceedsClaimable"
    assert twin.redeem(alice, 4 * PHA * SHARES)[0] == (4 * PHA, 4 * PHA * SHARES)
    assert pool.requestRange(alice) == (3, 3)
    twin.compare()


def test_cancelled_request_returns_to_stake(twin, pool, alice, bob):
    twin.deposit(alice, 9 * PHA)
    twin.deposit(bob, PHA)
    twin.request(alice, 9 * PHA * SHARES)
    assert twin.cancel(bob, 0)[0] == "NoSuchRequest"
    with ape.reverts(pool.CallerNotAuthorised, caller=bob, controller=alice):
        pool.cancelRedeemRequest(request_id(alice, 0), alice, sender=bob)
    assert twin.cancel(alice, 0)[0] == 9 * PHA * SHARES
    assert twin.cancel(alice, 0)[0] == "NoSuchRequest"
    twin.compare()


def test_cancel_reverts_once_matured(twin, staking, alice):
    twin.deposit(alice, 9 * PHA)
    twin.request(alice, PHA)
    staking.travel_to(staking.start_of_day(7))
    assert twin.cancel(alice, 0)[0] == "RequestMatured"


def test_operators_request_cancel_and_claim(pool, staking, alice, bob, stranger):
    pool.deposit(9 * PHA, alice, sender=alice)
    receipt = pool.setOperator(bob, True, sender=alice)
    (event,) = receipt.decode_logs(pool.OperatorSet)
    assert (event.controller, event.operator, event.approved) == (alice, bob, True)
    assert pool.isOperator(alice, bob)
    pool.requestRedeem(PHA, alice, alice, sender=bob)
    pool.cancelRedeemRequest(request_id(alice, 0), alice, sender=bob)
    pool.requestRedeem(PHA, bob, alice, sender=bob)
    pool.requestRedeem(PHA, alice, alice, sender=bob)
    staking.travel_to(staking.start_of_day(7))
    with ape.reverts(pool.CallerNotAuthorised, caller=stranger, controller=alice):
        pool.redeem(PHA, stranger, alice, sender=stranger)
    pool.redeem(PHA, bob, alice, sender=bob)
    pool.setOperator(bob, False, sender=alice)
    with ape.reverts(pool.CallerNotAuthorised, caller=bob, controller=alice):
        pool.withdraw(1, bob, alice, sender=bob)


def test_request_by_allowance_spends_it(pool, alice, bob):
    pool.deposit(PHA, alice, sender=alice)
    pool.approve(bob, 500, sender=alice)
    pool.requestRedeem(400, bob, alice, sender=bob)
    assert pool.allowance(alice, bob) == 100
    assert pool.requestRange(bob) == (0, 1)


# Locks, coverage, grace


def test_uncovered_request_waits_for_the_workers_first_in_first_out(twin, staking, pool, registry, alice, bob):
    twin.deposit(alice, 60 * PHA)
    twin.deposit(bob, 40 * PHA)
    twin.step(lambda m: m.lock(70 * PHA), pool.lock, 70 * PHA, sender=registry)
    twin.request(alice, 30 * PHA * SHARES)  # 70 stay: covered
    first_day = staking.start_of_day(0)
    staking.travel(DAY)
    twin.request(bob, 40 * PHA * SHARES)  # 30 stay under 70 locked
    staking.travel_to(staking.start_of_day(7))
    twin.model.now = staking.now
    assert twin.redeem(bob, 1)[0] == "ClaimExceedsClaimable"
    assert pool.isOverdue(request_id(bob, 0))
    assert not pool.isOverdue(request_id(alice, 0))
    assert staking.now >= first_day + 8 * DAY
    assert twin.redeem(alice, 30 * PHA * SHARES)[0] == (30 * PHA, 30 * PHA * SHARES)
    twin.step(lambda m: m.unlock(39 * PHA), pool.unlock, 39 * PHA, sender=registry)
    assert twin.redeem(bob, 1)[0] == "ClaimExceedsClaimable"
    twin.step(lambda m: m.unlock(PHA), pool.unlock, PHA, sender=registry)
    assert twin.redeem(bob, 40 * PHA * SHARES)[0] == (40 * PHA, 40 * PHA * SHARES)
    twin.compare()


def test_uncovered_request_is_not_overdue_within_the_grace(twin, staking, pool, registry, alice):
    twin.deposit(alice, 60 * PHA)
    pool.lock(60 * PHA, sender=registry)
    pool.requestRedeem(PHA * SHARES, alice, alice, sender=alice)
    staking.travel_to(staking.start_of_day(7) - 1)
    assert not pool.isOverdue(request_id(alice, 0))
    staking.travel(1)
    assert pool.isOverdue(request_id(alice, 0))


def test_locks_stay_within_the_active_stake(pool, registry, alice, stranger):
    pool.deposit(PHA, alice, sender=alice)
    pool.lock(PHA, sender=registry)
    with ape.reverts(pool.LockExceedsActive, locked=PHA + 1, active=PHA):
        pool.lock(1, sender=registry)
    pool.unlock(PHA + 1, sender=registry)  # as much as a registry that knows of no slash may ask for
    assert pool.books().locked == 0
    for method in (pool.lock, pool.unlock):
        with ape.reverts(pool.CallerNotModule, caller=stranger, module=registry):
            method(1, sender=stranger)


# Rewards and commission


def test_reward_drips_and_pays_the_commission(pool, staking, rewarder, operator, alice):
    pool.deposit(100 * PHA, alice, sender=alice)
    start = pool.reward(50 * PHA, sender=rewarder).timestamp
    assert staking.token.balanceOf(operator) == 5 * PHA  # the commission, 10%
    staking.travel_to(start + DAY // 2)
    assert pool.totalAssets() == 100 * PHA + 45 * PHA // 2
    staking.travel_to(start + 2 * DAY)
    assert pool.totalAssets() == 145 * PHA
    assert pool.books().undripped == 0


def test_reward_reverts_with_nobody_to_pay_and_for_others(pool, rewarder, stranger, alice):
    with ape.reverts(pool.NobodyToReward, supply=0, minimum=10**19):
        pool.reward(PHA, sender=rewarder)
    pool.deposit(PHA, alice, sender=alice)
    with ape.reverts(pool.CallerNotModule, caller=stranger, module=rewarder):
        pool.reward(PHA, sender=stranger)


def test_commission_falls_at_once_and_rises_after_the_notice(pool, staking, operator, rewarder, alice):
    pool.deposit(100 * PHA, alice, sender=alice)
    pool.setCommission(400, sender=operator)
    assert pool.commission() == (400, 0, 0)
    announced = pool.setCommission(5000, sender=operator).timestamp
    due = announced + 28 * DAY
    assert pool.commission() == (400, 5000, due)
    staking.chain.pending_timestamp = due - 1
    receipt = pool.reward(PHA, sender=rewarder)
    assert receipt.decode_logs(pool.Rewarded)[0].commission == PHA * 4 // 100
    staking.chain.pending_timestamp = due
    receipt = pool.reward(PHA, sender=rewarder)
    assert receipt.decode_logs(pool.Rewarded)[0].commission == PHA // 2
    assert pool.commission() == (5000, 0, 0)


def test_commission_reverts_above_the_maximum_and_for_others(pool, staking, operator, stranger, alice):
    with ape.reverts(pool.CommissionTooHigh, commissionBps=5001, maximumBps=5000):
        pool.setCommission(5001, sender=operator)
    error = failure(staking.factory.createPool, 5001, sender=alice, thrower=pool)
    assert (error.name, error.values) == ("CommissionTooHigh", (5001, 5000))
    for method, arguments in (
        (pool.setCommission, (1,)),
        (pool.setCap, (1,)),
        (pool.setWhitelistOn, (True,)),
        (pool.setListed, (alice, True)),
    ):
        with ape.reverts(pool.CallerNotPoolOperator, caller=stranger, operator=operator):
            method(*arguments, sender=stranger)


# The factory


def test_nothing_can_be_deposited_into_the_code_of_all_pools(project, staking, stranger):
    """It has no queue to leave by."""
    implementation = project.IStakePool.at(staking.factory.IMPLEMENTATION())
    staking.fund(implementation, [stranger])
    with ape.reverts(implementation.PoolBankrupt):
        implementation.deposit(PHA, stranger, sender=stranger)
    assert implementation.maxDeposit(stranger) == 0


def test_pool_and_implementation_cannot_be_initialised_again(project, pool, staking, stranger):
    implementation = project.IStakePool.at(staking.factory.IMPLEMENTATION())
    for target in (pool, implementation):
        with ape.reverts(target.AlreadyInitialised):
            target.initialise(stranger, 0, 9, sender=stranger)


def test_halves_of_a_pool_share_no_selector(project):
    """What the delegators' half knows never reaches the other; so no function of that may be hidden by it."""

    def selectors(contract):
        abis = contract.contract_type.abi
        return {keccak(text=abi.selector)[:4] for abi in abis if abi.type == "function"}

    delegation, operations = selectors(project.StakePool), selectors(project.PoolOperations)
    assert delegation
    assert not delegation & operations
    assert selectors(project.IStakePool) == delegation | operations


def test_factory_numbers_its_pools(staking, pool, operator, stranger):
    assert (staking.factory.poolCount(), staking.factory.poolOf(1), pool.poolId()) == (1, pool, 1)
    assert pool.operator() == operator
    assert staking.factory.isPool(pool)
    assert not staking.factory.isPool(stranger)


def test_modules_are_governances_to_set(staking, deployer, stranger, rewarder):
    with ape.reverts(staking.factory.AccessManagedUnauthorized, caller=stranger):
        staking.factory.setModule(REWARD_SOURCE, stranger, sender=stranger)
    receipt = staking.factory.setModule(REWARD_SOURCE, stranger, sender=deployer)
    (event,) = receipt.decode_logs(staking.factory.ModuleSet)
    assert (event.module, event.oldAddress, event.newAddress) == (REWARD_SOURCE, rewarder, stranger)


def test_minimum_deposit_follows_the_parameter(pool, staking, deployer, alice):
    staking.parameters.set(parameter("MinDepositAmount"), 2 * PHA, sender=deployer)
    with ape.reverts(pool.DepositTooSmall, assets=PHA, minimum=2 * PHA):
        pool.deposit(PHA, alice, sender=alice)
    pool.deposit(2 * PHA, alice, sender=alice)
