// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {CalendarTime} from "../../cryptography/CalendarTime.sol";
import {DerCursor} from "../../cryptography/DerCursor.sol";
import {IP384Verifier} from "../../cryptography/IP384Verifier.sol";
import {Sha384} from "../../cryptography/Sha384.sol";

import {EvidenceVerifier} from "../EvidenceVerifier.sol";
import {IEvidenceVerifier} from "../IEvidenceVerifier.sol";
import {Outcome} from "../Outcome.sol";
import {TcbStatus} from "../TcbStatus.sol";
import {Verdict} from "../Verdict.sol";
import {AmdProductLine} from "./AmdProductLine.sol";
import {EndorsementExtensions} from "./EndorsementExtensions.sol";
import {IAmdCertificates} from "./IAmdCertificates.sol";
import {ISnpFloors} from "./ISnpFloors.sol";
import {ISnpVerifier} from "./ISnpVerifier.sol";
import {SnpPolicyBits} from "./SnpPolicyBits.sol";
import {SnpReport} from "./SnpReport.sol";

/// @title Attestation reports of AMD SEV-SNP guests
/// @notice The chain of trust, in the order it is checked: the report's form; the certificate of the key that signed it,
/// with its issuer, the root and the root's revocation list; that certificate and report name the same chip, TCB and
/// product; the report's signature; and last what is allowed.
contract SnpVerifier is EvidenceVerifier, ISnpVerifier {
    /// @notice Where AMD's certificates and revocation lists are kept.
    IAmdCertificates public immutable CERTIFICATES;
    /// @notice What governance demands.
    ISnpFloors public immutable FLOORS;
    /// @notice Checks signatures of keys whose tables are proven.
    IP384Verifier public immutable SIGNATURES;

    /// @inheritdoc ISnpVerifier
    uint256 public constant ALLOW_DEBUG = 1;
    /// @inheritdoc ISnpVerifier
    uint256 public constant ALLOW_MIGRATION = 2;
    /// @inheritdoc ISnpVerifier
    uint256 public constant ALLOW_MASKED_CHIP = 4;
    /// @inheritdoc ISnpVerifier
    uint256 public constant ALLOW_LOADED_KEY = 8;
    /// @inheritdoc ISnpVerifier
    uint256 public constant ALLOW_LOWER_VMPL = 16;
    /// @inheritdoc ISnpVerifier
    uint256 public constant ALLOW_STALE_REVOCATION = 32;

    uint256 private constant HINTS_END = SnpReport.BYTES + 6288;
    uint256 private constant ID_BYTES = 32;
    /// @dev Real ones have 1,400 bytes at most. The bound keeps what a bad one can cost small.
    uint256 private constant MAX_CERTIFICATE_BYTES = 4096;

    constructor(IAmdCertificates certificates, ISnpFloors floors, IP384Verifier signatures) {
        CERTIFICATES = certificates;
        FLOORS = floors;
        SIGNATURES = signatures;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(bytes calldata evidence, uint256 allowances) external returns (Verdict memory verdict) {
        bytes memory report;
        (verdict, report) = _begin(evidence);
        if (verdict.reason == 0) {
            (bytes32 id, IAmdCertificates.Endorsement memory endorsement, bool kept) = _examine(evidence, verdict);
            if (verdict.reason == 0) {
                _judge(evidence, report, id, endorsement, allowances, verdict);
                if (!kept && verdict.outcome != Outcome.Invalid) {
                    CERTIFICATES.keepExaminedEndorsement(id, endorsement);
                }
            }
        }
        _announce(verdict, allowances);
    }

    /// @inheritdoc IEvidenceVerifier
    function judge(bytes calldata evidence, uint256 allowances) external view returns (Verdict memory verdict) {
        bytes memory report;
        (verdict, report) = _begin(evidence);
        if (verdict.reason != 0) return verdict;
        (bytes32 id, IAmdCertificates.Endorsement memory endorsement) = _read(evidence, verdict);
        if (verdict.reason != 0) return verdict;
        _judge(evidence, report, id, endorsement, allowances, verdict);
    }

    /// @inheritdoc IEvidenceVerifier
    function kind() public pure returns (bytes32) {
        return "amd.sev-snp";
    }

    function _begin(bytes calldata evidence) private pure returns (Verdict memory verdict, bytes memory report) {
        verdict.kind = kind();
        if (evidence.length < HINTS_END + ID_BYTES) {
            verdict.reason = "EvidenceTooShort";
        } else if (evidence.length > HINTS_END + 1 + MAX_CERTIFICATE_BYTES) {
            verdict.reason = "CertificateTooLong";
        } else {
            report = evidence[:SnpReport.SIGNED_BYTES];
            verdict.reason = SnpReport.defectOf(report, evidence[SnpReport.SIGNED_BYTES:SnpReport.BYTES]);
        }
    }

    function _judge(
        bytes calldata evidence,
        bytes memory report,
        bytes32 id,
        IAmdCertificates.Endorsement memory endorsement,
        uint256 allowances,
        Verdict memory verdict
    ) private view {
        uint256 validUntil;
        bytes32 listProblem;
        (verdict.reason, validUntil, listProblem) = CERTIFICATES.checkEndorsement(endorsement);
        if (verdict.reason != 0) return;
        bytes32 chip = SnpReport.chipHash(report);
        verdict.reason = _mismatch(report, chip, endorsement);
        if (verdict.reason != 0) return;
        verdict.reason = _checkSignature(evidence, report, endorsement.key);
        if (verdict.reason != 0) return;

        // From here on the evidence is genuine, and the question is what it says.
        verdict.outcome = Outcome.Refused;
        verdict.report = report;
        verdict.certificate = id;
        verdict.platformModel = AmdProductLine.nameOf(endorsement.product);
        verdict.collateral = bytes32(uint256(endorsement.product));
        verdict.validUntil = uint64(validUntil); // times are kept in 32 bits
        if (endorsement.kind == IAmdCertificates.KeyKind.Vcek) verdict.platform = endorsement.holder;
        else if (chip != EndorsementExtensions.MASKED_CHIP) verdict.platform = chip;

        ISnpFloors.Floor memory floor;
        (floor, verdict.evaluationNumber) = FLOORS.floorOf(endorsement.product);
        verdict.status = _reachesTcb(report, floor.tcb) ? TcbStatus.UpToDate : TcbStatus.OutOfDate;
        if (listProblem != 0 && allowances & ALLOW_STALE_REVOCATION == 0) verdict.reason = listProblem;
        else verdict.reason = _notAllowed(report, chip, endorsement.kind, allowances);
        if (verdict.reason == 0) verdict.reason = _belowFloor(report, floor, verdict.status);
        if (verdict.reason == 0) verdict.outcome = Outcome.Accepted;
    }

    /// @dev Where report and certificate contradict each other. A masked chip id contradicts nothing; whether it is
    /// allowed is asked later.
    function _mismatch(
        bytes memory report,
        bytes32 chip,
        IAmdCertificates.Endorsement memory endorsement
    ) private pure returns (bytes32) {
        bool chipKey = endorsement.kind == IAmdCertificates.KeyKind.Vcek;
        if (SnpReport.signingKey(report) != (chipKey ? SnpReport.SIGNED_BY_VCEK : SnpReport.SIGNED_BY_VLEK)) {
            return "SigningKeyMismatch";
        }
        if (chipKey && chip != endorsement.holder && chip != EndorsementExtensions.MASKED_CHIP) return "ChipMismatch";
        if (SnpReport.read64(report, SnpReport.REPORTED_TCB) != endorsement.tcb) return "TcbMismatch";
        if (!SnpReport.isOfProduct(report, endorsement.product)) return "ProductMismatch";
        return 0;
    }

    function _checkSignature(bytes calldata evidence, bytes memory report, bytes32 key) private view returns (bytes32) {
        (bytes32 digestHead, bytes16 digestTail) = Sha384.digest(report);
        bytes memory signature = SnpReport.signatureOf(evidence[SnpReport.SIGNED_BYTES:SnpReport.BYTES]);
        bytes calldata hints = evidence[SnpReport.BYTES:HINTS_END];
        try SIGNATURES.verify(key, digestHead, digestTail, signature, hints) returns (bool valid) {
            return valid ? bytes32(0) : bytes32("ReportSignature");
        } catch (bytes memory failure) {
            if (_selectorOf(failure) == IP384Verifier.KeyNotTabled.selector) return "KeyNotTabled";
            _revertWith(failure);
        }
    }

    /// @dev What is refused unless the caller allows it.
    function _notAllowed(
        bytes memory report,
        bytes32 chip,
        IAmdCertificates.KeyKind keyKind,
        uint256 allowances
    ) private pure returns (bytes32) {
        uint256 policy = SnpReport.read64(report, SnpReport.POLICY);
        if (policy & SnpPolicyBits.DEBUG != 0 && allowances & ALLOW_DEBUG == 0) return "Debug";
        if (policy & SnpPolicyBits.MIGRATE_MA != 0 && allowances & ALLOW_MIGRATION == 0) return "Migration";
        if (keyKind == IAmdCertificates.KeyKind.Vlek && allowances & ALLOW_LOADED_KEY == 0) return "LoadedKey";
        if (chip == EndorsementExtensions.MASKED_CHIP && allowances & ALLOW_MASKED_CHIP == 0) return "MaskedChip";
        if (SnpReport.read32(report, SnpReport.VMPL) != 0 && allowances & ALLOW_LOWER_VMPL == 0) return "LowerVmpl";
        return 0;
    }

    /// @dev The firmware that runs, the level it vouches for, the one it can't be rolled back below, and the one under
    /// which the guest was measured.
    function _reachesTcb(bytes memory report, uint256 floor) private pure returns (bool) {
        return
            SnpReport.reaches(SnpReport.read64(report, SnpReport.CURRENT_TCB), floor) &&
            SnpReport.reaches(SnpReport.read64(report, SnpReport.REPORTED_TCB), floor) &&
            SnpReport.reaches(SnpReport.read64(report, SnpReport.COMMITTED_TCB), floor) &&
            SnpReport.reaches(SnpReport.read64(report, SnpReport.LAUNCH_TCB), floor);
    }

    /// @dev What governance refuses. A report of a version without mitigation vectors has zeros there.
    function _belowFloor(
        bytes memory report,
        ISnpFloors.Floor memory floor,
        TcbStatus status
    ) private pure returns (bytes32) {
        if (status != TcbStatus.UpToDate) return "TcbBelowFloor";
        if (SnpReport.versionOf(report) < floor.reportVersion) return "VersionBelowFloor";
        uint256 policy = SnpReport.read64(report, SnpReport.POLICY);
        if (policy & 0xffff < floor.abi) return "AbiBelowFloor";
        if (policy & floor.policySet != floor.policySet || policy & floor.policyClear != 0) return "GuestPolicy";
        uint256 platform = SnpReport.read64(report, SnpReport.PLATFORM_INFO);
        if (platform & floor.platformSet != floor.platformSet || platform & floor.platformClear != 0) {
            return "PlatformInfo";
        }
        if (
            floor.launchMitigations & ~SnpReport.read64(report, SnpReport.LAUNCH_MITIGATIONS) != 0 ||
            floor.currentMitigations & ~SnpReport.read64(report, SnpReport.CURRENT_MITIGATIONS) != 0
        ) return "Mitigations";
        return 0;
    }

    function _examine(
        bytes calldata evidence,
        Verdict memory verdict
    ) private returns (bytes32 id, IAmdCertificates.Endorsement memory endorsement, bool kept) {
        if (evidence.length == HINTS_END + ID_BYTES) {
            (id, endorsement) = _read(evidence, verdict);
            return (id, endorsement, true);
        }
        uint256 authority = uint8(evidence[HINTS_END]);
        try CERTIFICATES.examineEndorsement(authority, evidence[HINTS_END + 1:]) returns (
            bytes32 examined,
            IAmdCertificates.Endorsement memory found,
            bool known
        ) {
            return (examined, found, known);
        } catch (bytes memory failure) {
            verdict.reason = _reasonOf(failure);
        }
    }

    function _read(
        bytes calldata evidence,
        Verdict memory verdict
    ) private view returns (bytes32 id, IAmdCertificates.Endorsement memory endorsement) {
        if (evidence.length == HINTS_END + ID_BYTES) {
            id = bytes32(evidence[HINTS_END:]);
            try CERTIFICATES.getEndorsement(id) returns (IAmdCertificates.Endorsement memory found) {
                endorsement = found;
            } catch (bytes memory failure) {
                verdict.reason = _reasonOf(failure);
            }
            return (id, endorsement);
        }
        uint256 authority = uint8(evidence[HINTS_END]);
        try CERTIFICATES.readEndorsement(authority, evidence[HINTS_END + 1:]) returns (
            bytes32 examined,
            IAmdCertificates.Endorsement memory found
        ) {
            return (examined, found);
        } catch (bytes memory failure) {
            verdict.reason = _reasonOf(failure);
        }
    }

    /// @dev The name of what is wrong with a certificate.
    function _reasonOf(bytes memory failure) private pure returns (bytes32 reason) {
        reason = _refusalIn(failure);
        if (reason != 0) return reason;
        bytes4 selector = _selectorOf(failure);
        if (selector == IAmdCertificates.CertificateUnknown.selector) return "CertificateUnknown";
        if (selector == IAmdCertificates.SignatureInvalid.selector) return "CertificateSignature";
        if (selector == IAmdCertificates.IssuerUnknown.selector) return "CertificateIssuer";
        if (selector == IAmdCertificates.OutsideValidity.selector) return "CertificateOutsideValidity";
        if (selector == DerCursor.MalformedDer.selector || selector == CalendarTime.MalformedDate.selector) {
            return "CertificateMalformed";
        }
        _revertWith(failure);
    }
}
