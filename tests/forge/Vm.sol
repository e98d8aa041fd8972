// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title What the tests ask of forge
/// @notice The few cheat codes that are used, by the signatures forge documents. No library of others stands between.
interface Vm {
    /// @notice Deploys a compiled artifact, `File.sol:Name`, with constructor arguments.
    function deployCode(string calldata artifact, bytes calldata arguments) external returns (address deployed);

    /// @notice Sets the chain's time.
    function warp(uint256 timestamp) external;

    /// @notice The chain's time. After `warp` the compiler may remember the old `block.timestamp` until a function ends.
    function getBlockTimestamp() external view returns (uint256 timestamp);

    /// @notice The next call comes from `sender`.
    function prank(address sender) external;

    /// @notice Calls come from `sender` until `stopPrank`.
    function startPrank(address sender) external;

    /// @notice Ends `startPrank`.
    function stopPrank() external;

    /// @notice The address of a private key.
    function addr(uint256 privateKey) external pure returns (address account);

    /// @notice An ECDSA signature of a digest.
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    /// @notice Gives up this fuzzed input and takes another.
    function assume(bool condition) external pure;

    /// @notice Recorded logs, to be read by `getRecordedLogs`.
    function recordLogs() external;

    /// @notice Decimal digits of a number.
    function toString(uint256 value) external pure returns (string memory text);
}
