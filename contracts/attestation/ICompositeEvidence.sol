// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Outcome} from "./Outcome.sol";
import {Verdict} from "./Verdict.sol";
import {INvidiaGpuVerifier} from "./nvidia/INvidiaGpuVerifier.sol";

/// @title A confidential machine together with its GPUs
/// @notice The rule. A CPU's report data has two halves of 32 bytes: *holder*, by which the attested program commits to its
/// key (and to whatever else it wants to be held to), and *nonce*, which must be
///
///     SHA-256("pha.composite.gpu-nonce.v1" ‖ holder ‖ challenge)
///
/// Every GPU must have answered exactly that nonce. So its report can't serve a machine with another holder, nor, once
/// challenges are not repeated, the same one at another time.
///
/// What the rule rests on: the program in the CPU's report, whose measurement somebody has judged. A GPU answers anyone
/// who can reach it, so it is the program that must have opened an encrypted session to each GPU and have asked
/// for the report through it; a program that merely passes on reports that its host hands in proves nothing about where
/// these GPUs are.
///
/// All devices of one call are of one model, which the verdict names: an NVSwitch proves itself as a GPU does, and among GPUs
/// it would count as one. Whoever wants the switches of a machine judged too has that done by a second call, for the same
/// nonce. A model is that of the chip: an H100 and an H200 are both GH100, and boards are told apart by
/// INvidiaGpuVerifier.describe.
interface ICompositeEvidence {
    /// @notice What was found of a machine. Only `Outcome.Accepted` is worth anything: the other fields are then complete.
    /// @param outcome Whether CPU and GPUs are genuine, allowed, and belong together
    /// @param reason Short ASCII name of what is wrong; zero where nothing is
    /// @param position Which GPU it is wrong with, the first being 0; 2^256 - 1 where it is none in particular
    /// @param validUntil Last second at which all of it is valid
    /// @param holder First half of the CPU's report data
    /// @param platform The machine, as in the CPU's verdict
    /// @param devices The GPUs, in the order given, each once
    /// @param gpus Their verdicts
    /// @param model The model of all of them, such as GH100, left-aligned
    struct MachineVerdict {
        Outcome outcome;
        bytes32 reason;
        uint256 position;
        uint64 validUntil;
        bytes32 holder;
        bytes32 platform;
        bytes32[] devices;
        Verdict[] gpus;
        bytes32 model;
    }

    /// @notice Judge a machine now.
    /// @param cpu The verdict on the CPU's evidence. It is for the caller to have it from a verifier: here it is believed
    /// @param challenge What made the evidence fresh; whether it does is for the caller to say
    /// @param evidences That of each GPU, as INvidiaGpuVerifier takes it; 16 at most
    /// @param allowances For all GPUs, as INvidiaGpuVerifier defines them
    function judge(
        Verdict calldata cpu,
        bytes32 challenge,
        bytes[] calldata evidences,
        uint256 allowances
    ) external view returns (MachineVerdict memory);

    /// @notice Judge GPUs that were to answer one nonce, without a CPU: holder and platform stay 0. Accepted, they are as
    /// many devices as there are pieces of evidence, and nothing is said of where they are.
    /// @param nonce Whatever they were asked
    function judgeGpus(
        bytes32 nonce,
        bytes[] calldata evidences,
        uint256 allowances
    ) external view returns (MachineVerdict memory);

    /// @notice The nonce that all GPUs of a machine must have answered.
    function nonceFor(bytes32 holder, bytes32 challenge) external pure returns (bytes32);

    /// @notice Who judges the GPUs.
    function GPU_VERIFIER() external view returns (INvidiaGpuVerifier);
}
