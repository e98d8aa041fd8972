// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What dstack's tools manage on an app's contract
/// @notice ERC-165 id 0x8fd37527. dstack's own interface, to the letter; {IAppAuthExtendedManagement} is what later versions
/// added to it.
interface IAppAuthManagement {
    /// @notice A compose hash may boot from now on.
    event ComposeHashAdded(bytes32 composeHash);

    /// @notice A compose hash may not boot any more.
    event ComposeHashRemoved(bytes32 composeHash);

    /// @notice A machine may run the app from now on.
    event DeviceAdded(bytes32 deviceId);

    /// @notice A machine may not run the app any more.
    event DeviceRemoved(bytes32 deviceId);

    /// @notice Allow a compose hash. The owner's.
    function addComposeHash(bytes32 composeHash) external;

    /// @notice Forbid a compose hash. The owner's.
    function removeComposeHash(bytes32 composeHash) external;

    /// @notice Allow a machine. The owner's.
    function addDevice(bytes32 deviceId) external;

    /// @notice Forbid a machine. The owner's.
    function removeDevice(bytes32 deviceId) external;
}
