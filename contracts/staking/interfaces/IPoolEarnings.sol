// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Where pools' workers earn from customers
/// @notice Implemented where work is paid for. Pools take rewards only from the source of rewards, so that one collects.
interface IPoolEarnings {
    /// @notice Pays in full what is a pool's to the caller, which must be the staking factory's source of rewards: pools take
    /// rewards from nobody else, and a plain transfer would be lost on them.
    function collect(address pool) external returns (uint256 amount);
}
