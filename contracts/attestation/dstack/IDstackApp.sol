// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IAppAuth} from "./IAppAuth.sol";
import {IAppAuthManagement} from "./IAppAuthManagement.sol";
import {BootEvidence} from "./BootEvidence.sol";
import {IDstackEvidence} from "./IDstackEvidence.sol";

/// @title A dstack app: which code may have its keys, and where
/// @notice Its address is the app's id. It belongs to an owner, as every app of dstack does: a user who answers for this one app
/// and for nothing else here. The first five events' and all functions' names are dstack's; what is ours is `evidence`.
///
/// Answers of {isAppAllowed} that are not dstack's own begin with "Attestation: ".
interface IDstackApp is IAppAuth, IAppAuthManagement {
    /// @notice Whether any machine may run the app was set.
    event AllowAnyDeviceSet(bool allowAny);

    /// @notice Whether machines have to be up to date was set.
    event RequireTcbUpToDateSet(bool requireUpToDate);

    /// @notice The owner forwent upgrades, which this contract has none of.
    event UpgradesDisabled();

    /// @notice What answers have to rest on was set.
    event EvidenceSet(BootEvidence oldEvidence, BootEvidence newEvidence);

    /// @notice Thrown when an app would have no owner.
    error OwnerIsZero();

    /// @notice Thrown when the compose hash to allow is zero.
    error ComposeHashIsZero();

    /// @notice Thrown when the machine to allow is zero.
    error DeviceIsZero();

    /// @notice Set up a new app; once, by whoever made it, in the same transaction. The arguments are dstack's.
    /// @param upgradesDisabled Told in an event only: there is nothing to disable
    /// @param firstDevice A machine to allow; none where zero
    /// @param firstComposeHash A compose hash to allow; none where zero
    function initialize(
        address firstOwner,
        bool upgradesDisabled,
        bool upToDateRequired,
        bool anyDeviceAllowed,
        bytes32 firstDevice,
        bytes32 firstComposeHash
    ) external;

    /// @notice Set whether any machine may run the app. The owner's.
    function setAllowAnyDevice(bool allowAny) external;

    /// @notice Set whether machines have to be up to date. The owner's. With {evidence} it is the attestation that has to say
    /// so as well, not the KMS alone.
    function setRequireTcbUpToDate(bool requireUpToDate) external;

    /// @notice Does nothing but tell: the contract is a clone that nobody can upgrade. The owner's; dstack's tools call it.
    function disableUpgrades() external;

    /// @notice Set what answers have to rest on. The owner's.
    function setEvidence(BootEvidence newEvidence) external;

    /// @notice Whether a compose hash may boot.
    function allowedComposeHashes(bytes32 composeHash) external view returns (bool);

    /// @notice Whether a machine is on the list.
    function allowedDeviceIds(bytes32 deviceId) external view returns (bool);

    /// @notice Whether any machine may run the app.
    function allowAnyDevice() external view returns (bool);

    /// @notice Whether machines have to be up to date.
    function requireTcbUpToDate() external view returns (bool);

    /// @notice What answers have to rest on.
    function evidence() external view returns (BootEvidence);

    /// @notice The version of dstack's app contract that this one answers like: 2.
    function version() external view returns (uint256);

    /// @notice Where attestations are looked up.
    function EVIDENCE() external view returns (IDstackEvidence);
}
