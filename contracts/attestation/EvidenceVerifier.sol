// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IEvidenceVerifier} from "./IEvidenceVerifier.sol";
import {Verdict} from "./Verdict.sol";
import {X509Certificate} from "./intel/X509Certificate.sol";

/// @title What verifiers of all kinds of evidence have in common
/// @notice How a verdict is told, and what becomes of a call that failed: it either says by name what was wrong with the
/// evidence, or it ran out of gas. No verdict may depend on how much gas a caller chose to send, so then everything reverts.
abstract contract EvidenceVerifier is IEvidenceVerifier {
    function _announce(Verdict memory verdict, uint256 allowances) internal {
        emit EvidenceJudged(
            verdict.platform,
            verdict.outcome,
            verdict.status,
            verdict.reason,
            verdict.validUntil,
            allowances,
            keccak256(verdict.report)
        );
    }

    /// @dev The error that a call failed with; zero where it failed without one.
    function _selectorOf(bytes memory failure) internal pure returns (bytes4) {
        return failure.length < 4 ? bytes4(0) : bytes4(failure);
    }

    /// @dev The reason in an error of {X509Certificate}; zero where it is another. No reason there is empty.
    function _refusalIn(bytes memory failure) internal pure returns (bytes32 reason) {
        if (_selectorOf(failure) != X509Certificate.CertificateRefused.selector) return 0;
        assembly ("memory-safe") {
            reason := mload(add(failure, 0x24))
        }
    }

    function _revertWith(bytes memory failure) internal pure {
        assembly ("memory-safe") {
            revert(add(failure, 0x20), mload(failure))
        }
    }
}
