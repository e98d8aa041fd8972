// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC7802} from "@openzeppelin/contracts/interfaces/draft-IERC7802.sol";

import {IOptimismMintableERC20} from "./IOptimismMintableERC20.sol";

/// @title The bridges' side of PHA on an OP stack L2
/// @notice The holder's side is `IPhaToken`, as at home. Supply moves only with the bridges fixed at construction: the
/// chain's standard bridge (`mint`, `burn`) and, where one is named, the superchain's (`crosschainMint`,
/// `crosschainBurn`).
/// @dev Both bridges are trusted to mint only against PHA they locked or burned elsewhere; `IPhaToken.MAX_SUPPLY` bounds them.
interface IL2PhaToken is IOptimismMintableERC20, IERC7802 {
    /// @notice The standard bridge created `amount` for `account`.
    event Mint(address indexed account, uint256 amount);

    /// @notice The standard bridge destroyed `amount` of `account`.
    event Burn(address indexed account, uint256 amount);

    /// @notice Thrown when the token would be deployed without a standard bridge or without its home token.
    error BridgeConfigurationInvalid(address standardBridge, address remoteToken);

    /// @notice Thrown when anything but the bridge in charge of a function calls it.
    error CallerIsNotBridge(address caller);

    /// @notice The superchain's token bridge; zero where the chain has none, and then nobody passes for it.
    function superchainBridge() external view returns (address);

    /// @notice The standard bridge, under its first name; the same as `bridge()`.
    function l2Bridge() external view returns (address);
}
