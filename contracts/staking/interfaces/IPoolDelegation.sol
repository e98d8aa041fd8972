// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

import {IERC7540Operator} from "./IERC7540Operator.sol";
import {IERC7540Redeem} from "./IERC7540Redeem.sol";
import {IERC7575Share} from "./IERC7575Share.sol";

/// @title A stake pool as its delegators meet it
/// @notice In by ERC-4626, out by ERC-7540: `withdraw` and `redeem` pay requests that have matured, oldest first, and their
/// `owner` is the request's controller.
interface IPoolDelegation is IERC4626, IERC7540Operator, IERC7540Redeem, IERC7575Share, IERC165, IERC20Errors {
    /// @notice `deposit` with an ERC-2612 approval; one that was used already (or front-run) is no obstacle.
    function depositWithPermit(
        uint256 assets,
        address receiver,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 shares);

    /// @notice Takes stake out for another pool. The redelegation module only, which is sent the PHA at once. The stake answers
    /// for this pool as a request of today would.
    /// @param caller Whoever asks the module: the owner, their operator, or someone with an allowance, which is spent.
    /// @return assets What was sent.
    /// @return cohort The cohort that it answers with.
    /// @return factor What to compare that cohort's `survival` with: their ratio is what slashes have left.
    function moveOut(
        uint256 shares,
        address owner,
        address caller
    ) external returns (uint256 assets, uint256 cohort, uint256 factor);

    /// @notice Returns an unmatured request to stake, at today's price, for `controller`.
    function cancelRedeemRequest(uint256 requestId, address controller) external returns (uint256 shares);

    /// @notice The numbers of a controller's requests: `first` is the oldest that may be open, `end` one past the newest.
    /// The id of number i is `controller << 48 | i`.
    function requestRange(address controller) external view returns (uint256 first, uint256 end);

    /// @notice What shares are reckoned from, for holders that do so at every step: the part of `books` that is always needed,
    /// and the end of the hold, in one cheap call.
    function shareBasis() external view returns (uint256 active, uint256 supply, uint256 generation, uint256 holdUntil);
}
