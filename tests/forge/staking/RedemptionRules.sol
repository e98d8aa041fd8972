// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ShareRules} from "./ShareRules.sol";

/// @title What ERC-7540 asks of requests beside what they pay: ids, sums, rights, and that nobody gains or loses by them
/// @dev Written from the text of the standard, for a pool, whose requests have ids, and a vault, which sums them up under zero.
abstract contract RedemptionRules is ShareRules {
    /// @dev Takes all that stands behind the shares.
    function _ruin() internal virtual;

    function testFuzz_requests_add_up(
        uint256 seed,
        uint256 amount,
        uint256[2] memory parts,
        uint256 claimed
    ) external afterHistory(seed) {
        (uint256 shares, ) = _deposited(ALICE, amount);
        parts[0] = bounded(parts[0], 1, shares - 1);
        parts[1] = bounded(parts[1], 1, shares - parts[0]);
        uint256 requested = parts[0] + parts[1];
        uint256[2] memory ids = [_requested(ALICE, ALICE, ALICE, parts[0]), _requested(ALICE, ALICE, ALICE, parts[1])];
        checkEqual(_share.balanceOf(ALICE), shares - requested, "requested shares leave the owner");
        checkEqual(_sum(ids, false), requested, "what is pending is what was requested");
        if (ids[0] != ids[1])
            checkEqual(_share.pendingRedeemRequest(ids[1], ALICE), parts[1], "each id has its own request");
        checkEqual(_sum(ids, true) + _share.maxRedeem(ALICE), 0, "nothing is claimable at once");
        _refused(ALICE, abi.encodeCall(_share.redeem, (1, ALICE, ALICE)));
        _refused(ALICE, abi.encodeCall(_share.withdraw, (1, ALICE, ALICE)));
        for (uint256 i = 0; i < 2; ++i)
            checkEqual(_share.pendingRedeemRequest(ids[i], BOB), 0, "a request is its controller's alone");
        _mature();
        checkEqual(_sum(ids, false), 0, "nothing is pending");
        checkEqual(_sum(ids, true), requested, "all that was requested is claimable, and no more");
        checkEqual(_share.maxRedeem(ALICE), requested, "maxRedeem is what is claimable");
        _refused(ALICE, abi.encodeCall(_share.redeem, (requested + 1, ALICE, ALICE)));
        (uint256 supply, uint256 held) = (_share.totalSupply(), _share.balanceOf(ALICE));
        claimed = bounded(claimed, 0, requested);
        VM.prank(ALICE);
        _share.redeem(claimed, BOB, ALICE);
        checkEqual(_sum(ids, true), requested - claimed, "what is claimed is no longer claimable");
        checkEqual(_share.totalSupply(), supply, "the shares went at the request, not at the claim");
        checkEqual(_share.balanceOf(ALICE) + _share.balanceOf(BOB), held, "a claim takes nobody's shares");
    }

    function testFuzz_an_allowance_lets_request_and_its_controller_claims(uint256 amount, uint256 part) external {
        (uint256 shares, ) = _deposited(ALICE, amount);
        part = bounded(part, 1, shares);
        VM.prank(ALICE);
        _share.approve(BOB, part);
        uint256 id = _requested(BOB, BOB, ALICE, part);
        checkEqual(_share.allowance(ALICE, BOB), 0, "the allowance is spent");
        _refused(BOB, abi.encodeCall(_share.requestRedeem, (1, BOB, ALICE)));
        checkEqual(_share.pendingRedeemRequest(id, BOB), part, "the request is the controller's");
        checkEqual(_share.pendingRedeemRequest(_requestIdOf(ALICE), ALICE), 0, "and not the owner's");
        _mature();
        checkEqual(_share.maxRedeem(ALICE), 0, "the owner has nothing to claim");
        _refused(ALICE, abi.encodeCall(_share.redeem, (part, ALICE, BOB)));
        (uint256 due, uint256 held) = (_share.maxWithdraw(BOB), token.balanceOf(CAROL));
        VM.prank(BOB);
        checkEqual(_share.redeem(part, CAROL, BOB), due, "all of it");
        checkEqual(token.balanceOf(CAROL), held + due, "for whom the controller names");
    }

    function testFuzz_operators_act_for_who_named_them_and_while_they_are(uint256 amount, uint256 part) external {
        (uint256 shares, ) = _deposited(ALICE, amount);
        (uint256 others, ) = _deposited(CAROL, amount);
        part = bounded(part, 1, shares);
        VM.prank(ALICE);
        check(_share.setOperator(BOB, true), "setOperator answers true");
        check(!_share.isOperator(BOB, ALICE) && !_share.isOperator(CAROL, BOB), "nobody else named an operator");
        _refused(BOB, abi.encodeCall(_share.requestRedeem, (others, CAROL, CAROL)));
        _refused(BOB, abi.encodeCall(_share.transferFrom, (ALICE, BOB, 1)));
        _requested(BOB, ALICE, ALICE, part);
        _mature();
        VM.prank(ALICE);
        check(_share.setOperator(BOB, false), "setOperator answers true");
        check(!_share.isOperator(ALICE, BOB), "a right taken back is gone");
        _refused(BOB, abi.encodeCall(_share.redeem, (part, BOB, ALICE)));
        _refused(BOB, abi.encodeCall(_share.withdraw, (1, BOB, ALICE)));
        VM.prank(ALICE);
        _share.redeem(part, ALICE, ALICE);
    }

    /// @dev In and out while another stays: neither gains, and who stays loses nothing.
    function testFuzz_a_round_trip_is_in_nobodys_favour(
        uint256 seed,
        uint256 amount,
        uint256 staying
    ) external afterHistory(seed) {
        (uint256 stays, ) = _deposited(CAROL, staying);
        uint256 worth = _share.convertToAssets(stays);
        (uint256 shares, uint256 assets) = _deposited(ALICE, amount);
        checkAtLeast(_share.convertToAssets(stays), worth, "a deposit cost who stays");
        _requested(ALICE, ALICE, ALICE, shares);
        checkAtLeast(_share.convertToAssets(stays), worth, "a request cost who stays");
        _mature();
        VM.prank(ALICE);
        checkAtMost(_share.redeem(shares, ALICE, ALICE), assets, "a round trip brought a profit");
        checkAtLeast(_share.convertToAssets(stays), worth, "a claim cost who stays");
    }

    function testFuzz_requests_look_the_same_to_everyone(uint256 amount, address who, bool isMature) external {
        (uint256 shares, ) = _deposited(ALICE, amount);
        uint256 id = _requested(ALICE, ALICE, ALICE, shares);
        if (isMature) _mature();
        VM.startPrank(who);
        uint256 pending = _share.pendingRedeemRequest(id, ALICE);
        uint256 claimable = _share.claimableRedeemRequest(id, ALICE);
        uint256 maximum = _share.maxRedeem(ALICE);
        VM.stopPrank();
        checkEqual(pending, isMature ? 0 : shares, "pending knows no caller");
        checkEqual(claimable, isMature ? shares : 0, "claimable knows no caller");
        checkEqual(maximum, claimable, "maxRedeem knows no caller");
    }

    function testFuzz_no_one_may_deposit_where_the_maximum_is_zero(
        uint256 seed,
        uint256 amount
    ) external afterHistory(seed) {
        _deposited(ALICE, amount);
        _ruin();
        checkEqual(_share.maxDeposit(BOB) + _share.maxMint(BOB), 0, "nothing can be deposited");
        amount = bounded(amount, MIN_DEPOSIT, 1_000_000 * PHA);
        _refused(BOB, abi.encodeCall(_share.deposit, (amount, BOB)));
        _refused(BOB, abi.encodeCall(_share.mint, (amount * VIRTUAL, BOB)));
    }

    function _requested(address caller, address controller, address owner, uint256 shares) private returns (uint256) {
        VM.prank(caller);
        return _share.requestRedeem(shares, controller, owner);
    }

    /// @dev Over ALICE's ids, each counted once.
    function _sum(uint256[2] memory ids, bool isClaimable) private view returns (uint256 shares) {
        for (uint256 i = 0; i < (ids[0] == ids[1] ? 1 : 2); ++i) {
            shares +=
                isClaimable ? _share.claimableRedeemRequest(ids[i], ALICE) : _share.pendingRedeemRequest(ids[i], ALICE);
        }
    }
}
