// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IAttestedKeys} from "../IAttestedKeys.sol";
import {AppBootInfo} from "./AppBootInfo.sol";
import {BootEvidence} from "./BootEvidence.sol";

/// @title What the attestation registry knows of dstack's machines and instances
interface IDstackEvidence {
    /// @notice A key speaks for a machine.
    event DeviceBound(bytes32 indexed deviceId, address indexed key);

    /// @notice Thrown when a key is not attested now.
    /// @param reason The registry's
    error KeyNotAttested(address key, bytes32 reason);

    /// @notice Thrown when a key's evidence is of another kind than `intel.tdx`.
    error KindNotTdx(bytes32 kind);

    /// @notice Thrown when the key that speaks already counts as much or more.
    error BetterBound(bytes32 boundTo, address key);

    /// @notice Let an attested key speak for the machine that it was attested on. Anyone's: the registry says which machine that
    /// is. A key that counts now gives way only to one that is at least as well attested, for at least as long.
    function bindDevice(address key) external returns (bytes32 deviceId);

    /// @notice Why what a KMS says is not enough; empty where it is.
    /// @param bootInfo What it says
    /// @param needed What there must be
    /// @param upToDate Whether the attestation must be of the best confidence, `UpToDate`
    function objectionTo(
        AppBootInfo calldata bootInfo,
        BootEvidence needed,
        bool upToDate
    ) external view returns (string memory objection);

    /// @notice The key that speaks for a machine; zero where none does. Whether it counts is for the registry to say.
    function keyOfDevice(bytes32 deviceId) external view returns (address);

    /// @notice Who is asked.
    function REGISTRY() external view returns (IAttestedKeys);
}
