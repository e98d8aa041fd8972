// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IP384Verifier} from "../../cryptography/IP384Verifier.sol";
import {IEvidenceVerifier} from "../IEvidenceVerifier.sol";
import {Verdict} from "../Verdict.sol";
import {INvidiaCertificates} from "./INvidiaCertificates.sol";
import {INvidiaReferences} from "./INvidiaReferences.sol";

/// @title The verifier of NVIDIA's GPU reports
/// @notice Evidence is the id of the report key's certificate (32 bytes, see INvidiaCertificates), the hints for the
/// report's signature (6,288 bytes, see IP384Verifier), and the report: request and answer, as the driver gives them.
///
/// In a verdict `platform` is the device by the key of its own CA, which outlives firmware updates; `platformModel` such
/// as GH100; `report` is request and answer without the signature, in which the nonce stands at 4; `collateral` is
/// `nvidia.references` and `evaluationNumber` their epoch; `certificate` the report key's certificate.
interface INvidiaGpuVerifier is IEvidenceVerifier {
    /// @notice What a report says of its device.
    /// @param nonce The requester's nonce
    /// @param driverVersion Such as 580.159.03
    /// @param vbiosVersion Eight bytes: 00740096 20000000 is 96.00.74.00.20
    /// @param project The board, such as 1010
    /// @param projectSku Its variant, such as 0205
    /// @param chipSku The chip's variant, such as 862
    /// @param measurements The digests, 48 bytes each, the first of block 1
    struct Description {
        bytes32 nonce;
        bytes driverVersion;
        bytes8 vbiosVersion;
        bytes project;
        bytes projectSku;
        bytes chipSku;
        bytes measurements;
    }

    /// @notice Thrown by {describe} alone, when a report can't be read.
    error ReportUnreadable(bytes32 reason);

    /// @notice The verdict of {judge}, and moreover `Invalid` by `NonceWrong` where the report answers another nonce.
    function judgeFor(
        bytes calldata evidence,
        uint256 allowances,
        bytes32 nonce
    ) external view returns (Verdict memory);

    /// @notice What is in a verdict's `report`.
    function describe(bytes calldata report) external pure returns (Description memory);

    /// @notice Allow a driver or VBIOS without reference values: it is then known which device signed, but not whether
    /// what runs on it is what NVIDIA made. Bit 0 of the allowances.
    function ALLOW_UNKNOWN_REFERENCES() external view returns (uint256);

    /// @notice Where certificates are kept.
    function CERTIFICATES() external view returns (INvidiaCertificates);

    /// @notice Where reference values are kept.
    function REFERENCES() external view returns (INvidiaReferences);

    /// @notice Where signatures are verified.
    function SIGNATURES() external view returns (IP384Verifier);
}
