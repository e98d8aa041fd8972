// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Asynchronous redemption of ERC-7540
interface IERC7540Redeem {
    /// @notice `owner`'s shares were turned into a request that `controller` will claim.
    event RedeemRequest(
        address indexed controller,
        address indexed owner,
        uint256 indexed requestId,
        address sender,
        uint256 shares
    );

    /// @notice Turns `shares` of `owner` into a request of `controller`.
    function requestRedeem(uint256 shares, address controller, address owner) external returns (uint256 requestId);

    /// @notice Shares of a request that can't be claimed yet.
    function pendingRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares);

    /// @notice Shares of a request that can be claimed.
    function claimableRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares);
}
