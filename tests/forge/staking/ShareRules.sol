// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {StakingWorld} from "./StakingWorld.sol";
import {IPoolDelegation} from "../../../contracts/staking/interfaces/IPoolDelegation.sol";

/// @title What ERC-20, ERC-4626 and ERC-7540 ask of anything whose shares stand for assets that leave by request
/// @dev Written from the texts of the standards. A vault and a pool both answer to these; whoever inherits says how requests
/// come to be claimable. All amounts are fuzzed, and so is what the share has been through before: gains and losses.
abstract contract ShareRules is StakingWorld {
    IPoolDelegation internal _share;
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    address internal constant CAROL = address(0xCA201);

    /// @dev Fuzzed gains and losses before a rule is tried, so that no price is a round one.
    modifier afterHistory(uint256 seed) {
        _history(seed);
        _;
    }

    function _history(uint256 seed) internal virtual;

    /// @dev Makes all open requests of the account claimable.
    function _mature() internal virtual;

    /// @dev Id under which an account's requests are asked for.
    function _requestIdOf(address controller) internal view virtual returns (uint256);

    function _prepare(IPoolDelegation share) internal {
        _share = share;
        address[3] memory people = [ALICE, BOB, CAROL];
        for (uint256 i = 0; i < 3; ++i) {
            token.transfer(people[i], 10_000_000 * PHA);
            VM.prank(people[i]);
            token.approve(address(share), type(uint256).max);
        }
    }

    function _deposited(address who, uint256 seed) internal returns (uint256 shares, uint256 assets) {
        assets = bounded(seed, MIN_DEPOSIT, 1_000_000 * PHA);
        VM.prank(who);
        shares = _share.deposit(assets, who);
    }

    // ERC-4626: in

    function testFuzz_deposit_gives_what_was_previewed(uint256 seed, uint256 amount) external afterHistory(seed) {
        amount = bounded(amount, MIN_DEPOSIT, 1_000_000 * PHA);
        uint256 previewed = _share.previewDeposit(amount);
        (uint256 held, uint256 total, uint256 supply) = (token.balanceOf(ALICE), _heldBy(), _share.totalSupply());
        VM.prank(ALICE);
        uint256 shares = _share.deposit(amount, BOB);
        checkAtLeast(shares, previewed, "deposit >= previewDeposit");
        checkEqual(_share.balanceOf(BOB), shares, "the receiver has them");
        checkEqual(token.balanceOf(ALICE), held - amount, "the caller pays the assets and no more");
        checkEqual(_heldBy(), total + amount, "the vault has them");
        checkAtLeast(_share.totalSupply(), supply + shares, "the supply rises");
    }

    function testFuzz_mint_costs_what_was_previewed(uint256 seed, uint256 amount) external afterHistory(seed) {
        uint256 shares = _share.convertToShares(bounded(amount, MIN_DEPOSIT, 1_000_000 * PHA)) + 1;
        uint256 previewed = _share.previewMint(shares);
        uint256 held = token.balanceOf(ALICE);
        VM.prank(ALICE);
        uint256 assets = _share.mint(shares, BOB);
        checkAtMost(assets, previewed, "mint <= previewMint");
        checkEqual(_share.balanceOf(BOB), shares, "exactly the shares");
        checkEqual(token.balanceOf(ALICE), held - assets, "the caller pays what mint says");
    }

    function testFuzz_convert_and_preview_round_against_the_caller(
        uint256 seed,
        uint256 amount
    ) external afterHistory(seed) {
        amount = bounded(amount, 1, 100_000_000 * PHA);
        checkAtMost(_share.previewDeposit(amount), _share.convertToShares(amount), "previewDeposit <= convertToShares");
        checkAtLeast(_share.previewMint(amount), _share.convertToAssets(amount), "previewMint >= convertToAssets");
        // There and back, in each of the two orders.
        checkAtMost(_share.convertToAssets(_share.convertToShares(amount)), amount, "assets to shares to assets");
        checkAtMost(_share.convertToShares(_share.convertToAssets(amount)), amount, "shares to assets to shares");
        checkAtLeast(_share.previewMint(_share.previewDeposit(amount)) + 1, 1, "previews answer");
        checkAtMost(_share.previewMint(_share.previewDeposit(amount)), amount, "what a deposit's shares cost");
        checkAtLeast(_share.previewDeposit(_share.previewMint(amount)), amount, "what a mint's assets bring");
        checkEqual(_share.convertToShares(0) + _share.convertToAssets(0), 0, "nothing is worth nothing");
    }

    function testFuzz_conversions_are_the_same_for_everyone(uint256 seed, address who) external afterHistory(seed) {
        (uint256 shares, uint256 assets) = (_share.convertToShares(PHA), _share.convertToAssets(PHA));
        VM.prank(who);
        uint256 sharesOfWho = _share.convertToShares(PHA);
        VM.prank(who);
        uint256 assetsOfWho = _share.convertToAssets(PHA);
        checkEqual(shares, sharesOfWho, "convertToShares knows no caller");
        checkEqual(assets, assetsOfWho, "convertToAssets knows no caller");
    }

    function testFuzz_more_assets_never_bring_fewer_shares(
        uint256 seed,
        uint128 one,
        uint128 other
    ) external afterHistory(seed) {
        (uint256 low, uint256 high) = one < other ? (one, other) : (other, one);
        checkAtMost(_share.convertToShares(low), _share.convertToShares(high), "convertToShares is monotone");
        checkAtMost(_share.convertToAssets(low), _share.convertToAssets(high), "convertToAssets is monotone");
        checkAtMost(_share.previewMint(low), _share.previewMint(high), "previewMint is monotone");
    }

    function testFuzz_maximum_can_be_deposited_and_no_more(uint256 seed, uint256 over) external afterHistory(seed) {
        uint256 maximum = _share.maxDeposit(ALICE);
        token.transfer(ALICE, least(maximum, token.balanceOf(address(this)))); // all there is may be less
        uint256 amount = least(maximum, token.balanceOf(ALICE));
        if (maximum != type(uint256).max) {
            VM.prank(ALICE);
            try _share.deposit(maximum + bounded(over, 1, 1e30), ALICE) {
                check(false, "more than maxDeposit was taken");
            } catch {}
        }
        if (amount < MIN_DEPOSIT) return;
        VM.prank(ALICE);
        _share.deposit(amount, ALICE);
    }

    function testFuzz_maximum_can_be_minted(uint256 seed) external afterHistory(seed) {
        uint256 maximum = _share.maxMint(ALICE);
        token.transfer(ALICE, token.balanceOf(address(this)));
        uint256 shares = least(maximum, _share.convertToShares(token.balanceOf(ALICE)));
        if (_share.previewMint(shares) < MIN_DEPOSIT) return;
        VM.prank(ALICE);
        _share.mint(shares, ALICE);
        try _share.mint(_share.maxMint(address(this)) + 1, address(this)) {
            check(false, "more than maxMint was taken");
        } catch {}
    }

    function testFuzz_views_do_not_revert(uint256 seed, address who, uint256 amount) external afterHistory(seed) {
        amount = bounded(amount, 0, type(uint96).max);
        _share.totalAssets();
        _share.convertToShares(amount);
        _share.convertToAssets(amount);
        _share.maxDeposit(who);
        _share.maxMint(who);
        checkEqual(_share.maxRedeem(who) + _share.maxWithdraw(who), 0, "whoever asked for nothing can claim nothing");
        check(_share.asset() == address(token), "asset");
    }

    // ERC-4626 and ERC-7540: out

    function testFuzz_redeem_pays_what_was_claimable(
        uint256 seed,
        uint256 amount,
        uint256 part
    ) external afterHistory(seed) {
        (uint256 shares, uint256 assets) = _deposited(ALICE, amount);
        VM.prank(ALICE);
        _share.requestRedeem(shares, ALICE, ALICE);
        checkEqual(_share.pendingRedeemRequest(_requestIdOf(ALICE), ALICE), shares, "pending");
        checkEqual(_share.claimableRedeemRequest(_requestIdOf(ALICE), ALICE), 0, "not yet claimable");
        checkEqual(_share.maxRedeem(ALICE) + _share.maxWithdraw(ALICE), 0, "maxRedeem before maturity");
        _mature();
        checkEqual(_share.pendingRedeemRequest(_requestIdOf(ALICE), ALICE), 0, "no longer pending");
        checkEqual(_share.claimableRedeemRequest(_requestIdOf(ALICE), ALICE), shares, "claimable");
        checkEqual(_share.maxRedeem(ALICE), shares, "maxRedeem is what is claimable");
        uint256 due = _share.maxWithdraw(ALICE);
        checkAtMost(due, assets, "a round trip never profits");
        uint256 held = token.balanceOf(BOB);
        part = bounded(part, 0, shares);
        VM.prank(ALICE);
        uint256 first = _share.redeem(part, BOB, ALICE);
        checkEqual(_share.claimableRedeemRequest(_requestIdOf(ALICE), ALICE), shares - part, "the rest is claimable");
        VM.prank(ALICE);
        uint256 second = _share.redeem(shares - part, BOB, ALICE);
        checkEqual(token.balanceOf(BOB), held + first + second, "the receiver has them");
        checkAtMost(first + second, due, "parts come to no more than the whole");
        checkAtLeast(first + second + 2, due, "parts lose no more than their roundings");
    }

    function testFuzz_withdraw_burns_no_less_than_it_pays(
        uint256 seed,
        uint256 amount,
        uint256 part
    ) external afterHistory(seed) {
        (uint256 shares, ) = _deposited(ALICE, amount);
        VM.prank(ALICE);
        _share.requestRedeem(shares, ALICE, ALICE);
        _mature();
        uint256 due = _share.maxWithdraw(ALICE);
        part = bounded(part, 0, due);
        uint256 held = token.balanceOf(ALICE);
        VM.prank(ALICE);
        uint256 given = _share.withdraw(part, ALICE, ALICE);
        checkEqual(token.balanceOf(ALICE), held + part, "exactly the assets");
        checkEqual(_share.maxRedeem(ALICE), shares - given, "shares are given for them");
        checkAtMost(_share.maxWithdraw(ALICE) + part, due, "never more than there was");
        uint256 rest = _share.maxWithdraw(ALICE);
        VM.prank(ALICE);
        try _share.withdraw(rest + 1, ALICE, ALICE) {
            check(false, "more than maxWithdraw was paid");
        } catch {}
        VM.prank(ALICE);
        _share.withdraw(rest, ALICE, ALICE);
        checkEqual(token.balanceOf(ALICE), held + part + rest, "the rest as well");
    }

    function testFuzz_previews_of_a_redemption_revert(uint256 amount) external {
        (bool redeems, ) = address(_share).call(abi.encodeCall(_share.previewRedeem, (amount)));
        (bool withdraws, ) = address(_share).call(abi.encodeCall(_share.previewWithdraw, (amount)));
        check(!redeems && !withdraws, "ERC-7540: previewRedeem and previewWithdraw must revert");
    }

    function testFuzz_strangers_ask_and_claim_for_nobody(uint256 amount, address stranger) external {
        VM.assume(stranger != ALICE && stranger != BOB && stranger != address(0));
        (uint256 shares, ) = _deposited(ALICE, amount);
        _refused(stranger, abi.encodeCall(_share.requestRedeem, (shares, stranger, ALICE)));
        VM.prank(ALICE);
        _share.requestRedeem(shares, ALICE, ALICE);
        _mature();
        _refused(stranger, abi.encodeCall(_share.redeem, (shares, stranger, ALICE)));
        _refused(stranger, abi.encodeCall(_share.withdraw, (1, stranger, ALICE)));
        uint256 due = _share.maxWithdraw(ALICE);
        uint256 held = token.balanceOf(BOB);
        VM.prank(ALICE);
        check(_share.setOperator(stranger, true), "setOperator answers true");
        check(_share.isOperator(ALICE, stranger), "isOperator");
        VM.prank(stranger);
        _share.redeem(shares, BOB, ALICE);
        checkEqual(token.balanceOf(BOB), held + due, "an operator claims for its controller");
    }

    function testFuzz_operators_ask_without_an_allowance(uint256 amount, uint256 part) external {
        (uint256 shares, ) = _deposited(ALICE, amount);
        part = bounded(part, 1, shares);
        VM.prank(ALICE);
        _share.setOperator(BOB, true);
        VM.prank(ALICE);
        _share.approve(BOB, 7);
        VM.prank(BOB);
        _share.requestRedeem(part, ALICE, ALICE);
        checkEqual(_share.allowance(ALICE, BOB), 7, "an operator needs no allowance and uses none");
        checkEqual(_share.balanceOf(ALICE), shares - part, "requested shares leave the owner");
        VM.prank(ALICE);
        _share.setOperator(BOB, false);
        if (shares - part > 7) _refused(BOB, abi.encodeCall(_share.requestRedeem, (shares - part, ALICE, ALICE)));
    }

    function test_interfaces_are_announced() external view {
        check(_share.supportsInterface(0x01ffc9a7), "ERC-165");
        check(_share.supportsInterface(0xe3bc4e65), "ERC-7540 operators");
        check(_share.supportsInterface(0x620ee8e4), "ERC-7540 asynchronous redemption");
        check(_share.supportsInterface(0x2f0a18c5), "ERC-7575 vault");
        check(!_share.supportsInterface(0xce3bbe50), "no ERC-7540 asynchronous deposit");
        check(!_share.supportsInterface(0xffffffff), "ERC-165: never this");
        check(_share.share() == address(_share), "ERC-7575: the share is the vault itself");
    }

    // The inflation attack

    /// @dev The first depositor gives all they have to the pool to take the second's; they must lose by it, and the second
    /// must not lose more than a rounding.
    function testFuzz_inflating_the_first_price_does_not_pay(uint256 own, uint256 gift, uint256 victims) external {
        own = bounded(own, MIN_DEPOSIT, 1_000 * PHA);
        gift = bounded(gift, 0, 1_000_000 * PHA);
        victims = bounded(victims, MIN_DEPOSIT, 1_000_000 * PHA);
        VM.prank(ALICE);
        uint256 shares = _share.deposit(own, ALICE);
        VM.prank(ALICE);
        token.transfer(address(_share), gift);
        VM.prank(BOB);
        uint256 got = _share.deposit(victims, BOB);
        checkAtMost(_share.convertToAssets(shares), own, "the gift came back");
        checkAtLeast(_share.convertToAssets(got) + 2, victims, "the victim lost");
    }

    // ERC-20

    function testFuzz_transfer_moves_the_amount_or_nothing(
        uint256 seed,
        uint256 amount,
        uint256 value,
        bool toSelf
    ) external afterHistory(seed) {
        (uint256 shares, ) = _deposited(ALICE, amount);
        address to = toSelf ? ALICE : BOB;
        uint256 supply = _share.totalSupply();
        _refused(ALICE, abi.encodeCall(_share.transfer, (to, shares + 1)));
        _refused(ALICE, abi.encodeCall(_share.transfer, (address(0), 1)));
        value = bounded(value, 0, shares);
        VM.prank(ALICE);
        check(_share.transfer(to, value), "transfer answers true");
        checkEqual(_share.balanceOf(ALICE), toSelf ? shares : shares - value, "the sender's balance");
        if (!toSelf) checkEqual(_share.balanceOf(BOB), value, "the receiver's balance");
        checkEqual(_share.totalSupply(), supply, "a transfer keeps the supply");
    }

    function testFuzz_allowance_is_spent_and_is_the_limit(uint256 amount, uint256 allowed, uint256 value) external {
        (uint256 shares, ) = _deposited(ALICE, amount);
        allowed = bounded(allowed, 0, shares);
        value = bounded(value, 0, allowed);
        VM.prank(ALICE);
        check(_share.approve(BOB, allowed), "approve answers true");
        if (allowed < shares) _refused(BOB, abi.encodeCall(_share.transferFrom, (ALICE, CAROL, allowed + 1)));
        VM.prank(BOB);
        check(_share.transferFrom(ALICE, CAROL, value), "transferFrom answers true");
        checkEqual(_share.allowance(ALICE, BOB), allowed - value, "the allowance is spent");
        checkEqual(_share.balanceOf(CAROL), value, "the receiver has it");
        // One without bound stays as it is.
        VM.prank(ALICE);
        _share.approve(BOB, type(uint256).max);
        VM.prank(BOB);
        _share.transferFrom(ALICE, CAROL, shares - value);
        checkEqual(_share.allowance(ALICE, BOB), type(uint256).max, "an unbounded allowance is not spent");
        checkEqual(_share.balanceOf(CAROL), shares, "all is there");
    }

    function _heldBy() internal view returns (uint256) {
        return token.balanceOf(address(_share));
    }

    function _refused(address caller, bytes memory data) internal {
        VM.prank(caller);
        (bool succeeded, ) = address(_share).call(data);
        check(!succeeded, "a call that must be refused went through");
    }
}
