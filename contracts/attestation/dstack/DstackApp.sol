// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

import {AppBootInfo} from "./AppBootInfo.sol";
import {BootEvidence} from "./BootEvidence.sol";
import {IAppAuth} from "./IAppAuth.sol";
import {IAppAuthManagement} from "./IAppAuthManagement.sol";
import {IDstackApp} from "./IDstackApp.sol";
import {IDstackEvidence} from "./IDstackEvidence.sol";
import {TcbStatusText} from "./TcbStatusText.sol";

/// @title A dstack app
/// @notice Deployed once; each app is a clone of it, which nobody can upgrade.
contract DstackApp is IDstackApp, Ownable2Step, Initializable, ERC165 {
    /// @inheritdoc IDstackApp
    /// @dev In the code that all clones share.
    IDstackEvidence public immutable EVIDENCE;

    /// @dev dstack's management interface of later versions: the four functions, the two settings, their getters, owner and
    /// version. It has no name of its own there.
    bytes4 private constant LATER_MANAGEMENT =
        type(IAppAuthManagement).interfaceId ^
            IDstackApp.setAllowAnyDevice.selector ^
            IDstackApp.setRequireTcbUpToDate.selector ^
            IDstackApp.allowedComposeHashes.selector ^
            IDstackApp.allowedDeviceIds.selector ^
            IDstackApp.allowAnyDevice.selector ^
            IDstackApp.requireTcbUpToDate.selector ^
            Ownable.owner.selector ^
            IDstackApp.version.selector;

    /// @inheritdoc IDstackApp
    mapping(bytes32 composeHash => bool) public allowedComposeHashes;
    /// @inheritdoc IDstackApp
    mapping(bytes32 deviceId => bool) public allowedDeviceIds;
    /// @inheritdoc IDstackApp
    bool public allowAnyDevice;
    /// @inheritdoc IDstackApp
    bool public requireTcbUpToDate;
    /// @inheritdoc IDstackApp
    BootEvidence public evidence;

    /// @dev What is deployed itself belongs to nobody and is no app: it allows nothing.
    constructor(IDstackEvidence evidence_) Ownable(address(this)) {
        EVIDENCE = evidence_;
        _disableInitializers();
    }

    /// @inheritdoc IDstackApp
    function initialize(
        address firstOwner,
        bool upgradesDisabled,
        bool upToDateRequired,
        bool anyDeviceAllowed,
        bytes32 firstDevice,
        bytes32 firstComposeHash
    ) external initializer {
        require(firstOwner != address(0), OwnerIsZero());
        _transferOwnership(firstOwner);
        requireTcbUpToDate = upToDateRequired;
        allowAnyDevice = anyDeviceAllowed;
        if (upgradesDisabled) emit UpgradesDisabled();
        if (firstDevice != 0) _setDevice(firstDevice, true);
        if (firstComposeHash != 0) _setComposeHash(firstComposeHash, true);
    }

    /// @inheritdoc IAppAuthManagement
    function addComposeHash(bytes32 composeHash) external onlyOwner {
        require(composeHash != 0, ComposeHashIsZero());
        _setComposeHash(composeHash, true);
    }

    /// @inheritdoc IAppAuthManagement
    function removeComposeHash(bytes32 composeHash) external onlyOwner {
        _setComposeHash(composeHash, false);
    }

    /// @inheritdoc IAppAuthManagement
    function addDevice(bytes32 deviceId) external onlyOwner {
        require(deviceId != 0, DeviceIsZero());
        _setDevice(deviceId, true);
    }

    /// @inheritdoc IAppAuthManagement
    function removeDevice(bytes32 deviceId) external onlyOwner {
        _setDevice(deviceId, false);
    }

    /// @inheritdoc IDstackApp
    function setAllowAnyDevice(bool allowAny) external onlyOwner {
        allowAnyDevice = allowAny;
        emit AllowAnyDeviceSet(allowAny);
    }

    /// @inheritdoc IDstackApp
    function setRequireTcbUpToDate(bool requireUpToDate) external onlyOwner {
        requireTcbUpToDate = requireUpToDate;
        emit RequireTcbUpToDateSet(requireUpToDate);
    }

    /// @inheritdoc IDstackApp
    function disableUpgrades() external onlyOwner {
        emit UpgradesDisabled();
    }

    /// @inheritdoc IDstackApp
    function setEvidence(BootEvidence newEvidence) external onlyOwner {
        emit EvidenceSet(evidence, newEvidence);
        evidence = newEvidence;
    }

    /// @inheritdoc IAppAuth
    function isAppAllowed(AppBootInfo calldata bootInfo) external view returns (bool isAllowed, string memory reason) {
        if (requireTcbUpToDate && !TcbStatusText.isUpToDate(bootInfo.tcbStatus)) {
            return (false, "TCB status is not up to date");
        }
        if (!allowedComposeHashes[bootInfo.composeHash]) return (false, "Compose hash not allowed");
        if (!allowAnyDevice && !allowedDeviceIds[bootInfo.deviceId]) return (false, "Device not allowed");
        // With nothing demanded the registry is not asked, so that it can't stand in an app's way that doesn't want it.
        if (evidence != BootEvidence.Word) {
            reason = EVIDENCE.objectionTo(bootInfo, evidence, requireTcbUpToDate);
        }
        return (bytes(reason).length == 0, reason);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IAppAuth).interfaceId ||
            interfaceId == type(IAppAuthManagement).interfaceId ||
            interfaceId == LATER_MANAGEMENT ||
            super.supportsInterface(interfaceId);
    }

    /// @inheritdoc IDstackApp
    function version() external pure returns (uint256) {
        return 2;
    }

    function _setComposeHash(bytes32 composeHash, bool allowed) private {
        allowedComposeHashes[composeHash] = allowed;
        if (allowed) emit ComposeHashAdded(composeHash);
        else emit ComposeHashRemoved(composeHash);
    }

    function _setDevice(bytes32 deviceId, bool allowed) private {
        allowedDeviceIds[deviceId] = allowed;
        if (allowed) emit DeviceAdded(deviceId);
        else emit DeviceRemoved(deviceId);
    }
}
