// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ICompositeEvidence} from "../../ICompositeEvidence.sol";
import {Outcome} from "../../Outcome.sol";
import {TcbStatus} from "../../TcbStatus.sol";
import {Verdict} from "../../Verdict.sol";
import {INvidiaCertificates} from "../../nvidia/INvidiaCertificates.sol";
import {INvidiaReferences} from "../../nvidia/INvidiaReferences.sol";
import {ICpuReader} from "../ICpuReader.sol";
import {IEvidenceReader} from "../IEvidenceReader.sol";

/// @title A CPU with NVIDIA GPUs for the attestation registry
/// @notice Evidence is abi.encode(bytes, bytes[]): the CPU's, then each GPU's, 16 at most and all of one model. Allowances: the
/// lower 16 bits for the CPU's verifier, the upper for the GPUs'. The identity is the Keccak-256 of
/// abi.encode("pha.identity.composite.v1", the CPU's identity, the model). All else is the CPU's, or the worse of all parts: the
/// confidence, with 1 for a GPU whose driver and VBIOS are up to date by their references and 5 for any other; the end
/// of validity. The CPU's ground goes on with the epoch of the GPUs' references behind its own.
contract CompositeReader is IEvidenceReader {
    /// @notice Who reads the CPU's part.
    ICpuReader public immutable CPU;
    /// @notice Who judges GPUs, and says which nonce they must have answered.
    ICompositeEvidence public immutable COMPOSITE;

    uint256 private constant CPU_ALLOWANCES = 0xffff;
    uint256 private constant GPU_ALLOWANCES_SHIFT = 16;
    uint8 private constant EPOCH_SHIFT = 32;
    /// @dev NVIDIA names its GPUs' chips so, such as GH100 or GB202; an NVSwitch is an LS10, and no GPU.
    bytes1 private constant GPU_INITIAL = "G";
    uint8 private constant BEST = 1;
    uint8 private constant WORST = 5;

    INvidiaCertificates private immutable CERTIFICATES;
    INvidiaReferences private immutable REFERENCES;
    bytes32 private immutable KIND;

    /// @param kind_ Such as `intel.tdx+nvidia.gpu`; another than the CPU's own.
    constructor(bytes32 kind_, ICpuReader cpu, ICompositeEvidence composite) {
        KIND = kind_;
        CPU = cpu;
        COMPOSITE = composite;
        CERTIFICATES = composite.GPU_VERIFIER().CERTIFICATES();
        REFERENCES = composite.GPU_VERIFIER().REFERENCES();
    }

    /// @inheritdoc IEvidenceReader
    function read(
        bytes calldata evidence,
        uint256 allowances,
        bytes32 challenge,
        bytes calldata proof
    ) external returns (Findings memory findings) {
        (bytes memory cpuEvidence, bytes[] memory gpuEvidence) = abi.decode(evidence, (bytes, bytes[]));
        bytes32 second;
        (findings, second) = CPU.interpret(CPU.VERIFIER().verify(cpuEvidence, allowances & CPU_ALLOWANCES), proof);
        if (findings.outcome == Outcome.Invalid) return findings;
        if (second != COMPOSITE.nonceFor(findings.holder, challenge)) return _refuted(findings, "NonceUnbound");
        // Also of a CPU that is refused: only with all of its GPUs it is the machine that was attested.
        ICompositeEvidence.MachineVerdict memory machine = COMPOSITE.judgeGpus(
            second,
            gpuEvidence,
            allowances >> GPU_ALLOWANCES_SHIFT
        );
        if (machine.outcome != Outcome.Accepted) return _refuted(findings, machine.reason);
        return _join(findings, machine);
    }

    /// @inheritdoc IEvidenceReader
    function groundProblem(bytes32 ground, uint96 epoch) external view returns (bytes32) {
        return CPU.groundProblem(ground, epoch >> EPOCH_SHIFT);
    }

    /// @inheritdoc IEvidenceReader
    function certificateProblem(bytes32 certificate) external view returns (bytes32 problem) {
        if (!CERTIFICATES.has(certificate)) return CPU.certificateProblem(certificate);
        (problem, ) = CERTIFICATES.check(certificate);
        if (problem != "CertificateRevoked" && problem != "CertificateOnHold") return 0;
    }

    /// @inheritdoc IEvidenceReader
    function epochOf(bytes32 ground) public view returns (uint96) {
        // One step for each act of governance: 32 bits last.
        return (CPU.epochOf(ground) << EPOCH_SHIFT) | uint32(REFERENCES.epoch());
    }

    /// @inheritdoc IEvidenceReader
    function kind() external view returns (bytes32) {
        return KIND;
    }

    /// @dev The CPU's findings, brought down to those of the weakest GPU.
    function _join(
        Findings memory findings,
        ICompositeEvidence.MachineVerdict memory machine
    ) private view returns (Findings memory) {
        uint256 count = machine.gpus.length;
        bytes32 model = machine.gpus[0].platformModel;
        if (model[0] != GPU_INITIAL) return _refuted(findings, "NotAGpu");
        bytes32[] memory certificates = new bytes32[](count + 1);
        certificates[0] = findings.certificates[0];
        for (uint256 i; i < count; ++i) {
            Verdict memory gpu = machine.gpus[i];
            if (gpu.platformModel != model) return _refuted(findings, "ModelsDiffer");
            certificates[i + 1] = gpu.certificate;
            uint8 confidence = gpu.status == TcbStatus.UpToDate ? BEST : WORST;
            // A CPU that is refused has a confidence of zero, and stays as it is.
            if (findings.confidence != 0 && confidence > findings.confidence) {
                findings.confidence = confidence;
                findings.status = gpu.status;
            }
        }
        findings.certificates = certificates;
        findings.deviceCount = uint8(count); // 16 at most
        findings.deviceModel = model;
        findings.devices = sha256(abi.encodePacked(machine.devices));
        findings.identity = keccak256(abi.encode("pha.identity.composite.v1", findings.identity, model));
        findings.epoch = epochOf(findings.ground);
        if (machine.validUntil < findings.validUntil) findings.validUntil = machine.validUntil;
        return findings;
    }

    /// @dev Anyone can bring other GPUs' evidence, genuine and refused, with a CPU's: so whatever is wrong with GPUs
    /// proves nothing about the machine.
    function _refuted(Findings memory findings, bytes32 reason) private pure returns (Findings memory) {
        findings.outcome = Outcome.Invalid;
        findings.reason = reason;
        return findings;
    }
}
