// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The one function of an ERC-4626 vault that the bridge uses
interface IClaimVault {
    /// @notice Takes exactly `assets` PHA from the caller, who has approved them, and credits `receiver` with shares.
    /// @return shares How many shares `receiver` got; the bridge refuses none.
    function deposit(uint256 assets, address receiver) external returns (uint256 shares);
}
