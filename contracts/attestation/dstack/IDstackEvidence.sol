// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IAttestationRegistry} from "../registry/IAttestationRegistry.sol";
import {AppBootInfo} from "./AppBootInfo.sol";
import {BootEvidence} from "./BootEvidence.sol";
import {IDstackEventLog} from "./IDstackEventLog.sol";

/// @title What the attestation registry knows of dstack's machines and instances
/// @notice A dstack KMS names a machine and an instance by ids; the registry knows keys. Here anyone *binds* the one to the
/// other, and proves it. Nothing is decided at that time: whether a binding counts is asked of the registry at each
/// question, so that it lapses, falls and recovers with the key's attestation.
///
/// Objections begin with "Attestation: ", so that they can't be taken for dstack's own reasons.
interface IDstackEvidence {
    /// @notice A key that speaks for an instance, and what its evidence proved.
    /// @param key The key
    /// @param identity The code identity, in whatever form, that it must still be attested as
    /// @param atBoot Hash of what a KMS says of the guest when it asks for keys at boot, see {summaryOf}
    /// @param whenReady Hash of what a KMS says of it once it has booted
    struct Binding {
        address key;
        bytes32 identity;
        bytes32 atBoot;
        bytes32 whenReady;
    }

    /// @notice A key speaks for a machine.
    event DeviceBound(bytes32 indexed deviceId, address indexed oldKey, address indexed newKey);

    /// @notice A key speaks for an instance of an app on a machine.
    event InstanceBound(
        address indexed appId,
        address indexed instanceId,
        bytes32 indexed deviceId,
        address oldKey,
        address newKey,
        bytes32 identity
    );

    /// @notice Thrown when a key's evidence is of another kind than `intel.tdx`, whose platform is not a PPID.
    error KindNotTdx(bytes32 kind);
    /// @notice Thrown when a key is not attested now.
    /// @param reason The registry's
    error KeyNotAttested(address key, bytes32 reason);
    /// @notice Thrown when the key that speaks already is attested better, or for longer.
    error BetterBound(address boundKey, address key);
    /// @notice Thrown when nobody reads evidence of kind `intel.tdx`.
    error NoTdxReader();
    /// @notice Thrown when evidence proves nothing now.
    /// @param reason The verifier's
    error EvidenceInvalid(bytes32 reason);
    /// @notice Thrown when evidence is of another machine than the key is attested on.
    error PlatformDiffers(bytes32 attested, bytes32 found);
    /// @notice Thrown when evidence does not bind the key, as what it is attested as, to that challenge.
    error HolderDiffers(bytes32 expected, bytes32 found);
    /// @notice Thrown when an event log proves nothing of the evidence.
    error LogRefused(bytes32 defect);

    /// @notice Let an attested key speak for the machine that it was attested on. Anyone's: the registry says which machine
    /// that is. A key that counts gives way only to one that is at least as well attested, for at least as long.
    function bindDevice(address key) external returns (bytes32 deviceId);

    /// @notice Let an attested key speak for the instance that its evidence is of. Anyone's who has the evidence, as from the
    /// calldata of its submission. It is judged once more, by whoever reads evidence for the registry now; only that it is
    /// genuine matters here, and whether it is allowed is the registry's to say of the key.
    /// @param challenge The challenge that the evidence was made for, however long ago
    /// @param evidence As the verifier of TDs takes it
    /// @param log Its compact event log, see {IDstackEventLog}
    function bindInstance(address key, bytes32 challenge, bytes calldata evidence, bytes calldata log) external;

    /// @notice Why what a KMS says is not enough; empty where it is.
    /// @param bootInfo What it says
    /// @param needed What there must be
    /// @param upToDate Whether the attestation must be of the best confidence, which is for `UpToDate` alone
    function objectionTo(
        AppBootInfo calldata bootInfo,
        BootEvidence needed,
        bool upToDate
    ) external view returns (string memory objection);

    /// @notice The key that speaks for a machine; zero where none does. Whether it counts is for the registry to say.
    function keyOfDevice(bytes32 deviceId) external view returns (address);

    /// @notice Who speaks for an instance of an app on a machine; all zero where nobody does.
    function bindingOf(address appId, address instanceId, bytes32 deviceId) external view returns (Binding memory);

    /// @notice dstack's name for the machine with a PPID, which the registry has left-aligned.
    function deviceIdOf(bytes32 platform) external pure returns (bytes32);

    /// @notice The hash by which what a KMS says is compared with what was proven. The image's hash is not in it: dstack's
    /// name for the image is no measurement, and the image itself is in `mrSystem`.
    function summaryOf(
        address appId,
        bytes32 composeHash,
        address instanceId,
        bytes32 mrAggregated,
        bytes32 mrSystem
    ) external pure returns (bytes32);

    /// @notice Who knows which keys are attested.
    function REGISTRY() external view returns (IAttestationRegistry);

    /// @notice Who reads event logs.
    function EVENT_LOG() external view returns (IDstackEventLog);
}
