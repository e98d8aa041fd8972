// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../cryptography/DerCursor.sol";

import {X509Certificate} from "./intel/X509Certificate.sol";

/// @title X.509 version 3 certificates in memory, whatever they are signed with (RFC 5280)
/// @notice Reads every element in the standard's order and gives the places of those that hang on the algorithm: what
/// is signed, the key and the signature. It says nothing of who signed: that is for the caller, who knows the
/// issuer's key. Nor does it judge extensions of vendors; it counts those that are critical, and a caller must have
/// understood that many (see {findExtension}).
library X509Reader {
    /// @notice A certificate's content. Places are memory addresses; `…End` is what follows the element.
    /// @param signed The signed part with its header
    /// @param algorithm The algorithm identifier, alike inside the signed part and beside the signature
    /// @param issuer Keccak-256 of the issuer's name as encoded
    /// @param subject Keccak-256 of the subject's name as encoded
    /// @param serial Keccak-256 of the serial number's bytes, without a leading zero
    /// @param notBefore First second of validity
    /// @param notAfter Last second of validity
    /// @param key The subject's key information with its header
    /// @param extensions The extensions, without the header around them all
    /// @param signature The signature's bytes
    /// @param isCa Whether the basic constraints name a certificate authority
    /// @param pathLength How many authorities may follow below it; the largest number where nothing is said
    /// @param keyUsage The first eight bits of the key usage, the first (digitalSignature) on top; 0 where absent
    /// @param commonName The subject's common name, its text alone; 0 where absent
    /// @param criticalUnread How many critical extensions were not read here
    struct Fields {
        uint256 signed;
        uint256 signedEnd;
        uint256 algorithm;
        uint256 algorithmEnd;
        bytes32 issuer;
        bytes32 subject;
        bytes32 serial;
        uint256 notBefore;
        uint256 notAfter;
        uint256 key;
        uint256 keyEnd;
        uint256 extensions;
        uint256 extensionsEnd;
        uint256 signature;
        uint256 signatureEnd;
        bool isCa;
        uint256 pathLength;
        uint256 keyUsage;
        uint256 commonName;
        uint256 commonNameEnd;
        uint256 criticalUnread;
    }

    /// @notice One extension: its identifier's bytes on the right of a word, their number, and its value's place.
    struct Extension {
        uint256 oid;
        uint256 oidLength;
        bool critical;
        uint256 value;
        uint256 valueEnd;
    }

    /// @notice Thrown when a certificate is well formed but not of the kind read here. The reason is a short ASCII name.
    error CertificateUnreadable(bytes32 reason);

    uint256 internal constant USAGE_DIGITAL_SIGNATURE = 0x80;
    uint256 internal constant USAGE_CERTIFICATE_SIGN = 0x04;
    uint256 internal constant USAGE_CRL_SIGN = 0x02;

    /// @dev [0] { INTEGER 2 }: version 3.
    uint256 private constant VERSION_3 = 0xa003020102;
    uint256 private constant EXTENSIONS = 0xa3;
    uint256 private constant OID_COMMON_NAME = 0x550403;
    uint256 private constant OID_KEY_USAGE = 0x551d0f;
    uint256 private constant OID_BASIC_CONSTRAINTS = 0x551d13;
    uint256 private constant MAX_SERIAL_BYTES = 20; // RFC 5280 4.1.2.2

    /// @notice Read a certificate that fills `der`.
    function parse(bytes memory der) internal pure returns (Fields memory fields) {
        uint256 position;
        assembly ("memory-safe") {
            position := add(der, 0x20)
        }
        uint256 end = position + der.length;
        (uint256 inner, uint256 next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        fields.signed = inner;
        (position, next) = DerCursor.read(inner, end, DerCursor.SEQUENCE);
        fields.signedEnd = next;
        _readSigned(fields, position, next);

        // RFC 5280 4.1.1.2: the algorithm is named twice, in the same bytes.
        position = next;
        next = DerCursor.skip(position, end, DerCursor.SEQUENCE);
        require(
            DerCursor.hash(position, next) == DerCursor.hash(fields.algorithm, fields.algorithmEnd),
            CertificateUnreadable("AlgorithmsDiffer")
        );
        (position, next) = DerCursor.read(next, end, DerCursor.BIT_STRING);
        DerCursor.finish(next, end);
        // The first byte of a bit string is the number of unused bits at its end.
        require(DerCursor.peek(position, next) == 0, CertificateUnreadable("SignatureMalformed"));
        (fields.signature, fields.signatureEnd) = (position + 1, next);
    }

    /// @notice The extension with this identifier; `value` is 0 where there is none. Two of them are refused.
    /// @param oid The identifier's bytes, on the right of a word
    /// @param oidLength How many they are, 30 at most
    function findExtension(
        Fields memory fields,
        uint256 oid,
        uint256 oidLength
    ) internal pure returns (Extension memory found) {
        uint256 position = fields.extensions;
        while (position < fields.extensionsEnd) {
            Extension memory extension;
            (extension, position) = readExtension(position, fields.extensionsEnd);
            if (extension.oid != oid || extension.oidLength != oidLength) continue;
            require(found.value == 0, CertificateUnreadable("ExtensionRepeated"));
            found = extension;
        }
    }

    /// @notice Read the extension at a place; `next` is what follows it.
    function readExtension(
        uint256 position,
        uint256 end
    ) internal pure returns (Extension memory extension, uint256 next) {
        uint256 value;
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        (position, value) = DerCursor.read(position, next, DerCursor.OBJECT_ID);
        uint256 length = value - position;
        require(length != 0 && length <= 30, CertificateUnreadable("ExtensionMalformed"));
        extension.oidLength = length;
        extension.oid = DerCursor.word(position) >> (256 - 8 * length);
        if (DerCursor.peek(value, next) == DerCursor.BOOLEAN) {
            value = _readTrue(value, next);
            extension.critical = true;
        }
        (extension.value, extension.valueEnd) = DerCursor.read(value, next, DerCursor.OCTET_STRING);
        DerCursor.finish(extension.valueEnd, next);
    }

    /// @notice Copy what stands from `position` to `end`.
    function copy(uint256 position, uint256 end) internal pure returns (bytes memory data) {
        data = new bytes(end - position);
        // Copies into the array just made, exactly its length: memory-safe.
        assembly ("memory-safe") {
            mcopy(add(data, 0x20), position, mload(data))
        }
    }

    function _readSigned(Fields memory fields, uint256 position, uint256 end) private pure {
        require(
            position + 5 <= end && DerCursor.word(position) >> 216 == VERSION_3,
            CertificateUnreadable("CertificateVersion")
        );
        uint256 content;
        uint256 length;
        (content, length, position) = DerCursor.readUnsigned(position + 5, end, MAX_SERIAL_BYTES);
        fields.serial = DerCursor.hash(content, content + length);
        uint256 next = DerCursor.skip(position, end, DerCursor.SEQUENCE);
        (fields.algorithm, fields.algorithmEnd) = (position, next);
        (position, next) = (next, DerCursor.skip(next, end, DerCursor.SEQUENCE));
        fields.issuer = DerCursor.hash(position, next);
        (position, next) = DerCursor.read(next, end, DerCursor.SEQUENCE);
        (fields.notBefore, position) = X509Certificate.readTime(position, next);
        (fields.notAfter, position) = X509Certificate.readTime(position, next);
        DerCursor.finish(position, next);
        position = next;
        (content, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        fields.subject = DerCursor.hash(position, next);
        _readCommonName(fields, content, next);
        fields.key = next;
        fields.keyEnd = DerCursor.skip(next, end, DerCursor.SEQUENCE);
        (content, next) = DerCursor.read(fields.keyEnd, end, EXTENSIONS);
        DerCursor.finish(next, end);
        (fields.extensions, fields.extensionsEnd) = DerCursor.read(content, end, DerCursor.SEQUENCE);
        DerCursor.finish(fields.extensionsEnd, end);
        _readExtensions(fields);
    }

    /// @dev A name with two common names would leave open which one counts.
    function _readCommonName(Fields memory fields, uint256 position, uint256 end) private pure {
        while (position < end) {
            uint256 set;
            (set, position) = DerCursor.read(position, end, DerCursor.SET);
            (uint256 pair, uint256 pairEnd) = DerCursor.read(set, position, DerCursor.SEQUENCE);
            (uint256 oid, uint256 value) = DerCursor.read(pair, pairEnd, DerCursor.OBJECT_ID);
            if (value - oid != 3 || DerCursor.word(oid) >> 232 != OID_COMMON_NAME) continue;
            require(fields.commonName == 0, CertificateUnreadable("CommonNameRepeated"));
            uint256 tag = DerCursor.peek(value, pairEnd);
            (fields.commonName, fields.commonNameEnd) = DerCursor.read(value, pairEnd, tag);
        }
    }

    function _readExtensions(Fields memory fields) private pure {
        bool usageSeen;
        bool constraintsSeen;
        uint256 position = fields.extensions;
        fields.pathLength = type(uint256).max;
        while (position < fields.extensionsEnd) {
            Extension memory extension;
            (extension, position) = readExtension(position, fields.extensionsEnd);
            if (extension.oidLength == 3 && extension.oid == OID_KEY_USAGE) {
                require(!usageSeen, CertificateUnreadable("ExtensionRepeated"));
                usageSeen = true;
                fields.keyUsage = _readKeyUsage(extension.value, extension.valueEnd);
            } else if (extension.oidLength == 3 && extension.oid == OID_BASIC_CONSTRAINTS) {
                require(!constraintsSeen, CertificateUnreadable("ExtensionRepeated"));
                constraintsSeen = true;
                _readBasicConstraints(fields, extension.value, extension.valueEnd);
            } else if (extension.critical) {
                ++fields.criticalUnread;
            }
        }
    }

    /// @dev A BIT STRING: the number of unused bits, then the bits.
    function _readKeyUsage(uint256 position, uint256 end) private pure returns (uint256) {
        (uint256 content, uint256 next) = DerCursor.read(position, end, DerCursor.BIT_STRING);
        DerCursor.finish(next, end);
        require(next - content >= 2 && next - content <= 3, CertificateUnreadable("ExtensionMalformed"));
        return (DerCursor.word(content) >> 240) & 0xff;
    }

    /// @dev A path length without the flag of an authority has no meaning (RFC 5280 4.2.1.9).
    function _readBasicConstraints(Fields memory fields, uint256 position, uint256 end) private pure {
        (uint256 content, uint256 next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        if (DerCursor.peek(content, next) == DerCursor.BOOLEAN) {
            content = _readTrue(content, next);
            fields.isCa = true;
        }
        if (content < next) {
            (fields.pathLength, content) = DerCursor.readUint(content, next);
            require(fields.isCa, CertificateUnreadable("ExtensionMalformed"));
        }
        DerCursor.finish(content, next);
    }

    /// @dev DER writes true as 0xff and leaves false, the default here, out.
    function _readTrue(uint256 position, uint256 end) private pure returns (uint256 next) {
        (position, next) = DerCursor.read(position, end, DerCursor.BOOLEAN);
        require(
            next - position == 1 && DerCursor.peek(position, next) == 0xff,
            CertificateUnreadable("ExtensionMalformed")
        );
    }
}
