// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Outcome} from "./Outcome.sol";
import {TcbStatus} from "./TcbStatus.sol";

/// @notice What a verifier found, of whatever kind the hardware is. Only `Outcome.Accepted` is worth anything: the
/// other fields are then complete, and until `validUntil` at the latest.
/// @param kind Which kind of evidence, such as `intel.tdx`
/// @param outcome Whether the evidence is genuine and allowed
/// @param status How well the platform is kept
/// @param reason Short ASCII name of what is wrong; zero where nothing is
/// @param validUntil Last second of the earliest window of all that went into the verdict
/// @param evaluationNumber Number of the vendor's evaluation the platform was judged by, the lower where there are two
/// @param platform The one machine: Intel's PPID, left-aligned
/// @param platformModel Its kind, by which the vendor's collateral is issued: Intel's FMSPC, left-aligned
/// @param collateral Under which key the vendor's collateral for this kind of platform is kept, to see whether newer has
/// come. What the vendor issues for all platforms is kept under a key of its own, which depends on `kind` alone: for
/// Intel the identity of the quoting enclave, `QE` for SGX and `TD_QE` for TDX. Watch both
/// @param certificate Under which id the platform's certificate is kept, to see whether it was revoked
/// @param advisories Names of the vendor's advisories that apply, each once
/// @param report The measured part exactly as signed: enclave or TD report
struct Verdict {
    bytes32 kind;
    Outcome outcome;
    TcbStatus status;
    bytes32 reason;
    uint64 validUntil;
    uint32 evaluationNumber;
    bytes32 platform;
    bytes32 platformModel;
    bytes32 collateral;
    bytes32 certificate;
    bytes32[] advisories;
    bytes report;
}
