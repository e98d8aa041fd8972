// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ICompositeEvidence} from "./ICompositeEvidence.sol";
import {Outcome} from "./Outcome.sol";
import {ReportData} from "./ReportData.sol";
import {Verdict} from "./Verdict.sol";
import {INvidiaGpuVerifier} from "./nvidia/INvidiaGpuVerifier.sol";

/// @title A confidential machine together with its GPUs
/// @notice See {ICompositeEvidence}.
contract CompositeEvidence is ICompositeEvidence {
    /// @inheritdoc ICompositeEvidence
    INvidiaGpuVerifier public immutable GPU_VERIFIER;

    /// @dev Two boards of eight are the largest machines there are.
    uint256 private constant MAX_GPUS = 16;
    uint256 private constant NONE_IN_PARTICULAR = type(uint256).max;

    constructor(INvidiaGpuVerifier gpuVerifier) {
        GPU_VERIFIER = gpuVerifier;
    }

    /// @inheritdoc ICompositeEvidence
    function judge(
        Verdict calldata cpu,
        bytes32 challenge,
        bytes[] calldata evidences,
        uint256 allowances
    ) external view returns (MachineVerdict memory machine) {
        bytes32 nonce;
        (machine.reason, nonce) = _bindCpu(machine, cpu, challenge);
        if (machine.reason == 0) _judgeGpus(machine, nonce, evidences, allowances);
        else machine.position = NONE_IN_PARTICULAR;
    }

    /// @inheritdoc ICompositeEvidence
    function judgeGpus(
        bytes32 nonce,
        bytes[] calldata evidences,
        uint256 allowances
    ) external view returns (MachineVerdict memory machine) {
        machine.validUntil = type(uint64).max;
        _judgeGpus(machine, nonce, evidences, allowances);
    }

    /// @inheritdoc ICompositeEvidence
    function nonceFor(bytes32 holder, bytes32 challenge) public pure returns (bytes32) {
        return sha256(bytes.concat("pha.composite.gpu-nonce.v1", holder, challenge));
    }

    /// @dev Fills in what is left of `machine`, whose end of validity may come nearer.
    function _judgeGpus(
        MachineVerdict memory machine,
        bytes32 nonce,
        bytes[] calldata evidences,
        uint256 allowances
    ) private view {
        machine.position = NONE_IN_PARTICULAR;
        if (evidences.length == 0 || evidences.length > MAX_GPUS) {
            machine.reason = "GpuCount";
            return;
        }
        machine.devices = new bytes32[](evidences.length);
        machine.gpus = new Verdict[](evidences.length);
        for (uint256 i; i < evidences.length; ++i) {
            Verdict memory gpu = GPU_VERIFIER.judgeFor(evidences[i], allowances, nonce);
            machine.gpus[i] = gpu;
            machine.devices[i] = gpu.platform;
            if (i == 0) machine.model = gpu.platformModel;
            machine.reason = gpu.outcome == Outcome.Accepted ? _misfit(machine, i) : gpu.reason;
            if (machine.reason != 0) {
                machine.position = i;
                if (gpu.outcome == Outcome.Refused) machine.outcome = Outcome.Refused;
                return;
            }
            if (gpu.validUntil < machine.validUntil) machine.validUntil = gpu.validUntil;
        }
        machine.outcome = Outcome.Accepted;
    }

    function _bindCpu(
        MachineVerdict memory machine,
        Verdict memory cpu,
        bytes32 challenge
    ) private view returns (bytes32 reason, bytes32 nonce) {
        if (cpu.outcome != Outcome.Accepted) return ("CpuNotAccepted", 0);
        // A verdict may have been kept since it was given.
        if (block.timestamp > cpu.validUntil) return ("CpuExpired", 0);
        (bool known, bytes32 holder, bytes32 second) = ReportData.halves(cpu);
        if (!known) return ("CpuKind", 0);
        nonce = nonceFor(holder, challenge);
        if (second != nonce) return ("NonceUnbound", 0);
        machine.holder = holder;
        machine.platform = cpu.platform;
        machine.validUntil = cpu.validUntil;
    }

    /// @dev One device can't stand for two, whatever certificates its report keys have; nor a switch for a GPU.
    function _misfit(MachineVerdict memory machine, uint256 last) private pure returns (bytes32) {
        for (uint256 i; i < last; ++i) {
            if (machine.devices[i] == machine.devices[last]) return "GpuRepeated";
        }
        return machine.gpus[last].platformModel == machine.model ? bytes32(0) : bytes32("GpuModelsDiffer");
    }
}
