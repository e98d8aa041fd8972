// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IEvidenceVerifier} from "../../IEvidenceVerifier.sol";
import {Outcome} from "../../Outcome.sol";
import {ReportData} from "../../ReportData.sol";
import {Verdict} from "../../Verdict.sol";
import {ICpuReader} from "../ICpuReader.sol";
import {IEvidenceReader} from "../IEvidenceReader.sol";

/// @title What reading any CPU's evidence has in common
abstract contract CpuReader is ICpuReader {
    /// @inheritdoc ICpuReader
    IEvidenceVerifier public immutable VERIFIER;
    bytes32 private immutable KIND;

    constructor(IEvidenceVerifier verifier) {
        VERIFIER = verifier;
        KIND = verifier.kind();
    }

    /// @inheritdoc IEvidenceReader
    function read(
        bytes calldata evidence,
        uint256 allowances,
        bytes32,
        bytes calldata proof
    ) external returns (Findings memory) {
        (Findings memory findings, bytes32 second) = _interpret(VERIFIER.verify(evidence, allowances), proof);
        if (findings.outcome != Outcome.Invalid && second != 0) _refuteWith(findings, "SecondHalf");
        return findings;
    }

    /// @inheritdoc ICpuReader
    function interpret(
        Verdict calldata verdict,
        bytes calldata proof
    ) external view returns (Findings memory, bytes32) {
        return _interpret(verdict, proof);
    }

    /// @inheritdoc IEvidenceReader
    function epochOf(bytes32 ground) public view virtual returns (uint96);

    /// @inheritdoc IEvidenceReader
    function kind() external view returns (bytes32) {
        return KIND;
    }

    /// @dev What the vendor's later word on would concern a genuine verdict.
    function _groundOf(Verdict memory verdict) internal view virtual returns (bytes32);

    /// @dev The identity of a genuine report in the form asked for, or why it has none in it.
    function _identityOf(
        bytes memory report,
        bytes calldata proof
    ) internal view virtual returns (bytes32 reason, bytes32 identity);

    /// @dev What the code runs with.
    function _attributesOf(bytes memory report) internal pure virtual returns (bytes16);

    /// @dev Confidence of an accepted verdict, 1 to 5.
    function _confidenceOf(Verdict memory verdict) internal view virtual returns (uint8);

    /// @dev 32 bytes of a report at an offset; the caller knows them to be within it.
    function _word(bytes memory report, uint256 offset) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(report, 0x20), offset))
        }
    }

    /// @dev Keccak-256 of a stretch of a report; the caller knows it to be within it.
    function _hash(bytes memory report, uint256 offset, uint256 length) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(add(report, 0x20), offset), length)
        }
    }

    function _interpret(
        Verdict memory verdict,
        bytes calldata proof
    ) private view returns (Findings memory findings, bytes32 second) {
        findings.outcome = verdict.outcome;
        findings.reason = verdict.reason;
        if (verdict.outcome == Outcome.Invalid) return (findings, 0);
        bool known;
        (known, findings.holder, second) = ReportData.halves(verdict);
        // A verifier of another kind, or one that is wrong: what it says is not read.
        if (!known || verdict.kind != KIND) {
            _refuteWith(findings, "KindWrong");
            return (findings, 0);
        }
        bytes32 reason;
        (reason, findings.identity) = _identityOf(verdict.report, proof);
        if (reason != 0) {
            // Of good evidence as well, by a bad proof: so it must prove nothing.
            _refuteWith(findings, reason);
            return (findings, 0);
        }
        findings.status = verdict.status;
        findings.attributes = _attributesOf(verdict.report);
        findings.platform = verdict.platform;
        findings.reportHash = keccak256(verdict.report);
        findings.ground = _groundOf(verdict);
        findings.epoch = epochOf(findings.ground);
        findings.evaluationNumber = verdict.evaluationNumber;
        findings.validUntil = verdict.validUntil;
        findings.certificates = new bytes32[](1);
        findings.certificates[0] = verdict.certificate;
        findings.advisories = verdict.advisories;
        if (verdict.outcome == Outcome.Accepted) findings.confidence = _confidenceOf(verdict);
    }

    function _refuteWith(Findings memory findings, bytes32 reason) private pure {
        findings.outcome = Outcome.Invalid;
        findings.reason = reason;
    }
}
