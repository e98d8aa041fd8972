// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {HIGH_TABLE_CODE_HASH, LOW_TABLE_CODE_HASH} from "./Curve25519Constants.sol";

/// @title Holds the two tables of base points, having checked them
/// @dev Deployed tables cannot change: code is immutable, and an account that ran no SELFDESTRUCT in the transaction
/// that created it keeps it (EIP-6780). A table's code begins with STOP, so it cannot run one.
abstract contract Edwards25519TableHolder {
    /// @notice Thrown when a contract is not the table it is given as.
    /// @param table Its address.
    /// @param codeHash The hash of the code it has.
    error WrongBaseTable(address table, bytes32 codeHash);

    /// @notice The multiples of B.
    address public immutable LOW_TABLE;
    /// @notice The multiples of 2^128 B.
    address public immutable HIGH_TABLE;

    constructor(address lowTable, address highTable) {
        require(lowTable.codehash == LOW_TABLE_CODE_HASH, WrongBaseTable(lowTable, lowTable.codehash));
        require(highTable.codehash == HIGH_TABLE_CODE_HASH, WrongBaseTable(highTable, highTable.codehash));
        LOW_TABLE = lowTable;
        HIGH_TABLE = highTable;
    }
}
