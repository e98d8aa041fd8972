// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAttestedKeys} from "../IAttestedKeys.sol";
import {IAttestationRegistry} from "../registry/IAttestationRegistry.sol";
import {AppBootInfo} from "./AppBootInfo.sol";
import {BootEvidence} from "./BootEvidence.sol";
import {DstackBoot} from "./DstackBoot.sol";
import {DstackIdentity} from "./DstackIdentity.sol";
import {IDstackEventLog} from "./IDstackEventLog.sol";
import {IDstackEvidence} from "./IDstackEvidence.sol";

/// @title What the attestation registry knows of dstack's machines and instances
contract DstackEvidence is IDstackEvidence {
    bytes32 private constant TDX = "intel.tdx";
    uint8 private constant BEST_CONFIDENCE = 1;

    /// @inheritdoc IDstackEvidence
    IAttestationRegistry public immutable REGISTRY;
    /// @inheritdoc IDstackEvidence
    IDstackEventLog public immutable EVENT_LOG;

    /// @inheritdoc IDstackEvidence
    mapping(bytes32 deviceId => address) public keyOfDevice;
    /// @dev By machine as well: an instance's id is in the hands of the guest's host, who could put the id of another's
    /// instance into a guest of his own; on his own machine he may.
    mapping(address appId => mapping(address instanceId => mapping(bytes32 deviceId => Binding))) private _bindings;

    /// @param registry Who knows which keys are attested.
    /// @param eventLog Who reads event logs; the one by which the registry's identities of dstack guests are made.
    constructor(IAttestationRegistry registry, IDstackEventLog eventLog) {
        REGISTRY = registry;
        EVENT_LOG = eventLog;
    }

    /// @inheritdoc IDstackEvidence
    function bindDevice(address key) external returns (bytes32 deviceId) {
        IAttestedKeys.Standing memory standing = _standing(key);
        deviceId = deviceIdOf(standing.platform);
        address bound = keyOfDevice[deviceId];
        _requireNoBetter(bound, key, standing, 0);
        keyOfDevice[deviceId] = key;
        emit DeviceBound(deviceId, bound, key);
    }

    /// @inheritdoc IDstackEvidence
    function bindInstance(address key, bytes calldata report, bytes calldata log) external {
        IAttestedKeys.Standing memory standing = _standing(key);
        // 96 bits of a hash whose preimage the hardware signs. Whoever found another report for it could name another instance
        // of the same app, on the same machine, with the same code: all of these are compared in full.
        require(bytes12(keccak256(report)) == REGISTRY.recordOf(key).reportTag, ReportDiffers(key));
        (bytes32 defect, DstackBoot memory boot) = EVENT_LOG.read(report, log);
        require(defect == 0, LogRefused(defect));
        bytes32 identity = DstackIdentity.derive(boot);
        require(identity == standing.identity, IdentityNotAttested(standing.identity, identity));
        bytes32 deviceId = deviceIdOf(standing.platform);
        Binding storage binding = _bindings[boot.appId][boot.instanceId][deviceId];
        address bound = binding.key;
        _requireNoBetter(bound, key, standing, binding.identity);
        emit InstanceBound(boot.appId, boot.instanceId, deviceId, bound, key, identity);
        binding.key = key;
        binding.identity = identity;
        binding.atBoot = summaryOf(
            boot.appId,
            boot.composeHash,
            boot.instanceId,
            boot.bootMrAggregated,
            boot.bootMrSystem
        );
        binding.whenReady = summaryOf(boot.appId, boot.composeHash, boot.instanceId, boot.mrAggregated, boot.mrSystem);
    }

    /// @inheritdoc IDstackEvidence
    function objectionTo(
        AppBootInfo calldata bootInfo,
        BootEvidence needed,
        bool upToDate
    ) external view returns (string memory objection) {
        if (needed == BootEvidence.Word) return "";
        address key = keyOfDevice[bootInfo.deviceId];
        bytes32 identity = 0;
        if (needed == BootEvidence.Instance) {
            Binding storage binding = _bindings[bootInfo.appId][bootInfo.instanceId][bootInfo.deviceId];
            (key, identity) = (binding.key, binding.identity);
            bytes32 said = summaryOf(
                bootInfo.appId,
                bootInfo.composeHash,
                bootInfo.instanceId,
                bootInfo.mrAggregated,
                bootInfo.mrSystem
            );
            if (key != address(0) && said != binding.atBoot && said != binding.whenReady) {
                return "Attestation: the instance is attested as something else";
            }
        }
        if (key == address(0)) {
            return
                needed == BootEvidence.Device
                    ? "Attestation: no key is bound to the device"
                    : "Attestation: no key is bound to the instance";
        }
        IAttestedKeys.Standing memory standing = REGISTRY.standingOf(key);
        if (!standing.attested) return "Attestation: the bound key is not attested now";
        if (!_speaksFor(standing, bootInfo.deviceId, identity)) {
            return "Attestation: the bound key is now attested as something else";
        }
        if (upToDate && standing.confidence != BEST_CONFIDENCE) return "Attestation: the platform is not up to date";
        return "";
    }

    /// @inheritdoc IDstackEvidence
    function bindingOf(address appId, address instanceId, bytes32 deviceId) external view returns (Binding memory) {
        return _bindings[appId][instanceId][deviceId];
    }

    /// @inheritdoc IDstackEvidence
    function deviceIdOf(bytes32 platform) public pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes16(platform)));
    }

    /// @inheritdoc IDstackEvidence
    function summaryOf(
        address appId,
        bytes32 composeHash,
        address instanceId,
        bytes32 mrAggregated,
        bytes32 mrSystem
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(appId, composeHash, instanceId, mrAggregated, mrSystem));
    }

    /// @dev The standing of a key that counts now and whose platform is a PPID.
    function _standing(address key) private view returns (IAttestedKeys.Standing memory standing) {
        standing = REGISTRY.standingOf(key);
        require(standing.attested, KeyNotAttested(key, standing.reason));
        require(standing.kind == TDX, KindNotTdx(standing.kind));
    }

    /// @dev Keeps anyone from putting a key that lapses soon, or is judged worse, in the place of one that counts. A key may
    /// always be bound anew itself.
    function _requireNoBetter(
        address bound,
        address key,
        IAttestedKeys.Standing memory standing,
        bytes32 identity
    ) private view {
        if (bound == address(0) || bound == key) return;
        IAttestedKeys.Standing memory before = REGISTRY.standingOf(bound);
        if (!before.attested || !_speaksFor(before, deviceIdOf(standing.platform), identity)) return;
        require(
            standing.confidence <= before.confidence && standing.validUntil >= before.validUntil,
            BetterBound(bound, key)
        );
    }

    /// @dev Whether a key's attestation is still of the machine that it was bound to and, unless that is zero, of the identity.
    function _speaksFor(
        IAttestedKeys.Standing memory standing,
        bytes32 deviceId,
        bytes32 identity
    ) private pure returns (bool) {
        return
            standing.kind == TDX &&
            deviceIdOf(standing.platform) == deviceId &&
            (identity == 0 || standing.identity == identity);
    }
}
