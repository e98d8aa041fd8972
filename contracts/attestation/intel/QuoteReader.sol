// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Where the parts of a quote stand, in the two forms evidence may have
/// @notice *Raw*: the quote as Intel's library gives it, versions 3 to 5, with the PCK chain as PEM (certification
/// data of type 5); what follows the signature data is padding. *Trimmed*: the bytes 00 01, then the same parts
/// without what is not signed:
///
///     header (48), in version 5 the body's type (2) and length (4), body,
///     signature (64), attestation key (64), QE report (384), its signature (64),
///     length of the QE's authentication data (2), that data,
///     then to the end the PCK certificate as DER, or the 32 bytes of its id where it is kept already.
///
/// Numbers are little-endian. Layouts: Intel SGX ECDSA Quote Library API, appendix A (version 3); Intel TDX DCAP Quoting
/// Library API, appendix A (versions 4 and 5). Every part is bounded before it is used; nothing here reverts.
library QuoteReader {
    /// @notice Where parts begin, as offsets into the evidence, and how long those are that vary.
    struct Parts {
        uint256 signedStart;
        uint256 body;
        uint256 bodyLength;
        uint256 signature;
        uint256 qeReport;
        uint256 authData;
        uint256 authLength;
        uint256 pck;
        uint256 pckLength;
        PckForm pckForm;
    }

    /// @notice How the PCK certificate is given.
    enum PckForm {
        Pem,
        Der,
        Id
    }

    uint256 internal constant SGX_REPORT = 384;
    uint256 internal constant TD_REPORT_10 = 584;
    uint256 internal constant TD_REPORT_15 = 648;

    uint256 private constant HEADER = 48;
    uint256 private constant DESCRIPTOR = 6;
    /// @dev Signature and attestation key.
    uint256 private constant SIGNATURE_AND_KEY = 128;
    /// @dev The QE's report, its signature, and the length of the authentication data.
    uint256 private constant QE_PART = 450;

    /// @dev Read as a quote's version it would be 256.
    bytes2 private constant TRIMMED = 0x0001;
    bytes16 private constant INTEL_QE_VENDOR = 0x939a7233f79c4ca9940a0db3957f0607;
    uint256 private constant ECDSA_P256 = 2;
    uint256 private constant TEE_SGX = 0;
    uint256 private constant TEE_TDX = 0x81;
    uint256 private constant QE_REPORT_DATA = 6;
    uint256 private constant PCK_CHAIN = 5;

    /// @notice Find the parts of a quote about a TD, or else about an enclave.
    /// @return reason Short ASCII name of what is wrong; zero where nothing is
    function parse(bytes calldata evidence, bool isTdx) internal pure returns (bytes32 reason, Parts memory parts) {
        bool trimmed = evidence.length >= 2 && bytes2(evidence[:2]) == TRIMMED;
        uint256 position = trimmed ? 2 : 0;
        if (evidence.length < position + HEADER + DESCRIPTOR) return ("QuoteTooShort", parts);
        parts.signedStart = position;
        uint256 version = _le(evidence, position, 2);
        if (version < 3 || version > 5) return ("QuoteVersion", parts);
        if (_le(evidence, position + 2, 2) != ECDSA_P256) return ("AttestationKeyType", parts);
        uint256 tee = _le(evidence, position + 4, 4);
        // Version 3 knows no other TEE than SGX.
        if (tee != (isTdx ? TEE_TDX : TEE_SGX) || (isTdx && version == 3)) return ("TeeType", parts);
        if (bytes16(evidence[position + 12:position + 28]) != INTEL_QE_VENDOR) return ("QeVendor", parts);
        position += HEADER;
        parts.bodyLength = isTdx ? TD_REPORT_10 : SGX_REPORT;
        if (version == 5) {
            uint256 bodyType = _le(evidence, position, 2);
            if (isTdx ? bodyType != 2 && bodyType != 3 : bodyType != 1) return ("BodyType", parts);
            if (bodyType == 3) parts.bodyLength = TD_REPORT_15;
            if (_le(evidence, position + 2, 4) != parts.bodyLength) return ("BodyLength", parts);
            position += DESCRIPTOR;
        }
        parts.body = position;
        position += parts.bodyLength;
        if (trimmed) return _parseTrimmed(evidence, parts, position);
        return _parseRaw(evidence, parts, position, version);
    }

    function _parseTrimmed(
        bytes calldata evidence,
        Parts memory parts,
        uint256 position
    ) private pure returns (bytes32, Parts memory) {
        parts.signature = position;
        position += SIGNATURE_AND_KEY;
        bytes32 reason;
        (reason, position) = _parseQe(evidence, parts, position, evidence.length);
        if (reason != 0) return (reason, parts);
        parts.pck = position;
        parts.pckLength = evidence.length - position;
        parts.pckForm = parts.pckLength == 32 ? PckForm.Id : PckForm.Der;
        return (0, parts);
    }

    function _parseRaw(
        bytes calldata evidence,
        Parts memory parts,
        uint256 position,
        uint256 version
    ) private pure returns (bytes32, Parts memory) {
        if (evidence.length < position + 4) return ("QuoteTooShort", parts);
        uint256 end = position + 4 + _le(evidence, position, 4);
        position += 4;
        if (end > evidence.length || end < position + SIGNATURE_AND_KEY) return ("SignatureDataLength", parts);
        parts.signature = position;
        position += SIGNATURE_AND_KEY;
        if (version > 3) {
            // From version 4 on the QE's part is itself wrapped as certification data.
            if (end < position + 6 || _le(evidence, position, 2) != QE_REPORT_DATA) return ("CertificationType", parts);
            if (position + 6 + _le(evidence, position + 2, 4) != end) return ("CertificationLength", parts);
            position += 6;
        }
        bytes32 reason;
        (reason, position) = _parseQe(evidence, parts, position, end);
        if (reason != 0) return (reason, parts);
        if (end < position + 6) return ("CertificationLength", parts);
        if (_le(evidence, position, 2) != PCK_CHAIN) return ("CertificationType", parts);
        parts.pckLength = _le(evidence, position + 2, 4);
        parts.pck = position + 6;
        if (parts.pck + parts.pckLength != end) return ("CertificationLength", parts);
        return (0, parts);
    }

    function _parseQe(
        bytes calldata evidence,
        Parts memory parts,
        uint256 position,
        uint256 end
    ) private pure returns (bytes32 reason, uint256) {
        if (end < position + QE_PART) return ("QuoteTooShort", position);
        parts.qeReport = position;
        position += QE_PART;
        parts.authData = position;
        parts.authLength = _le(evidence, position - 2, 2);
        position += parts.authLength;
        if (position > end) return ("AuthDataLength", position);
        return (0, position);
    }

    /// @dev A little-endian number of two or four bytes, which the caller knows to be within the evidence.
    function _le(bytes calldata evidence, uint256 position, uint256 length) private pure returns (uint256 value) {
        uint256 head;
        assembly ("memory-safe") {
            head := calldataload(add(evidence.offset, position))
        }
        value = (head >> 248) | ((head >> 232) & 0xff00);
        if (length == 4) value |= ((head >> 216) & 0xff0000) | ((head >> 200) & 0xff000000);
    }
}
