// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {CalendarTime} from "../../cryptography/CalendarTime.sol";
import {DerCursor} from "../../cryptography/DerCursor.sol";
import {EcdsaP256} from "../../cryptography/EcdsaP256.sol";

import {EvidenceVerifier} from "../EvidenceVerifier.sol";
import {IEvidenceVerifier} from "../IEvidenceVerifier.sol";
import {Outcome} from "../Outcome.sol";
import {TcbStatus} from "../TcbStatus.sol";
import {Verdict} from "../Verdict.sol";
import {AdvisoryTable} from "./AdvisoryTable.sol";
import {CollateralKey} from "./CollateralKey.sol";
import {EnclaveIdentityView} from "./EnclaveIdentityView.sol";
import {IIntelCertificates} from "./IIntelCertificates.sol";
import {IIntelCollateral} from "./IIntelCollateral.sol";
import {IIntelQuoteVerifier} from "./IIntelQuoteVerifier.sol";
import {PemReader} from "./PemReader.sol";
import {QuoteReader} from "./QuoteReader.sol";
import {TcbInfoView} from "./TcbInfoView.sol";

/// @title What judging an enclave's quote and a TD's have in common
/// @notice The chain of trust, in the order it is checked: Intel's root, the PCK CA and the platform's PCK certificate
/// with their revocation lists; the QE's report signed by the PCK; the attestation key bound in that report; the quote
/// signed by the attestation key; the QE's identity; the platform's TCB; and last what is allowed.
abstract contract IntelQuoteVerifier is EvidenceVerifier, IIntelQuoteVerifier {
    /// @notice Where Intel's certificates and revocation lists are kept.
    IIntelCertificates public immutable CERTIFICATES;
    /// @notice Where Intel's TCB Info and identities are kept.
    IIntelCollateral public immutable COLLATERAL;

    /// @inheritdoc IIntelQuoteVerifier
    uint256 public constant ALLOW_DEBUG = 1;
    /// @inheritdoc IIntelQuoteVerifier
    uint256 public constant ALLOW_RESERVED_ATTRIBUTES = 2;
    /// @inheritdoc IIntelQuoteVerifier
    uint256 public constant ALLOW_SEPT_VE = 4;
    /// @inheritdoc IIntelQuoteVerifier
    uint256 public constant ALLOW_SERVICE_TD = 8;
    /// @inheritdoc IIntelQuoteVerifier
    uint256 public constant ALLOW_PROVISION_KEY = 16;
    /// @inheritdoc IIntelQuoteVerifier
    uint256 public constant ALLOW_EINITTOKEN_KEY = 32;

    /// @dev Real ones have 1,300 bytes at most. The bound keeps what a bad one can cost small.
    uint256 private constant MAX_PCK_BYTES = 4096;
    /// @dev As much of a chain as such a certificate takes with its line breaks; what follows it is not looked at.
    uint256 private constant MAX_PEM_BYTES = 6144;

    constructor(IIntelCertificates certificates, IIntelCollateral collateral) {
        CERTIFICATES = certificates;
        COLLATERAL = collateral;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(bytes calldata evidence, uint256 allowances) external returns (Verdict memory verdict) {
        QuoteReader.Parts memory parts;
        (verdict, parts) = _begin(evidence);
        if (verdict.reason == 0) {
            (bytes32 id, IIntelCertificates.Pck memory pck, bool kept) = _examinePck(evidence, parts, verdict);
            if (verdict.reason == 0) {
                _judge(evidence, parts, id, pck, allowances, verdict);
                if (!kept && verdict.outcome != Outcome.Invalid) CERTIFICATES.keepExaminedPck(id, pck);
            }
        }
        _announce(verdict, allowances);
    }

    /// @inheritdoc IEvidenceVerifier
    function judge(bytes calldata evidence, uint256 allowances) external view returns (Verdict memory verdict) {
        QuoteReader.Parts memory parts;
        (verdict, parts) = _begin(evidence);
        if (verdict.reason != 0) return verdict;
        (bytes32 id, IIntelCertificates.Pck memory pck) = _readPck(evidence, parts, verdict);
        if (verdict.reason != 0) return verdict;
        _judge(evidence, parts, id, pck, allowances, verdict);
    }

    /// @inheritdoc IEvidenceVerifier
    function kind() public view virtual returns (bytes32);

    /// @dev Whether the quotes are those of TDs.
    function _isTdx() internal pure virtual returns (bool);

    /// @dev The TCB of the platform with all its parts; that of the QE is given.
    /// @return reason Why there is none; zero where there is one
    /// @return status Its status
    /// @return mask Its advisories
    function _platformStatus(
        uint256 tcbInfo,
        IIntelCertificates.Pck memory pck,
        TcbStatus qeStatus,
        bytes memory report
    ) internal pure virtual returns (bytes32 reason, TcbStatus status, uint256 mask);

    /// @dev Why the report's attributes are refused; zero where they are not.
    function _refusal(bytes memory report, uint256 allowances) internal pure virtual returns (bytes32);

    function _begin(
        bytes calldata evidence
    ) private view returns (Verdict memory verdict, QuoteReader.Parts memory parts) {
        verdict.kind = kind();
        (verdict.reason, parts) = QuoteReader.parse(evidence, _isTdx());
    }

    function _judge(
        bytes calldata evidence,
        QuoteReader.Parts memory parts,
        bytes32 id,
        IIntelCertificates.Pck memory pck,
        uint256 allowances,
        Verdict memory verdict
    ) private view {
        uint256 chainUntil;
        (verdict.reason, chainUntil) = CERTIFICATES.checkPck(pck);
        if (verdict.reason != 0) return;
        bytes memory qeReport = evidence[parts.qeReport:parts.qeReport + QuoteReader.SGX_REPORT];
        verdict.reason = _checkSignatures(evidence, parts, pck, qeReport);
        if (verdict.reason != 0) return;

        verdict.collateral = CollateralKey.tcbInfo(_isTdx(), pck.fmspc);
        IIntelCollateral.Basis memory basis;
        (verdict.reason, basis) = COLLATERAL.basisFor(
            verdict.collateral,
            _isTdx() ? CollateralKey.TD_QE : CollateralKey.QE
        );
        if (verdict.reason != 0) return;

        verdict.report = evidence[parts.body:parts.body + parts.bodyLength];
        verdict.certificate = id;
        verdict.platform = pck.ppid;
        verdict.platformModel = pck.fmspc;
        verdict.evaluationNumber = basis.evaluationNumber;
        // Neither is beyond a 32-bit time.
        verdict.validUntil = chainUntil < basis.validUntil ? uint64(chainUntil) : basis.validUntil;
        _judgeTcb(basis, pck, qeReport, verdict);
        if (verdict.reason != 0) return;

        // From here on the evidence is genuine, and the question is what it says.
        verdict.outcome = Outcome.Refused;
        if (verdict.status == TcbStatus.Revoked) verdict.reason = "TcbRevoked";
        else verdict.reason = _refusal(verdict.report, allowances);
        if (verdict.reason == 0) verdict.outcome = Outcome.Accepted;
    }

    function _checkSignatures(
        bytes calldata evidence,
        QuoteReader.Parts memory parts,
        IIntelCertificates.Pck memory pck,
        bytes memory qeReport
    ) private view returns (bytes32) {
        uint256 position = parts.qeReport + QuoteReader.SGX_REPORT;
        (uint256 r, uint256 s) = _pair(evidence, position);
        if (!EcdsaP256.verify(sha256(qeReport), r, s, pck.x, pck.y)) return "QeReportSignature";

        bytes calldata key = evidence[parts.signature + 64:parts.signature + 128];
        bytes calldata authData = evidence[parts.authData:parts.authData + parts.authLength];
        bytes32 bound;
        // Report data stands at 320.
        assembly ("memory-safe") {
            bound := mload(add(qeReport, 0x160))
        }
        if (sha256(bytes.concat(key, authData)) != bound) return "AttestationKeyUnbound";

        (r, s) = _pair(evidence, parts.signature);
        (uint256 x, uint256 y) = _pair(evidence, parts.signature + 64);
        bytes32 digest = sha256(evidence[parts.signedStart:parts.body + parts.bodyLength]);
        if (!EcdsaP256.verify(digest, r, s, x, y)) return "QuoteSignature";
        return 0;
    }

    function _judgeTcb(
        IIntelCollateral.Basis memory basis,
        IIntelCertificates.Pck memory pck,
        bytes memory qeReport,
        Verdict memory verdict
    ) private view {
        uint256 identity = EnclaveIdentityView.open(basis.identity);
        uint256 tcbInfo = TcbInfoView.open(basis.tcbInfo);
        TcbStatus qeStatus;
        uint256 qeMask;
        (verdict.reason, qeStatus, qeMask) = EnclaveIdentityView.matchReport(identity, _content(qeReport));
        if (verdict.reason != 0) return;
        if (TcbInfoView.pceId(tcbInfo) != pck.pceId) {
            verdict.reason = "PceId";
            return;
        }
        uint256 mask;
        TcbStatus status;
        (verdict.reason, status, mask) = _platformStatus(tcbInfo, pck, qeStatus, verdict.report);
        if (verdict.reason != 0) {
            verdict.outcome = Outcome.Refused;
            return;
        }
        verdict.status = status;
        verdict.advisories = _advisories(tcbInfo, mask, identity, qeMask);
    }

    function _advisories(
        uint256 tcbInfo,
        uint256 mask,
        uint256 identity,
        uint256 qeMask
    ) private pure returns (bytes32[] memory names) {
        if (mask | qeMask == 0) return names;
        names = new bytes32[](2 * AdvisoryTable.MAX_NAMES);
        uint256 count = AdvisoryTable.collect(TcbInfoView.advisories(tcbInfo), mask, names, 0);
        count = AdvisoryTable.collect(EnclaveIdentityView.advisories(identity), qeMask, names, count);
        assembly ("memory-safe") {
            mstore(names, count)
        }
    }

    function _examinePck(
        bytes calldata evidence,
        QuoteReader.Parts memory parts,
        Verdict memory verdict
    ) private returns (bytes32 id, IIntelCertificates.Pck memory pck, bool kept) {
        if (parts.pckForm == QuoteReader.PckForm.Id) {
            (id, pck) = _readPck(evidence, parts, verdict);
            return (id, pck, true);
        }
        bytes memory der = _pckDer(evidence, parts, verdict);
        if (verdict.reason != 0) return (id, pck, false);
        try CERTIFICATES.examinePck(der) returns (bytes32 examined, IIntelCertificates.Pck memory found, bool known) {
            return (examined, found, known);
        } catch (bytes memory failure) {
            verdict.reason = _reasonOf(failure);
        }
    }

    function _readPck(
        bytes calldata evidence,
        QuoteReader.Parts memory parts,
        Verdict memory verdict
    ) private view returns (bytes32 id, IIntelCertificates.Pck memory pck) {
        if (parts.pckForm == QuoteReader.PckForm.Id) {
            id = bytes32(evidence[parts.pck:parts.pck + 32]);
            try CERTIFICATES.getPck(id) returns (IIntelCertificates.Pck memory found) {
                pck = found;
            } catch (bytes memory failure) {
                verdict.reason = _reasonOf(failure);
            }
            return (id, pck);
        }
        bytes memory der = _pckDer(evidence, parts, verdict);
        if (verdict.reason != 0) return (id, pck);
        try CERTIFICATES.readPck(der) returns (bytes32 examined, IIntelCertificates.Pck memory found) {
            return (examined, found);
        } catch (bytes memory failure) {
            verdict.reason = _reasonOf(failure);
        }
    }

    function _pckDer(
        bytes calldata evidence,
        QuoteReader.Parts memory parts,
        Verdict memory verdict
    ) private pure returns (bytes memory der) {
        bytes calldata given = evidence[parts.pck:parts.pck + parts.pckLength];
        if (parts.pckForm == QuoteReader.PckForm.Der) {
            if (given.length > MAX_PCK_BYTES) verdict.reason = "PckTooLong";
            else der = given;
            return der;
        }
        if (given.length > MAX_PEM_BYTES) given = given[:MAX_PEM_BYTES];
        bool complete;
        (complete, der) = PemReader.decodeFirst(given);
        if (!complete || der.length > MAX_PCK_BYTES) verdict.reason = "PckPem";
    }

    /// @dev The name of what is wrong with a certificate.
    function _reasonOf(bytes memory failure) private pure returns (bytes32 reason) {
        reason = _refusalIn(failure);
        if (reason != 0) return reason;
        bytes4 selector = _selectorOf(failure);
        if (selector == IIntelCertificates.CertificateUnknown.selector) return "PckUnknown";
        if (selector == IIntelCertificates.SignatureInvalid.selector) return "PckSignature";
        if (selector == IIntelCertificates.IssuerUnknown.selector) return "PckIssuerUnknown";
        if (selector == IIntelCertificates.OutsideValidity.selector) return "PckOutsideValidity";
        if (selector == DerCursor.MalformedDer.selector || selector == CalendarTime.MalformedDate.selector) {
            return "PckMalformed";
        }
        _revertWith(failure);
    }

    function _pair(bytes calldata evidence, uint256 position) private pure returns (uint256, uint256) {
        return (
            uint256(bytes32(evidence[position:position + 32])),
            uint256(bytes32(evidence[position + 32:position + 64]))
        );
    }

    /// @dev Memory address of an array's bytes.
    function _content(bytes memory data) internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := add(data, 0x20)
        }
    }
}
