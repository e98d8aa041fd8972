// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAttestedKeys} from "../IAttestedKeys.sol";
import {Outcome} from "../Outcome.sol";
import {ReportData} from "../ReportData.sol";
import {Verdict} from "../Verdict.sol";
import {IAttestationRegistry} from "../registry/IAttestationRegistry.sol";
import {ICpuReader} from "../registry/ICpuReader.sol";
import {IEvidenceRouter} from "../registry/IEvidenceRouter.sol";
import {AppBootInfo} from "./AppBootInfo.sol";
import {BootEvidence} from "./BootEvidence.sol";
import {DstackBoot} from "./DstackBoot.sol";
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
    /// @param eventLog Who reads event logs.
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
    function bindInstance(address key, bytes32 challenge, bytes calldata evidence, bytes calldata log) external {
        IAttestedKeys.Standing memory standing = _standing(key);
        bytes memory report = _reportOf(key, standing, challenge, evidence);
        (bytes32 defect, DstackBoot memory boot) = EVENT_LOG.read(report, log);
        require(defect == 0, LogRefused(defect));
        bytes32 deviceId = deviceIdOf(standing.platform);
        Binding storage binding = _bindings[boot.appId][boot.instanceId][deviceId];
        address bound = binding.key;
        _requireNoBetter(bound, key, standing, binding.identity);
        emit InstanceBound(boot.appId, boot.instanceId, deviceId, bound, key, standing.identity);
        binding.key = key;
        binding.identity = standing.identity;
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

    /// @dev The report of genuine evidence that commits to the key as what it is attested as. Everything is compared in full
    /// with what the hardware signed: the registry keeps too few bytes of a report's hash to tell it from another by.
    function _reportOf(
        address key,
        IAttestedKeys.Standing memory standing,
        bytes32 challenge,
        bytes calldata evidence
    ) private view returns (bytes memory) {
        address reader = address(IEvidenceRouter(address(REGISTRY)).readerOf(TDX).reader);
        require(reader != address(0), NoTdxReader());
        Verdict memory verdict = ICpuReader(reader).VERIFIER().judge(evidence, 0);
        require(verdict.outcome != Outcome.Invalid, EvidenceInvalid(verdict.reason));
        require(verdict.kind == TDX, KindNotTdx(verdict.kind));
        require(verdict.platform == standing.platform, PlatformDiffers(standing.platform, verdict.platform));
        // Of this kind, report data is always there; the second half is the GPUs', which a CPU alone has none of.
        (, bytes32 holder, ) = ReportData.halves(verdict);
        bytes32 expected = REGISTRY.holderStatement(key, challenge, standing.identity, 0);
        require(holder == expected, HolderDiffers(expected, holder));
        return verdict.report;
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
