// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IVaultRecords} from "./IVaultRecords.sol";

/// @title A delegation vault as its keepers, its roles and auditors meet it
interface IVaultOperations is IVaultRecords {
    // Anyone

    /// @notice Fills requests from idle PHA in their order, at most `maxExits` of them.
    function fill(uint256 maxExits) external;

    /// @notice Asks a pool for what requests await and nothing else will bring. Once a pool and day.
    function recall(address pool) external;

    /// @notice Brings in what has come free in a pool: matured requests, and what closed generations left.
    function collect(address pool) external;

    /// @notice Takes the fee and records the value that votes count at.
    function sync() external;

    // The vault's roles

    /// @notice Delegates idle PHA that no request awaits. Restricted.
    function delegateTo(address pool, uint256 assets) external;

    /// @notice Asks a pool for `assets`, or more where requests await more. Restricted; once a pool and day.
    function recallFrom(address pool, uint256 assets) external;

    /// @notice Lists a pool or changes its cap. Restricted.
    function setPool(address pool, uint96 cap) external;

    /// @notice Takes a pool without stake off the list. Restricted.
    function removePool(address pool) external;

    /// @notice Lowers the fee at once or announces a higher one, which waits for longer than the way out. Restricted.
    function setFee(uint16 feeBps) external;

    /// @notice Sends later fees to another. Restricted.
    function setFeeRecipient(address recipient) external;

    // Views

    /// @notice What the vault has, in wei.
    /// @param low With slashes that are claimed cut off.
    /// @param high Without.
    /// @param idle PHA in hand, part of both.
    /// @param owed PHA of filled requests, part of neither.
    function valuation() external view returns (uint256 low, uint256 high, uint256 idle, uint256 owed);

    /// @notice A listed pool's position.
    function positionOf(address pool) external view returns (Position memory);

    /// @notice The listed pools.
    function pools() external view returns (address[] memory);

    /// @notice A request by its place in the queue.
    function exitAt(uint256 place) external view returns (Exit memory);

    /// @notice The first place that may be unfilled, one past the last, and the shares in between.
    function queue() external view returns (uint256 first, uint256 end, uint256 shares);

    /// @notice What a controller's filled requests come to.
    function claimableOf(address controller) external view returns (uint256 shares, uint256 assets);

    /// @notice The fee now, who gets it, the mark above which it is taken (1 = 10^15), and the fee announced with its time.
    function fee()
        external
        view
        returns (uint256 currentBps, address recipient, uint256 mark, uint256 nextBps, uint256 startsAt);
}
