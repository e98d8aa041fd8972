// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

import {IERC7540Operator} from "./IERC7540Operator.sol";
import {IERC7540Redeem} from "./IERC7540Redeem.sol";
import {IERC7575Share} from "./IERC7575Share.sol";

/// @title A delegation vault as its delegators meet it
interface IVaultDelegation is IERC4626, IERC7540Operator, IERC7540Redeem, IERC7575Share, IERC165 {
    /// @notice `deposit` with an ERC-2612 approval; one that was used already (or front-run) is no obstacle.
    function depositWithPermit(
        uint256 assets,
        address receiver,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 shares);

    /// @notice Takes an unfilled request out of the queue and gives the shares to its controller.
    /// @param place Its number in the queue, counted from 0.
    function cancelRedeemRequest(uint256 place, address controller) external returns (uint256 shares);
}
