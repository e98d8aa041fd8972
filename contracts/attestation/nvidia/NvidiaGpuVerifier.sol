// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IP384Verifier} from "../../cryptography/IP384Verifier.sol";
import {Sha384} from "../../cryptography/Sha384.sol";

import {EvidenceVerifier} from "../EvidenceVerifier.sol";
import {IEvidenceVerifier} from "../IEvidenceVerifier.sol";
import {Outcome} from "../Outcome.sol";
import {TcbStatus} from "../TcbStatus.sol";
import {Verdict} from "../Verdict.sol";
import {INvidiaCertificates} from "./INvidiaCertificates.sol";
import {INvidiaGpuVerifier} from "./INvidiaGpuVerifier.sol";
import {INvidiaReferences} from "./INvidiaReferences.sol";
import {MeasurementComparison} from "./MeasurementComparison.sol";
import {OpaqueFields} from "./OpaqueFields.sol";
import {SpdmReport} from "./SpdmReport.sol";

/// @title The verifier of NVIDIA's GPU reports
/// @notice In the order it is checked: the report's form; its key's chain, which is valid and not out of use; its
/// signature; the firmware the key was derived for; and last the measurements. See {INvidiaGpuVerifier}.
contract NvidiaGpuVerifier is EvidenceVerifier, INvidiaGpuVerifier {
    /// @inheritdoc INvidiaGpuVerifier
    uint256 public constant ALLOW_UNKNOWN_REFERENCES = 1;

    /// @inheritdoc INvidiaGpuVerifier
    INvidiaCertificates public immutable CERTIFICATES;
    /// @inheritdoc INvidiaGpuVerifier
    INvidiaReferences public immutable REFERENCES;
    /// @inheritdoc INvidiaGpuVerifier
    IP384Verifier public immutable SIGNATURES;

    uint256 private constant HINT_BYTES = 6288;
    uint256 private constant REPORT_START = 32 + HINT_BYTES;

    constructor(INvidiaCertificates certificates, INvidiaReferences references) {
        CERTIFICATES = certificates;
        REFERENCES = references;
        SIGNATURES = certificates.VERIFIER();
    }

    /// @inheritdoc IEvidenceVerifier
    /// @dev There is nothing to keep: certificates are put in beforehand, since their keys' tables take transactions of
    /// their own.
    function verify(bytes calldata evidence, uint256 allowances) external returns (Verdict memory verdict) {
        verdict = _judge(evidence, allowances);
        _announce(verdict, allowances);
    }

    /// @inheritdoc IEvidenceVerifier
    function judge(bytes calldata evidence, uint256 allowances) external view returns (Verdict memory verdict) {
        return _judge(evidence, allowances);
    }

    /// @inheritdoc INvidiaGpuVerifier
    function judgeFor(
        bytes calldata evidence,
        uint256 allowances,
        bytes32 nonce
    ) external view returns (Verdict memory verdict) {
        // Looked at first, for it costs next to nothing. A report too short to hold a nonce gets its own name.
        if (evidence.length >= REPORT_START + 36 && bytes32(evidence[REPORT_START + 4:]) != nonce) {
            verdict.kind = kind();
            verdict.reason = "NonceWrong";
            return verdict;
        }
        return _judge(evidence, allowances);
    }

    /// @inheritdoc INvidiaGpuVerifier
    function describe(bytes calldata report) external pure returns (Description memory description) {
        // The signature is cut off in a verdict; what stands in its place is not read.
        (bytes32 reason, SpdmReport.Parts memory parts) = SpdmReport.parse(
            bytes.concat(report, new bytes(SpdmReport.SIGNATURE_BYTES))
        );
        require(reason == 0, ReportUnreadable(reason));
        OpaqueFields.Fields memory fields;
        (reason, fields) = OpaqueFields.parse(parts.opaque, parts.opaqueEnd);
        require(reason == 0, ReportUnreadable(reason));
        description.nonce = bytes32(report[4:36]);
        description.driverVersion = fields.driverVersion;
        description.vbiosVersion = fields.vbiosVersion;
        description.project = fields.project;
        description.projectSku = fields.projectSku;
        description.chipSku = fields.chipSku;
        description.measurements = SpdmReport.digests(parts);
    }

    /// @inheritdoc IEvidenceVerifier
    function kind() public pure returns (bytes32) {
        return "nvidia.gpu";
    }

    function _judge(bytes calldata evidence, uint256 allowances) private view returns (Verdict memory verdict) {
        verdict.kind = kind();
        if (evidence.length <= REPORT_START) {
            verdict.reason = "ReportTooShort";
            return verdict;
        }
        bytes memory report = evidence[REPORT_START:];
        SpdmReport.Parts memory parts;
        (verdict.reason, parts) = SpdmReport.parse(report);
        if (verdict.reason != 0) return verdict;
        OpaqueFields.Fields memory fields;
        (verdict.reason, fields) = OpaqueFields.parse(parts.opaque, parts.opaqueEnd);
        if (verdict.reason != 0) return verdict;

        bytes32 certificate = bytes32(evidence[:32]);
        INvidiaCertificates.ReportKey memory key;
        (verdict.reason, key) = CERTIFICATES.check(certificate);
        if (verdict.reason != 0) return verdict;
        verdict.reason = _checkSignature(evidence, report, key.keyHash);
        if (verdict.reason != 0) return verdict;
        // A report that names its firmware must name the one that its key was derived for.
        if (fields.firmware != 0 && fields.firmware != key.firmware) {
            verdict.reason = "FirmwareDiffers";
            return verdict;
        }

        // From here on the evidence is genuine, and the question is what it says.
        verdict.report = report;
        verdict.platform = key.device;
        verdict.platformModel = key.model;
        verdict.certificate = certificate;
        verdict.collateral = "nvidia.references";
        verdict.validUntil = key.validUntil;
        verdict.evaluationNumber = uint32(REFERENCES.epoch()); // one for each act of governance
        (verdict.reason, verdict.status) = _compare(parts, fields, key.model, allowances);
        verdict.outcome = verdict.reason == 0 ? Outcome.Accepted : Outcome.Refused;
    }

    /// @dev Cuts the signature off `report`, so that what is left is what is signed.
    function _checkSignature(
        bytes calldata evidence,
        bytes memory report,
        bytes32 keyHash
    ) private view returns (bytes32) {
        // Less than it was: memory-safe.
        assembly ("memory-safe") {
            mstore(report, sub(mload(report), 96))
        }
        (bytes32 head, bytes16 tail) = Sha384.digest(report);
        bytes calldata signature = evidence[evidence.length - SpdmReport.SIGNATURE_BYTES:];
        try SIGNATURES.verify(keyHash, head, tail, signature, evidence[32:REPORT_START]) returns (bool good) {
            return good ? bytes32(0) : bytes32("ReportSignature");
        } catch (bytes memory failure) {
            if (_selectorOf(failure) == IP384Verifier.KeyNotTabled.selector) return "ReportKeyNotTabled";
            _revertWith(failure);
        }
    }

    /// @dev The driver's set and the VBIOS's, and what they say of both.
    function _compare(
        SpdmReport.Parts memory parts,
        OpaqueFields.Fields memory fields,
        bytes32 model,
        uint256 allowances
    ) private view returns (bytes32 reason, TcbStatus status) {
        INvidiaReferences.ReferenceSet memory driver = REFERENCES.getSet(
            REFERENCES.driverId(model, fields.driverVersion)
        );
        INvidiaReferences.ReferenceSet memory vbios = REFERENCES.getSet(
            REFERENCES.vbiosId(fields.project, fields.projectSku, fields.chipSku, fields.vbiosVersion)
        );
        bool areKnown = driver.values != address(0) && vbios.values != address(0);
        // The allowance is for what is not known. What is known is compared all the same.
        if (!areKnown && allowances & ALLOW_UNKNOWN_REFERENCES == 0) {
            return (driver.values == address(0) ? bytes32("DriverUnknown") : bytes32("VbiosUnknown"), status);
        }
        uint256 named;
        if (driver.values != address(0)) {
            (reason, named) = MeasurementComparison.compare(parts, driver.values, fields.isDecoderOff, named);
            if (reason != 0) return (reason, status);
        }
        if (vbios.values != address(0)) {
            (reason, named) = MeasurementComparison.compare(parts, vbios.values, fields.isDecoderOff, named);
            if (reason != 0) return (reason, status);
        }
        // UpToDate, OutOfDate, Revoked: of these three the later is the worse, and None stands for no set.
        status = driver.status > vbios.status ? driver.status : vbios.status;
        if (status == TcbStatus.Revoked) return ("VersionRevoked", status);
        if (!areKnown && status == TcbStatus.UpToDate) status = TcbStatus.None;
    }
}
