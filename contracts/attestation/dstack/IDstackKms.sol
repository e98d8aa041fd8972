// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AppBootInfo} from "./AppBootInfo.sol";
import {BootEvidence} from "./BootEvidence.sol";
import {IAppAuth} from "./IAppAuth.sol";
import {IDstackEvidence} from "./IDstackEvidence.sol";

/// @title Whom a dstack KMS gives keys to
/// @notice A KMS asks this one contract: may another KMS have the root keys ({isKmsAllowed}), may a guest have those of its app
/// ({isAppAllowed}). Names, arguments and answers are dstack's, so that its software works with it as it is. Other
/// than there, rights are not an owner's: `restricted` functions are a role's, through the access manager; apps are clones
/// that nobody can upgrade; and answers can be made to rest on the attestation registry.
///
/// Answers that are not dstack's own begin with "Attestation: ".
interface IDstackKms is IAppAuth {
    /// @notice What apps' guests need to know of the KMS; nothing here is checked, and nothing here is relied on.
    /// @param k256Pubkey Its root key on secp256k1
    /// @param caPubkey Its root authority's key
    /// @param quote A quote of it
    /// @param eventlog The event log to the quote
    struct KmsInfo {
        bytes k256Pubkey;
        bytes caPubkey;
        bytes quote;
        bytes eventlog;
    }

    /// @notice An app was registered.
    event AppRegistered(address appId);

    /// @notice An app was made here.
    event AppDeployedViaFactory(address indexed appId, address indexed deployer);

    /// @notice New apps are clones of that from now on.
    event AppImplementationSet(address implementation);

    /// @notice What is told of the KMS was set.
    event KmsInfoSet(bytes k256Pubkey);

    /// @notice The gateway's app was set.
    event GatewayAppIdSet(string gatewayAppId);

    /// @notice A KMS's code is allowed from now on.
    event KmsAggregatedMrAdded(bytes32 mrAggregated);

    /// @notice A KMS's code is not allowed any more.
    event KmsAggregatedMrRemoved(bytes32 mrAggregated);

    /// @notice A machine may run a KMS from now on.
    event KmsDeviceAdded(bytes32 deviceId);

    /// @notice A machine may not run a KMS any more.
    event KmsDeviceRemoved(bytes32 deviceId);

    /// @notice An operating system may be booted from now on.
    event OsImageHashAdded(bytes32 osImageHash);

    /// @notice An operating system may not be booted any more.
    event OsImageHashRemoved(bytes32 osImageHash);

    /// @notice What answers have to rest on was set.
    event EvidenceSet(BootEvidence oldForKms, BootEvidence newForKms, BootEvidence oldForApps, BootEvidence newForApps);

    /// @notice Thrown when an app's address is zero.
    error AppIsZero();

    /// @notice Thrown when what new apps are to be clones of has no code.
    error ImplementationWithoutCode(address implementation);

    /// @notice Register an app. Anyone's: an app gets nothing by it but that it is asked about its own guests.
    function registerApp(address appId) external;

    /// @notice Make an app and register it. Anyone's. See {IDstackApp-initialize} for the arguments.
    function deployAndRegisterApp(
        address initialOwner,
        bool disableUpgrades,
        bool requireTcbUpToDate,
        bool allowAnyDevice,
        bytes32 initialDeviceId,
        bytes32 initialComposeHash
    ) external returns (address appId);

    /// @notice The same as older tools of dstack call it; machines then don't have to be up to date.
    function deployAndRegisterApp(
        address initialOwner,
        bool disableUpgrades,
        bool allowAnyDevice,
        bytes32 initialDeviceId,
        bytes32 initialComposeHash
    ) external returns (address appId);

    /// @notice Set what is told of the KMS. Restricted.
    function setKmsInfo(KmsInfo calldata info) external;

    /// @notice Set the KMS's quote. Restricted.
    function setKmsQuote(bytes calldata quote) external;

    /// @notice Set the event log to the quote. Restricted.
    function setKmsEventlog(bytes calldata eventlog) external;

    /// @notice Set which app is the gateway. Restricted.
    function setGatewayAppId(string calldata appId) external;

    /// @notice Set what new apps are clones of; those there are stay as they are. Restricted.
    function setAppImplementation(address implementation) external;

    /// @notice Allow a KMS's code. Restricted.
    function addKmsAggregatedMr(bytes32 mrAggregated) external;

    /// @notice Forbid a KMS's code. Restricted.
    function removeKmsAggregatedMr(bytes32 mrAggregated) external;

    /// @notice Allow a KMS on a machine. Restricted.
    function addKmsDevice(bytes32 deviceId) external;

    /// @notice Forbid a KMS on a machine. Restricted.
    function removeKmsDevice(bytes32 deviceId) external;

    /// @notice Allow an operating system. Restricted.
    function addOsImageHash(bytes32 osImageHash) external;

    /// @notice Forbid an operating system. Restricted.
    function removeOsImageHash(bytes32 osImageHash) external;

    /// @notice Set what answers have to rest on. Restricted. An app can demand more for itself, and not less.
    function setEvidence(BootEvidence forKms, BootEvidence forApps) external;

    /// @notice Whether a guest may have the root keys.
    /// @return isAllowed Whether it may
    /// @return reason For people, why not; empty where it may
    function isKmsAllowed(AppBootInfo calldata bootInfo) external view returns (bool isAllowed, string memory reason);

    /// @notice What is told of the KMS.
    function kmsInfo()
        external
        view
        returns (bytes memory k256Pubkey, bytes memory caPubkey, bytes memory quote, bytes memory eventlog);

    /// @notice Which app is the gateway.
    function gatewayAppId() external view returns (string memory);

    /// @notice Whether an app is registered.
    function registeredApps(address appId) external view returns (bool);

    /// @notice Whether a KMS's code is allowed.
    function kmsAllowedAggregatedMrs(bytes32 mrAggregated) external view returns (bool);

    /// @notice Whether a machine may run a KMS.
    function kmsAllowedDeviceIds(bytes32 deviceId) external view returns (bool);

    /// @notice Whether an operating system may be booted.
    function allowedOsImages(bytes32 osImageHash) external view returns (bool);

    /// @notice What new apps are clones of.
    function appImplementation() external view returns (address);

    /// @notice What the answer to a KMS has to rest on.
    function evidenceForKms() external view returns (BootEvidence);

    /// @notice What the answer to any app's guest has to rest on.
    function evidenceForApps() external view returns (BootEvidence);

    /// @notice Who decides, for tools that ask for an owner: the access manager.
    function owner() external view returns (address);

    /// @notice Where attestations are looked up.
    function EVIDENCE() external view returns (IDstackEvidence);
}
