// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";

import {X509Certificate} from "../intel/X509Certificate.sol";
import {EndorsementExtensions} from "./EndorsementExtensions.sol";
import {RsaSignedDer} from "./RsaSignedDer.sol";

/// @title X.509 version 3 certificates as AMD issues them: signed with RSA-PSS, about an RSA-4096 or a P-384 key
/// @notice Read element by element in the order of RFC 5280. What a certificate may carry beyond what is read here is
/// stepped over only if it is not marked critical. Reading says nothing about who signed.
library AmdCertificate {
    /// @notice A certificate's content.
    /// @param issuer Keccak-256 of the issuer's name as encoded
    /// @param subject Keccak-256 of the subject's name as encoded
    /// @param serial Fingerprint of the serial number
    /// @param notBefore First second of validity
    /// @param notAfter Last second of validity
    /// @param commonName Memory address of the subject's common name
    /// @param commonNameLength Its length in bytes
    /// @param isRsa Whether the key is an RSA key
    /// @param key Memory address of the key: 512 bytes of modulus, or 96 of coordinates
    /// @param isCa Whether the basic constraints name a certificate authority
    /// @param keyUsage The first eight bits of the key usage, the first (digitalSignature) on top; 0 where absent
    /// @param vendor AMD's own extensions
    struct Fields {
        bytes32 issuer;
        bytes32 subject;
        bytes16 serial;
        uint256 notBefore;
        uint256 notAfter;
        uint256 commonName;
        uint256 commonNameLength;
        bool isRsa;
        uint256 key;
        bool isCa;
        uint256 keyUsage;
        EndorsementExtensions.Content vendor;
    }

    uint256 internal constant MODULUS_BYTES = 512;
    uint256 internal constant POINT_BYTES = 96;

    /// @dev [0] { INTEGER 2 }: version 3.
    uint256 private constant VERSION_3 = 0xa003020102;
    uint256 private constant VERSION_BYTES = 5;
    uint256 private constant EXTENSIONS = 0xa3;

    /// @dev What precedes the modulus of every RSA-4096 key: SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING {
    /// SEQUENCE { INTEGER of 513 bytes. A zero byte follows, and behind the modulus the exponent 65537.
    uint256 private constant RSA_KEY = 0x30820222300d06092a864886f70d01010105000382020f003082020a02820201;
    uint256 private constant RSA_KEY_BYTES = 33;
    uint256 private constant RSA_EXPONENT = 0x0203010001;
    uint256 private constant RSA_EXPONENT_BYTES = 5;

    /// @dev What precedes the coordinates of every uncompressed P-384 key.
    uint256 private constant P384_KEY = 0x3076301006072a8648ce3d020106052b8104002203620004;
    uint256 private constant P384_KEY_BYTES = 24;

    uint256 private constant OID_COMMON_NAME = 0x550403;
    uint256 private constant OID_KEY_USAGE = 0x551d0f;
    uint256 private constant OID_BASIC_CONSTRAINTS = 0x551d13;

    /// @notice Parse a certificate that has been opened.
    function parse(RsaSignedDer.Opened memory opened) internal pure returns (Fields memory fields) {
        uint256 position = opened.content;
        uint256 end = opened.contentEnd;
        require(
            position + VERSION_BYTES <= end && DerCursor.word(position) >> (256 - 8 * VERSION_BYTES) == VERSION_3,
            X509Certificate.CertificateRefused("CertificateVersion")
        );
        // AMD gives every endorsement key's certificate the serial number 0.
        (fields.serial, position) = X509Certificate.readSerial(position + VERSION_BYTES, end);
        position = RsaSignedDer.readSignedAlgorithm(opened, position, end);
        uint256 next;
        (, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        fields.issuer = DerCursor.hash(position, next);
        position = next;
        uint256 inner;
        (inner, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        (fields.notBefore, inner) = X509Certificate.readTime(inner, next);
        (fields.notAfter, inner) = X509Certificate.readTime(inner, next);
        DerCursor.finish(inner, next);
        position = next;
        (inner, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        fields.subject = DerCursor.hash(position, next);
        _readCommonName(fields, inner, next);
        position = _readKey(fields, next, end);
        (inner, next) = DerCursor.read(position, end, EXTENSIONS);
        DerCursor.finish(next, end);
        (position, next) = DerCursor.read(inner, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        _readExtensions(fields, position, end);
    }

    /// @notice Whether the subject's common name is `prefix` and then `name`, both left-aligned.
    function isNamed(
        Fields memory fields,
        bytes32 prefix,
        uint256 prefixLength,
        bytes32 name,
        uint256 nameLength
    ) internal pure returns (bool) {
        uint256 length = prefixLength + nameLength;
        if (fields.commonNameLength != length) return false;
        bytes32 expected = prefix | (name >> (8 * prefixLength));
        return (DerCursor.word(fields.commonName) ^ uint256(expected)) >> (256 - 8 * length) == 0;
    }

    /// @dev One attribute to a set. A name with two common names would be read one way here and another elsewhere.
    function _readCommonName(Fields memory fields, uint256 position, uint256 end) private pure {
        while (position < end) {
            uint256 pair;
            (pair, position) = DerCursor.read(position, end, DerCursor.SET);
            uint256 pairEnd;
            (pair, pairEnd) = DerCursor.read(pair, position, DerCursor.SEQUENCE);
            DerCursor.finish(pairEnd, position);
            (uint256 oid, uint256 value) = DerCursor.read(pair, pairEnd, DerCursor.OBJECT_ID);
            uint256 next;
            uint256 content;
            (content, next) = DerCursor.read(value, pairEnd, DerCursor.peek(value, pairEnd));
            DerCursor.finish(next, pairEnd);
            if (value - oid == 3 && DerCursor.word(oid) >> 232 == OID_COMMON_NAME) {
                require(fields.commonName == 0, X509Certificate.CertificateRefused("CommonNameRepeated"));
                (fields.commonName, fields.commonNameLength) = (content, next - content);
            }
        }
    }

    function _readKey(Fields memory fields, uint256 position, uint256 end) private pure returns (uint256 next) {
        if (DerCursor.word(position) >> (256 - 8 * P384_KEY_BYTES) == P384_KEY) {
            fields.key = position + P384_KEY_BYTES;
            next = fields.key + POINT_BYTES;
            require(next <= end, X509Certificate.CertificateRefused("KeyUnsupported"));
            return next;
        }
        fields.isRsa = true;
        fields.key = position + RSA_KEY_BYTES;
        uint256 exponent = fields.key + MODULUS_BYTES;
        next = exponent + RSA_EXPONENT_BYTES;
        require(
            next <= end &&
                DerCursor.word(position) == RSA_KEY &&
                DerCursor.word(position + 32) >> 248 == 0 &&
                DerCursor.word(exponent) >> (256 - 8 * RSA_EXPONENT_BYTES) == RSA_EXPONENT,
            X509Certificate.CertificateRefused("KeyUnsupported")
        );
    }

    function _readExtensions(Fields memory fields, uint256 position, uint256 end) private pure {
        bool usageSeen;
        bool constraintsSeen;
        while (position < end) {
            uint256 content;
            (content, position) = DerCursor.read(position, end, DerCursor.SEQUENCE);
            (uint256 length, bool critical, uint256 value, uint256 valueEnd) = X509Certificate.readExtension(
                content,
                position
            );
            uint256 oid = X509Certificate.identifierOf(content, length);
            uint256 member = EndorsementExtensions.memberOf(oid, length);
            if (member != 0) {
                EndorsementExtensions.read(fields.vendor, member, value, valueEnd);
            } else if (length == 3 && oid == OID_KEY_USAGE) {
                require(!usageSeen, X509Certificate.CertificateRefused("ExtensionRepeated"));
                usageSeen = true;
                fields.keyUsage = X509Certificate.readKeyUsage(value, valueEnd);
            } else if (length == 3 && oid == OID_BASIC_CONSTRAINTS) {
                require(!constraintsSeen, X509Certificate.CertificateRefused("ExtensionRepeated"));
                constraintsSeen = true;
                fields.isCa = X509Certificate.readBasicConstraints(value, valueEnd);
            } else {
                require(!critical, X509Certificate.CertificateRefused("ExtensionCritical"));
            }
        }
    }
}
