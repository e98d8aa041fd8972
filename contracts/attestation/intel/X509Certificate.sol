// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {CalendarTime} from "../../cryptography/CalendarTime.sol";
import {DerCursor} from "../../cryptography/DerCursor.sol";

/// @title X.509 version 3 certificates as Intel issues them: ECDSA on P-256 with SHA-256 throughout (RFC 5280)
/// @notice Read element by element in the standard's order. What a certificate may carry beyond what is read here is
/// stepped over only if it is not marked critical. Reading says nothing about who signed: that is for the caller, who knows the issuer's key.
library X509Certificate {
    /// @notice A certificate's content.
    /// @param digest SHA-256 of the signed part
    /// @param r First half of the issuer's signature
    /// @param s Second half of it
    /// @param issuer Keccak-256 of the issuer's name as encoded
    /// @param subject Keccak-256 of the subject's name as encoded
    /// @param serial Fingerprint of the serial number, see {serialFingerprint}
    /// @param notBefore First second of validity
    /// @param notAfter Last second of validity
    /// @param x First coordinate of the subject's key
    /// @param y Second coordinate of it
    /// @param isCa Whether the basic constraints name a certificate authority
    /// @param keyUsage The first eight bits of the key usage, the first (digitalSignature) on top; 0 where absent
    /// @param commonName Memory address of the subject's common name
    /// @param commonNameLength Its length in bytes
    /// @param extension Memory address of the value of Intel's SGX extension, 0 where absent
    /// @param extensionEnd Where that value ends
    struct Fields {
        bytes32 digest;
        uint256 r;
        uint256 s;
        bytes32 issuer;
        bytes32 subject;
        bytes16 serial;
        uint256 notBefore;
        uint256 notAfter;
        uint256 x;
        uint256 y;
        bool isCa;
        uint256 keyUsage;
        uint256 commonName;
        uint256 commonNameLength;
        uint256 extension;
        uint256 extensionEnd;
    }

    /// @notice Thrown when a certificate or revocation list is well formed but not of the kind accepted here. The
    /// reason is a short ASCII name.
    error CertificateRefused(bytes32 reason);

    uint256 internal constant USAGE_DIGITAL_SIGNATURE = 0x80;
    uint256 internal constant USAGE_CERTIFICATE_SIGN = 0x04;
    uint256 internal constant USAGE_CRL_SIGN = 0x02;

    /// @dev The algorithm identifier of ecdsa-with-SHA256, complete: SEQUENCE { 1.2.840.10045.4.3.2 }.
    uint256 private constant ECDSA_SHA256 = 0x300a06082a8648ce3d040302;
    uint256 private constant ECDSA_SHA256_LENGTH = 12;

    /// @dev What precedes the two coordinates in the key information of every uncompressed P-256 key.
    uint256 private constant P256_KEY = 0x3059301306072a8648ce3d020106082a8648ce3d03010703420004;
    uint256 private constant P256_KEY_LENGTH = 27;

    /// @dev [0] { INTEGER 2 }: version 3.
    uint256 private constant VERSION_3 = 0xa003020102;
    uint256 private constant EXTENSIONS = 0xa3;

    uint256 private constant OID_COMMON_NAME = 0x550403;
    uint256 private constant OID_KEY_USAGE = 0x551d0f;
    uint256 private constant OID_BASIC_CONSTRAINTS = 0x551d13;
    /// @dev 1.2.840.113741.1.13.1, nine bytes.
    uint256 private constant OID_SGX = 0x2a864886f84d010d01;

    uint256 private constant MAX_SERIAL_BYTES = 20; // RFC 5280 4.1.2.2

    /// @notice Parse a certificate that fills `der`.
    function parse(bytes memory der) internal view returns (Fields memory fields) {
        (bytes32 digest, uint256 position, uint256 signedEnd, uint256 end) = openSigned(der);
        fields.digest = digest;
        _parseSigned(fields, position, signedEnd);
        (fields.r, fields.s) = readSignature(signedEnd, end);
    }

    /// @notice Open what certificates and revocation lists have in common: a sequence of the signed part, the algorithm
    /// and the signature, that fills `der`.
    /// @return digest SHA-256 of the signed part
    /// @return content Memory address of its content
    /// @return signedEnd Where it ends and the algorithm begins
    /// @return end Where all of it ends
    function openSigned(
        bytes memory der
    ) internal view returns (bytes32 digest, uint256 content, uint256 signedEnd, uint256 end) {
        uint256 position;
        assembly ("memory-safe") {
            position := add(der, 0x20)
        }
        end = position + der.length;
        (uint256 inner, uint256 next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        (content, signedEnd) = DerCursor.read(inner, end, DerCursor.SEQUENCE);
        digest = sha256Of(inner, signedEnd);
    }

    /// @notice The algorithm and signature that end a certificate or a revocation list.
    function readSignature(uint256 position, uint256 end) internal pure returns (uint256 r, uint256 s) {
        position = readAlgorithm(position, end);
        (uint256 content, uint256 next) = DerCursor.read(position, end, DerCursor.BIT_STRING);
        DerCursor.finish(next, end);
        require(DerCursor.peek(content, next) == 0, CertificateRefused("SignatureMalformed"));
        (position, end) = DerCursor.read(content + 1, next, DerCursor.SEQUENCE);
        DerCursor.finish(end, next);
        (r, position) = DerCursor.readUint(position, end);
        (s, position) = DerCursor.readUint(position, end);
        DerCursor.finish(position, end);
    }

    /// @notice Step over the algorithm identifier, which must be ecdsa-with-SHA256.
    function readAlgorithm(uint256 position, uint256 end) internal pure returns (uint256) {
        require(
            position + ECDSA_SHA256_LENGTH <= end &&
                DerCursor.word(position) >> (256 - 8 * ECDSA_SHA256_LENGTH) == ECDSA_SHA256,
            CertificateRefused("AlgorithmUnsupported")
        );
        return position + ECDSA_SHA256_LENGTH;
    }

    /// @notice Read a date of either form.
    function readTime(uint256 position, uint256 end) internal pure returns (uint256 time, uint256 next) {
        uint256 tag = DerCursor.peek(position, end);
        uint256 content;
        if (tag == DerCursor.GENERALIZED_TIME) {
            (content, next) = DerCursor.read(position, end, tag);
            require(next - content == 15, CalendarTime.MalformedDate());
            time = CalendarTime.fromGeneralizedTime(content);
        } else {
            (content, next) = DerCursor.read(position, end, DerCursor.UTC_TIME);
            require(next - content == 13, CalendarTime.MalformedDate());
            time = CalendarTime.fromUtcTime(content);
        }
    }

    /// @notice Read a serial number as its fingerprint.
    function readSerial(uint256 position, uint256 end) internal pure returns (bytes16 serial, uint256 next) {
        uint256 content;
        uint256 length;
        (content, length, next) = DerCursor.readUnsigned(position, end, MAX_SERIAL_BYTES);
        serial = serialFingerprint(content, length);
    }

    /// @notice The first half of the Keccak-256 of a serial number's bytes, without a leading zero. By this number a
    /// certificate is known to revocation lists here: two serials of one issuer that share it can't be found.
    function serialFingerprint(uint256 content, uint256 length) internal pure returns (bytes16) {
        return bytes16(DerCursor.hash(content, content + length));
    }

    /// @notice SHA-256 of the memory [`position`, `end`).
    function sha256Of(uint256 position, uint256 end) internal view returns (bytes32 digest) {
        bool completed;
        assembly ("memory-safe") {
            completed := staticcall(gas(), 0x02, position, sub(end, position), 0x00, 0x20)
            digest := mload(0x00)
        }
        // The hash fails only for want of gas.
        if (!completed) {
            assembly ("memory-safe") {
                revert(0, 0)
            }
        }
    }

    /// @notice Whether the subject's common name ends with `suffix`, `length` bytes long and left-aligned.
    function commonNameEndsWith(Fields memory fields, bytes32 suffix, uint256 length) internal pure returns (bool) {
        if (fields.commonNameLength < length) return false;
        uint256 tail = DerCursor.word(fields.commonName + fields.commonNameLength - length);
        return (tail ^ uint256(suffix)) >> (256 - 8 * length) == 0;
    }

    function _parseSigned(Fields memory fields, uint256 position, uint256 end) private pure {
        require(
            position + 5 <= end && DerCursor.word(position) >> 216 == VERSION_3,
            CertificateRefused("CertificateVersion")
        );
        (fields.serial, position) = readSerial(position + 5, end);
        position = readAlgorithm(position, end);
        uint256 next;
        (, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        fields.issuer = DerCursor.hash(position, next);
        position = next;
        uint256 validity;
        (validity, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        (fields.notBefore, position) = readTime(validity, next);
        (fields.notAfter, position) = readTime(position, next);
        DerCursor.finish(position, next);
        uint256 name;
        (name, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        fields.subject = DerCursor.hash(position, next);
        _readCommonName(fields, name, next);
        position = next;
        require(
            position + P256_KEY_LENGTH + 64 <= end &&
                DerCursor.word(position) >> (256 - 8 * P256_KEY_LENGTH) == P256_KEY,
            CertificateRefused("KeyUnsupported")
        );
        fields.x = DerCursor.word(position + P256_KEY_LENGTH);
        fields.y = DerCursor.word(position + P256_KEY_LENGTH + 32);
        position += P256_KEY_LENGTH + 64;
        uint256 content;
        (content, next) = DerCursor.read(position, end, EXTENSIONS);
        DerCursor.finish(next, end);
        (position, next) = DerCursor.read(content, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        _readExtensions(fields, position, end);
    }

    /// @dev The last common name counts where there are several, as there never are.
    function _readCommonName(Fields memory fields, uint256 position, uint256 end) private pure {
        while (position < end) {
            uint256 set;
            (set, position) = DerCursor.read(position, end, DerCursor.SET);
            (uint256 pair, uint256 pairEnd) = DerCursor.read(set, position, DerCursor.SEQUENCE);
            (uint256 oid, uint256 value) = DerCursor.read(pair, pairEnd, DerCursor.OBJECT_ID);
            if (value - oid == 3 && DerCursor.word(oid) >> 232 == OID_COMMON_NAME) {
                uint256 tag = DerCursor.peek(value, pairEnd);
                (fields.commonName, value) = DerCursor.read(value, pairEnd, tag);
                fields.commonNameLength = value - fields.commonName;
            }
        }
    }

    function _readExtensions(Fields memory fields, uint256 position, uint256 end) private pure {
        bool usageSeen;
        bool constraintsSeen;
        while (position < end) {
            uint256 content;
            (content, position) = DerCursor.read(position, end, DerCursor.SEQUENCE);
            (uint256 length, bool critical, uint256 value, uint256 valueEnd) = readExtension(content, position);
            uint256 oid = identifierOf(content, length);
            if (length == 3 && oid == OID_KEY_USAGE) {
                require(!usageSeen, CertificateRefused("ExtensionRepeated"));
                usageSeen = true;
                fields.keyUsage = readKeyUsage(value, valueEnd);
            } else if (length == 3 && oid == OID_BASIC_CONSTRAINTS) {
                require(!constraintsSeen, CertificateRefused("ExtensionRepeated"));
                constraintsSeen = true;
                fields.isCa = readBasicConstraints(value, valueEnd);
            } else if (length == 9 && oid == OID_SGX) {
                require(fields.extension == 0, CertificateRefused("ExtensionRepeated"));
                // Intel's profile has it not critical, so that any X.509 verifier can step over it.
                require(!critical, CertificateRefused("ExtensionCritical"));
                (fields.extension, fields.extensionEnd) = (value, valueEnd);
            } else {
                require(!critical, CertificateRefused("ExtensionCritical"));
            }
        }
    }

    /// @notice An extension's parts: the length of its identifier, whether it is critical, and its value's bounds.
    function readExtension(
        uint256 position,
        uint256 end
    ) internal pure returns (uint256 length, bool critical, uint256 value, uint256 valueEnd) {
        uint256 next;
        (value, next) = DerCursor.read(position, end, DerCursor.OBJECT_ID);
        length = next - value;
        require(length != 0 && length <= 30, CertificateRefused("ExtensionMalformed"));
        if (DerCursor.peek(next, end) == DerCursor.BOOLEAN) {
            (value, next) = DerCursor.read(next, end, DerCursor.BOOLEAN);
            // DER writes true as 0xff and leaves false, the default, out.
            require(next - value == 1 && DerCursor.peek(value, next) == 0xff, CertificateRefused("ExtensionMalformed"));
            critical = true;
        }
        (value, valueEnd) = DerCursor.read(next, end, DerCursor.OCTET_STRING);
        DerCursor.finish(valueEnd, end);
    }

    /// @notice An extension's identifier, on the right of a word. Its bytes follow its two-byte header, as short as its
    /// length is.
    function identifierOf(uint256 extension, uint256 length) internal pure returns (uint256) {
        return (DerCursor.word(extension) << 16) >> (256 - 8 * length);
    }

    /// @notice The value of a key usage extension, as in {Fields}. A BIT STRING: the number of unused bits, then the bits.
    function readKeyUsage(uint256 position, uint256 end) internal pure returns (uint256) {
        (uint256 content, uint256 next) = DerCursor.read(position, end, DerCursor.BIT_STRING);
        DerCursor.finish(next, end);
        require(next - content >= 2 && next - content <= 3, CertificateRefused("ExtensionMalformed"));
        return (DerCursor.word(content) >> 240) & 0xff;
    }

    /// @notice The value of a basic constraints extension: whether it is an authority's.
    function readBasicConstraints(uint256 position, uint256 end) internal pure returns (bool isCa) {
        (uint256 content, uint256 next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        if (DerCursor.peek(content, next) == DerCursor.BOOLEAN) {
            uint256 value = content;
            (value, content) = DerCursor.read(content, next, DerCursor.BOOLEAN);
            require(
                content - value == 1 && DerCursor.peek(value, content) == 0xff,
                CertificateRefused("ExtensionMalformed")
            );
            isCa = true;
        }
        // A path length may follow. The chains accepted here have a fixed depth, so it decides nothing; one over a byte
        // is nothing any issuer writes, and other verifiers refuse it.
        if (content < next) {
            uint256 pathLength;
            (pathLength, content) = DerCursor.readUint(content, next);
            require(pathLength <= 0xff, CertificateRefused("ExtensionMalformed"));
        }
        DerCursor.finish(content, next);
    }
}
