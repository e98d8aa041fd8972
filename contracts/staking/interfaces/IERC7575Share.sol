// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Where an ERC-7575 vault keeps its shares
interface IERC7575Share {
    /// @notice The token of the shares; here the vault itself.
    function share() external view returns (address);
}
