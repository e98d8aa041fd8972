// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Tables for P-384 keys, each point of them proven on chain
/// @notice A table is made from its key in two transactions, by anyone. Neither takes a point: they take slopes, check
/// each, and compute the points. What comes out is a function of the key alone, so it doesn't matter who sends which
/// transaction: a second sender finds the work done, and nobody can spoil or hold up another's.
interface IP384TableRegistry {
    /// @notice How far a key's table has come.
    enum Stage {
        Nothing,
        Teeth,
        Table
    }

    /// @notice The teeth of a key's table have been computed.
    event TeethProven(bytes32 indexed keyHash, bytes key);

    /// @notice A key's table has been computed and stored.
    event TableProven(bytes32 indexed keyHash, address code, uint8 lead);

    /// @notice Thrown when a key isn't 96 bytes.
    error KeyLengthWrong(uint256 length);

    /// @notice Thrown when a key's coordinates aren't canonical, or not those of a point on the curve.
    error KeyNotOnCurve(bytes key);

    /// @notice Thrown when there are too few slopes, or too many.
    error SlopesLengthWrong(uint256 length, uint256 expected);

    /// @notice Thrown when a slope isn't that of its line, or isn't canonical.
    error SlopeWrong(uint256 index);

    /// @notice Thrown when the table of a key without proven teeth is asked for, or with other teeth than those.
    error TeethWrong(bytes32 keyHash, bytes32 given, bytes32 proven);

    /// @notice Thrown when the table's contract can't be created, for want of gas.
    error TableNotCreated(bytes32 keyHash);

    /// @notice Computes the teeth of a key's table, and keeps their hash. Does nothing when that has been done.
    /// @param key x and y, 48 big-endian bytes each.
    /// @param slopes 352 slopes of 48 bytes, in the order of the computation.
    /// @return keyHash The key's name from here on: the keccak-256 hash of `key`.
    function proveTeeth(bytes calldata key, bytes calldata slopes) external returns (bytes32 keyHash);

    /// @notice Computes a key's table and stores it as a contract's code. Does nothing when that has been done.
    /// @param teeth The nine points that `proveTeeth` has computed, 864 bytes.
    /// @param slopes 255 slopes of 48 bytes, in the order of the computation.
    function proveTable(bytes32 keyHash, bytes calldata teeth, bytes calldata slopes) external;

    /// @notice How far a key's table has come.
    function stageOf(bytes32 keyHash) external view returns (Stage);

    /// @notice The hash of a key's proven teeth; zero where there are none.
    function teethHashOf(bytes32 keyHash) external view returns (bytes32);

    /// @notice A key's table: the contract whose code it is, and the byte that STOP stands for there.
    /// @return code Zero where there is no table.
    function tableOf(bytes32 keyHash) external view returns (address code, uint8 lead);
}
