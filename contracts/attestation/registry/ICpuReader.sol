// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEvidenceVerifier} from "../IEvidenceVerifier.sol";
import {Verdict} from "../Verdict.sol";
import {IEvidenceReader} from "./IEvidenceReader.sol";

/// @title A reader of a CPU's evidence
/// @notice On its own it demands that the second half of the report data be zero: a quote that was made for a machine with
/// GPUs does not serve as one without.
interface ICpuReader is IEvidenceReader {
    /// @notice What a verdict of this kind's verifier says. It is believed: have it from {VERIFIER}.
    /// @return findings All but what only GPUs have
    /// @return second The second half of the report data
    function interpret(
        Verdict calldata verdict,
        bytes calldata proof
    ) external view returns (Findings memory findings, bytes32 second);

    /// @notice Who judges the evidence.
    function VERIFIER() external view returns (IEvidenceVerifier);
}
