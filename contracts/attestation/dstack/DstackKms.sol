// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

import {AppBootInfo} from "./AppBootInfo.sol";
import {BootEvidence} from "./BootEvidence.sol";
import {IAppAuth} from "./IAppAuth.sol";
import {IDstackApp} from "./IDstackApp.sol";
import {IDstackEvidence} from "./IDstackEvidence.sol";
import {IDstackKms} from "./IDstackKms.sol";
import {TcbStatusText} from "./TcbStatusText.sol";

/// @title Whom a dstack KMS gives keys to
contract DstackKms is IDstackKms, AccessManaged, ERC165 {
    /// @inheritdoc IDstackKms
    IDstackEvidence public immutable EVIDENCE;

    /// @inheritdoc IDstackKms
    KmsInfo public kmsInfo;
    /// @inheritdoc IDstackKms
    string public gatewayAppId;
    /// @inheritdoc IDstackKms
    mapping(address appId => bool) public registeredApps;
    /// @inheritdoc IDstackKms
    mapping(bytes32 mrAggregated => bool) public kmsAllowedAggregatedMrs;
    /// @inheritdoc IDstackKms
    mapping(bytes32 deviceId => bool) public kmsAllowedDeviceIds;
    /// @inheritdoc IDstackKms
    mapping(bytes32 osImageHash => bool) public allowedOsImages;
    /// @inheritdoc IDstackKms
    address public appImplementation;
    /// @inheritdoc IDstackKms
    BootEvidence public evidenceForKms;
    /// @inheritdoc IDstackKms
    BootEvidence public evidenceForApps;

    /// @param authority The access manager.
    /// @param evidence Where attestations are looked up.
    /// @param implementation What apps are clones of at first.
    constructor(address authority, IDstackEvidence evidence, address implementation) AccessManaged(authority) {
        EVIDENCE = evidence;
        _setAppImplementation(implementation);
    }

    /// @inheritdoc IDstackKms
    function registerApp(address appId) external {
        _register(appId);
    }

    /// @inheritdoc IDstackKms
    function deployAndRegisterApp(
        address initialOwner,
        bool disableUpgrades,
        bool requireTcbUpToDate,
        bool allowAnyDevice,
        bytes32 initialDeviceId,
        bytes32 initialComposeHash
    ) external returns (address appId) {
        return
            _deploy(
                initialOwner,
                disableUpgrades,
                requireTcbUpToDate,
                allowAnyDevice,
                initialDeviceId,
                initialComposeHash
            );
    }

    /// @inheritdoc IDstackKms
    function deployAndRegisterApp(
        address initialOwner,
        bool disableUpgrades,
        bool allowAnyDevice,
        bytes32 initialDeviceId,
        bytes32 initialComposeHash
    ) external returns (address appId) {
        return _deploy(initialOwner, disableUpgrades, false, allowAnyDevice, initialDeviceId, initialComposeHash);
    }

    /// @inheritdoc IDstackKms
    function setKmsInfo(KmsInfo calldata info) external restricted {
        kmsInfo = info;
        emit KmsInfoSet(info.k256Pubkey);
    }

    /// @inheritdoc IDstackKms
    function setKmsQuote(bytes calldata quote) external restricted {
        kmsInfo.quote = quote;
    }

    /// @inheritdoc IDstackKms
    function setKmsEventlog(bytes calldata eventlog) external restricted {
        kmsInfo.eventlog = eventlog;
    }

    /// @inheritdoc IDstackKms
    function setGatewayAppId(string calldata appId) external restricted {
        gatewayAppId = appId;
        emit GatewayAppIdSet(appId);
    }

    /// @inheritdoc IDstackKms
    function setAppImplementation(address implementation) external restricted {
        _setAppImplementation(implementation);
    }

    /// @inheritdoc IDstackKms
    function addKmsAggregatedMr(bytes32 mrAggregated) external restricted {
        kmsAllowedAggregatedMrs[mrAggregated] = true;
        emit KmsAggregatedMrAdded(mrAggregated);
    }

    /// @inheritdoc IDstackKms
    function removeKmsAggregatedMr(bytes32 mrAggregated) external restricted {
        kmsAllowedAggregatedMrs[mrAggregated] = false;
        emit KmsAggregatedMrRemoved(mrAggregated);
    }

    /// @inheritdoc IDstackKms
    function addKmsDevice(bytes32 deviceId) external restricted {
        kmsAllowedDeviceIds[deviceId] = true;
        emit KmsDeviceAdded(deviceId);
    }

    /// @inheritdoc IDstackKms
    function removeKmsDevice(bytes32 deviceId) external restricted {
        kmsAllowedDeviceIds[deviceId] = false;
        emit KmsDeviceRemoved(deviceId);
    }

    /// @inheritdoc IDstackKms
    function addOsImageHash(bytes32 osImageHash) external restricted {
        allowedOsImages[osImageHash] = true;
        emit OsImageHashAdded(osImageHash);
    }

    /// @inheritdoc IDstackKms
    function removeOsImageHash(bytes32 osImageHash) external restricted {
        allowedOsImages[osImageHash] = false;
        emit OsImageHashRemoved(osImageHash);
    }

    /// @inheritdoc IDstackKms
    function setEvidence(BootEvidence forKms, BootEvidence forApps) external restricted {
        emit EvidenceSet(evidenceForKms, forKms, evidenceForApps, forApps);
        evidenceForKms = forKms;
        evidenceForApps = forApps;
    }

    /// @inheritdoc IDstackKms
    function isKmsAllowed(AppBootInfo calldata bootInfo) external view returns (bool isAllowed, string memory reason) {
        if (!TcbStatusText.isUpToDate(bootInfo.tcbStatus)) return (false, "TCB status is not up to date");
        if (!allowedOsImages[bootInfo.osImageHash]) return (false, "OS image is not allowed");
        if (!kmsAllowedAggregatedMrs[bootInfo.mrAggregated]) return (false, "Aggregated MR not allowed");
        if (!kmsAllowedDeviceIds[bootInfo.deviceId]) return (false, "KMS is not allowed to boot on this device");
        if (evidenceForKms != BootEvidence.Word) reason = EVIDENCE.objectionTo(bootInfo, evidenceForKms, true);
        return (bytes(reason).length == 0, reason);
    }

    /// @inheritdoc IAppAuth
    function isAppAllowed(AppBootInfo calldata bootInfo) external view returns (bool isAllowed, string memory reason) {
        if (!registeredApps[bootInfo.appId]) return (false, "App not registered");
        if (!allowedOsImages[bootInfo.osImageHash]) return (false, "OS image is not allowed");
        if (bootInfo.appId.code.length == 0) return (false, "App not deployed or invalid address");
        if (evidenceForApps != BootEvidence.Word) {
            reason = EVIDENCE.objectionTo(bootInfo, evidenceForApps, false);
            if (bytes(reason).length != 0) return (false, reason);
        }
        // Anyone's contract: what it does can spoil the answer about its own guests, and no other.
        return IAppAuth(bootInfo.appId).isAppAllowed(bootInfo);
    }

    /// @inheritdoc IDstackKms
    function owner() external view returns (address) {
        return authority();
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IAppAuth).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Reentry by an implementation could register apps, which anyone can.
    function _deploy(
        address initialOwner,
        bool disableUpgrades,
        bool requireTcbUpToDate,
        bool allowAnyDevice,
        bytes32 initialDeviceId,
        bytes32 initialComposeHash
    ) private returns (address appId) {
        appId = Clones.clone(appImplementation);
        IDstackApp(appId).initialize(
            initialOwner,
            disableUpgrades,
            requireTcbUpToDate,
            allowAnyDevice,
            initialDeviceId,
            initialComposeHash
        );
        _register(appId);
        emit AppDeployedViaFactory(appId, msg.sender);
    }

    function _register(address appId) private {
        require(appId != address(0), AppIsZero());
        registeredApps[appId] = true;
        emit AppRegistered(appId);
    }

    function _setAppImplementation(address implementation) private {
        require(implementation.code.length != 0, ImplementationWithoutCode(implementation));
        appImplementation = implementation;
        emit AppImplementationSet(implementation);
    }
}
