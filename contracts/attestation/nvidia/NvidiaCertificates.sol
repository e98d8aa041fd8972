// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";
import {IP384Verifier} from "../../cryptography/IP384Verifier.sol";
import {Sha384} from "../../cryptography/Sha384.sol";

import {X509Reader} from "../X509Reader.sol";
import {DiceFirmware} from "./DiceFirmware.sol";
import {INvidiaCertificates} from "./INvidiaCertificates.sol";
import {INvidiaRevocations} from "./INvidiaRevocations.sol";
import {P384Certificate} from "./P384Certificate.sol";
import {RevocationName} from "./RevocationName.sol";

/// @title Certificates of NVIDIA's devices, put in by anyone
/// @notice See {INvidiaCertificates}.
contract NvidiaCertificates is INvidiaCertificates {
    /// @dev Keccak-256 of the key, x then y, of the "NVIDIA Device Identity CA" that NVIDIA publishes.
    bytes32 private constant NVIDIA_ROOT_KEY_HASH = 0xeb507fd2edae7ff39cef8defac5336b4232737f4acab45e0b7b88baee5d3f803;

    /// @dev Root, family, provisioner, device; then the report key.
    uint256 private constant DEVICE_DEPTH = 3;
    uint256 private constant REPORT_KEY_DEPTH = 4;
    uint8 private constant UNLIMITED = type(uint8).max;
    /// @dev Real ones have 900 bytes. The bound keeps what a bad one can cost small.
    uint256 private constant MAX_CERTIFICATE_BYTES = 4096;

    /// @inheritdoc INvidiaCertificates
    IP384Verifier public immutable VERIFIER;
    /// @inheritdoc INvidiaCertificates
    INvidiaRevocations public immutable REVOCATIONS;
    /// @inheritdoc INvidiaCertificates
    bytes32 public immutable ROOT_ID;

    mapping(bytes32 id => Certificate) private _certificates;

    /// @param root The root's certificate, DER. It is trusted because whoever deploys says so: its signature, which is
    /// its own, would vouch for nothing and is not looked at.
    constructor(IP384Verifier verifier, INvidiaRevocations revocations, bytes memory root) {
        VERIFIER = verifier;
        REVOCATIONS = revocations;
        X509Reader.Fields memory fields = X509Reader.parse(root);
        require(
            fields.isCa &&
                fields.keyUsage & X509Reader.USAGE_CERTIFICATE_SIGN != 0 &&
                fields.criticalUnread == 0 &&
                fields.issuer == fields.subject,
            RootRefused()
        );
        bytes memory key = P384Certificate.key(fields);
        Certificate memory certificate;
        certificate.keyHash = keccak256(key);
        certificate.subject = fields.subject;
        certificate.notBefore = _time(fields.notBefore);
        certificate.notAfter = _time(fields.notAfter);
        certificate.authoritiesBelow = fields.pathLength < UNLIMITED ? uint8(fields.pathLength) : UNLIMITED;
        ROOT_ID = _keep(certificate, fields, key);
    }

    /// @inheritdoc INvidiaCertificates
    function put(bytes calldata der, bytes32 issuer, bytes calldata hints) external returns (bytes32 id) {
        require(der.length <= MAX_CERTIFICATE_BYTES, CertificateRefused("TooLong"));
        X509Reader.Fields memory fields = X509Reader.parse(der);
        id = idOf(issuer, DerCursor.hash(fields.signed, fields.signedEnd));
        // What is kept has been through all of what follows.
        if (_certificates[id].keyHash != 0) return id;

        Certificate memory above = get(issuer);
        require(fields.issuer == above.subject, IssuerWrong(issuer));
        _verifySignature(fields, above.keyHash, hints);

        Certificate memory certificate;
        bytes memory key = P384Certificate.key(fields);
        certificate.keyHash = keccak256(key);
        certificate.issuer = issuer;
        certificate.subject = fields.subject;
        certificate.name = RevocationName.ofCertificate(fields.issuer, above.keyHash, fields.serial);
        uint40 time = _time(fields.notBefore);
        certificate.notBefore = time > above.notBefore ? time : above.notBefore;
        time = _time(fields.notAfter);
        certificate.notAfter = time < above.notAfter ? time : above.notAfter;
        require(
            block.timestamp >= certificate.notBefore && block.timestamp <= certificate.notAfter,
            OutsideValidity(certificate.notBefore, certificate.notAfter)
        );
        certificate.depth = above.depth + 1; // nothing is below depth 4
        certificate.model = above.model;
        if (certificate.depth == REPORT_KEY_DEPTH) _readReportKey(certificate, fields);
        else _readAuthority(certificate, fields, above.authoritiesBelow);
        _keep(certificate, fields, key);
    }

    /// @inheritdoc INvidiaCertificates
    function get(bytes32 id) public view returns (Certificate memory certificate) {
        certificate = _certificates[id];
        require(certificate.keyHash != 0, CertificateUnknown(id));
    }

    /// @inheritdoc INvidiaCertificates
    function has(bytes32 id) external view returns (bool) {
        return _certificates[id].keyHash != 0;
    }

    /// @inheritdoc INvidiaCertificates
    function check(bytes32 id) external view returns (bytes32 problem, ReportKey memory key) {
        Certificate storage certificate = _certificates[id];
        if (certificate.depth != REPORT_KEY_DEPTH) return ("ReportKeyUnknown", key);
        uint256 notAfter = certificate.notAfter;
        // Block times don't go back, so that what was valid when it was put in can only have ended.
        if (block.timestamp > notAfter) return ("ChainExpired", key);
        bytes32 keyHash = certificate.keyHash;
        bytes32 model = certificate.model;
        bytes32 firmware = certificate.firmware;
        // The root can't be revoked: it is what this contract was deployed with.
        bytes32[] memory names = new bytes32[](2 * REPORT_KEY_DEPTH + 1);
        names[2 * REPORT_KEY_DEPTH] = RevocationName.ofFirmware(firmware);
        bytes32 device;
        for (uint256 i; i < REPORT_KEY_DEPTH; ++i) {
            names[2 * i] = certificate.name;
            names[2 * i + 1] = RevocationName.ofKey(certificate.keyHash);
            certificate = _certificates[certificate.issuer];
            if (i == 0) device = certificate.keyHash;
        }
        INvidiaRevocations.Standing worst = REVOCATIONS.worstOf(names);
        if (worst == INvidiaRevocations.Standing.Revoked) return ("CertificateRevoked", key);
        if (worst == INvidiaRevocations.Standing.OnHold) return ("CertificateOnHold", key);
        return (0, ReportKey(keyHash, device, model, firmware, uint64(notAfter))); // widened from 40 bits
    }

    /// @inheritdoc INvidiaCertificates
    function idOf(bytes32 issuer, bytes32 signedHash) public pure returns (bytes32) {
        return keccak256(abi.encode(issuer, signedHash));
    }

    /// @inheritdoc INvidiaCertificates
    function isProductionRoot() external view returns (bool) {
        return _certificates[ROOT_ID].keyHash == NVIDIA_ROOT_KEY_HASH;
    }

    function _keep(
        Certificate memory certificate,
        X509Reader.Fields memory fields,
        bytes memory key
    ) private returns (bytes32 id) {
        id = idOf(certificate.issuer, DerCursor.hash(fields.signed, fields.signedEnd));
        _certificates[id] = certificate;
        emit CertificatePut(id, certificate.issuer, certificate.keyHash, certificate.depth, key);
    }

    function _verifySignature(X509Reader.Fields memory fields, bytes32 keyHash, bytes calldata hints) private view {
        bytes memory signature = P384Certificate.signature(fields);
        (bytes32 head, bytes16 tail) = Sha384.digest(X509Reader.copy(fields.signed, fields.signedEnd));
        require(VERIFIER.verify(keyHash, head, tail, signature, hints), SignatureInvalid());
    }

    function _readAuthority(
        Certificate memory certificate,
        X509Reader.Fields memory fields,
        uint8 authoritiesBelow
    ) private pure {
        require(fields.isCa, CertificateRefused("NotAnAuthority"));
        require(fields.keyUsage & X509Reader.USAGE_CERTIFICATE_SIGN != 0, CertificateRefused("KeyUsage"));
        require(fields.criticalUnread == 0, CertificateRefused("ExtensionCritical"));
        require(authoritiesBelow != 0, CertificateRefused("PathLength"));
        uint256 rest = authoritiesBelow == UNLIMITED ? UNLIMITED : authoritiesBelow - 1;
        // The lesser of the two is below 256.
        certificate.authoritiesBelow = uint8(fields.pathLength < rest ? fields.pathLength : rest);
        if (certificate.depth != DEVICE_DEPTH) return;
        // From this one, which NVIDIA signed, and not from the report key's, which the device itself did.
        certificate.model = _firstWord(fields.commonName, fields.commonNameEnd);
        require(certificate.model != 0, CertificateRefused("ModelMissing"));
    }

    function _readReportKey(Certificate memory certificate, X509Reader.Fields memory fields) private pure {
        require(!fields.isCa, CertificateRefused("ChainTooLong"));
        require(fields.keyUsage & X509Reader.USAGE_DIGITAL_SIGNATURE != 0, CertificateRefused("KeyUsage"));
        uint256 critical;
        (certificate.firmware, critical) = DiceFirmware.read(fields);
        require(fields.criticalUnread == critical, CertificateRefused("ExtensionCritical"));
    }

    /// @dev What stands before the first space, or all where there is none; zero unless that is 1 to 32 characters.
    function _firstWord(uint256 position, uint256 end) private pure returns (bytes32) {
        uint256 text = DerCursor.word(position);
        uint256 length;
        while (length < 32 && position + length < end && bytes32(text)[length] != " ") ++length;
        bool isWhole = position + length >= end || DerCursor.peek(position + length, end) == 0x20;
        return length == 0 || !isWhole ? bytes32(0) : bytes32((text >> (256 - 8 * length)) << (256 - 8 * length));
    }

    /// @dev A year has four digits, so that every date is below 2^40.
    function _time(uint256 time) private pure returns (uint40) {
        return uint40(time);
    }
}
