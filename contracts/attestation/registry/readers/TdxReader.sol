// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {CollateralKey} from "../../intel/CollateralKey.sol";
import {TdxQuoteVerifier} from "../../intel/TdxQuoteVerifier.sol";
import {IIdentityProofs} from "../IIdentityProofs.sol";
import {IntelReader} from "./IntelReader.sol";

/// @title Intel TDs for the attestation registry
/// @notice Attributes are TDATTRIBUTES (8 bytes) and XFAM (8). An identity has one of three forms.
///
/// *Measured*, without a proof: Keccak-256 of abi.encode("pha.identity.tdx.measured.v1", h), h being the Keccak-256 of MRTD,
/// MRCONFIGID, MROWNER, MROWNERCONFIG and RTMR0 to RTMR3, as they stand in the report.
///
/// *Aggregated*, with the one byte 01 as the proof: that of abi.encode("pha.identity.tdx.aggregated.v1", m), m being what dstack
/// calls mr-aggregated: SHA-256 of MRTD and the RTMRs, then of the other three unless all of them are zero.
///
/// *Proven*, with 02 and a proof for {PROOFS}: that of abi.encode("pha.identity.tdx.proven.v1", p), p being what it says.
contract TdxReader is IntelReader {
    /// @notice What finds identities that follow from more than a report, such as an event log; may be zero.
    IIdentityProofs public immutable PROOFS;

    uint256 private constant TDATTRIBUTES = 120;
    /// @dev MRTD, then the three that whoever starts a TD may set, then the RTMRs: 48 bytes each.
    uint256 private constant MRTD = 136;
    uint256 private constant SETTINGS = 184;
    uint256 private constant SETTINGS_BYTES = 144;
    uint256 private constant RTMRS = 328;
    uint256 private constant RTMRS_BYTES = 192;
    uint256 private constant MEASURED_BYTES = 384;
    uint256 private constant REGISTER_BYTES = 48;

    bytes1 private constant AGGREGATED = 0x01;
    bytes1 private constant PROVEN = 0x02;
    bytes32 private constant ZERO_SETTINGS_HASH = keccak256(new bytes(SETTINGS_BYTES));

    constructor(TdxQuoteVerifier verifier, IIdentityProofs proofs) IntelReader(verifier, CollateralKey.TD_QE) {
        PROOFS = proofs;
    }

    function _identityOf(
        bytes memory report,
        bytes calldata proof
    ) internal view override returns (bytes32 reason, bytes32 identity) {
        if (proof.length == 0) {
            bytes32 measured = _hash(report, MRTD, MEASURED_BYTES);
            return (0, keccak256(abi.encode("pha.identity.tdx.measured.v1", measured)));
        }
        if (proof[0] == AGGREGATED && proof.length == 1) {
            return (0, keccak256(abi.encode("pha.identity.tdx.aggregated.v1", _aggregated(report))));
        }
        if (proof[0] != PROVEN || address(PROOFS) == address(0)) return ("ProofForm", 0);
        (reason, identity) = PROOFS.identityOf(report, proof[1:]);
        identity = keccak256(abi.encode("pha.identity.tdx.proven.v1", identity));
    }

    function _attributesOf(bytes memory report) internal pure override returns (bytes16) {
        return bytes16(_word(report, TDATTRIBUTES));
    }

    function _aggregated(bytes memory report) private pure returns (bytes32) {
        bytes memory registers = bytes.concat(_copy(report, MRTD, REGISTER_BYTES), _copy(report, RTMRS, RTMRS_BYTES));
        if (_hash(report, SETTINGS, SETTINGS_BYTES) == ZERO_SETTINGS_HASH) return sha256(registers);
        return sha256(bytes.concat(registers, _copy(report, SETTINGS, SETTINGS_BYTES)));
    }

    /// @dev A stretch of a report, which holds it.
    function _copy(bytes memory report, uint256 offset, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        assembly ("memory-safe") {
            mcopy(add(part, 0x20), add(add(report, 0x20), offset), length)
        }
    }
}
