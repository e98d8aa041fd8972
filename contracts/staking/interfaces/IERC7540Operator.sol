// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Operators of ERC-7540: who may manage another account's requests and shares
interface IERC7540Operator {
    /// @notice `controller` gave or took back `operator`'s right.
    event OperatorSet(address indexed controller, address indexed operator, bool approved);

    /// @notice Gives or takes back the right to request, cancel and claim for the caller.
    function setOperator(address operator, bool approved) external returns (bool);

    /// @notice Whether `operator` may act for `controller`.
    function isOperator(address controller, address operator) external view returns (bool);
}
