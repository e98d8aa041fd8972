// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";

import {X509Certificate} from "./X509Certificate.sol";

/// @title X.509 revocation lists, version 2 (RFC 5280, section 5)
/// @notice Complete, direct lists only: one with a critical extension, on itself or on an entry, means something else
/// and is refused.
library RevocationListReader {
    /// @notice A list's content.
    /// @param digest SHA-256 of the signed part
    /// @param r First half of the issuer's signature
    /// @param s Second half of it
    /// @param issuer Keccak-256 of the issuer's name as encoded
    /// @param number The list's own number
    /// @param thisUpdate When it was issued
    /// @param nextUpdate When the next one is due at the latest
    /// @param serials Fingerprints of the revoked serial numbers, in the list's order
    struct Fields {
        bytes32 digest;
        uint256 r;
        uint256 s;
        bytes32 issuer;
        uint256 number;
        uint256 thisUpdate;
        uint256 nextUpdate;
        bytes16[] serials;
    }

    /// @dev INTEGER 1: version 2.
    uint256 private constant VERSION_2 = 0x020101;
    uint256 private constant EXTENSIONS = 0xa0;
    uint256 private constant OID_CRL_NUMBER = 0x551d14;

    /// @dev No entry is shorter: two headers, a serial of one byte and a date of thirteen.
    uint256 private constant MIN_ENTRY_BYTES = 20;

    /// @dev What follows the serial number in an entry as Intel writes it: a UTC time, and a reason of one byte. Twenty-
    /// nine bytes, of which the time's thirteen and the reason itself are left open.
    uint256 private constant USUAL_REST = 0x170d00000000000000000000000000300c300a0603551d1504030a0100000000;
    uint256 private constant USUAL_REST_MASK = 0xffff00000000000000000000000000ffffffffffffffffffffffffff00000000;
    uint256 private constant USUAL_REST_BYTES = 29;
    /// @dev What precedes a serial number of twenty bytes in such an entry: one that begins with a clear bit, and one
    /// that begins with a set one and so has a zero in front.
    uint256 private constant USUAL_HEAD = 0x30330214;
    uint256 private constant USUAL_HEAD_ZERO = 0x3034021500;
    uint256 private constant USUAL_SERIAL_BYTES = 20;

    /// @notice Parse a list that fills `der`.
    function parse(bytes memory der) internal view returns (Fields memory fields) {
        (bytes32 digest, uint256 position, uint256 signedEnd, uint256 end) = X509Certificate.openSigned(der);
        fields.digest = digest;
        _parseSigned(fields, position, signedEnd);
        (fields.r, fields.s) = X509Certificate.readSignature(signedEnd, end);
    }

    function _parseSigned(Fields memory fields, uint256 position, uint256 end) private pure {
        require(
            position + 3 <= end && DerCursor.word(position) >> 232 == VERSION_2,
            X509Certificate.CertificateRefused("CrlVersion")
        );
        position = X509Certificate.readAlgorithm(position + 3, end);
        uint256 next;
        (, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        fields.issuer = DerCursor.hash(position, next);
        (fields.thisUpdate, position) = X509Certificate.readTime(next, end);
        (fields.nextUpdate, position) = X509Certificate.readTime(position, end);
        uint256 content;
        if (DerCursor.peek(position, end) == DerCursor.SEQUENCE) {
            (content, position) = DerCursor.read(position, end, DerCursor.SEQUENCE);
            fields.serials = _readEntries(content, position);
        }
        (content, next) = DerCursor.read(position, end, EXTENSIONS);
        DerCursor.finish(next, end);
        fields.number = _readNumber(content, end);
    }

    function _readEntries(uint256 position, uint256 end) private pure returns (bytes16[] memory serials) {
        // Room for as many as there can be, so that no store below is out of bounds.
        serials = new bytes16[]((end - position) / MIN_ENTRY_BYTES);
        uint256 first;
        assembly ("memory-safe") {
            first := add(serials, 0x20)
        }
        uint256 out = first;
        while (position < end) {
            bytes16 serial;
            (serial, position) = _readUsualEntry(position, end);
            if (serial == 0) (serial, position) = _readEntry(position, end);
            assembly ("memory-safe") {
                mstore(out, serial)
                out := add(out, 0x20)
            }
        }
        // Shortening an array in place leaves its unused tail allocated and unreachable.
        assembly ("memory-safe") {
            mstore(serials, shr(5, sub(out, first)))
        }
    }

    /// @dev Entries of the usual form are recognised as a whole; they would read the same element by element. For any
    /// other the fingerprint is zero and `next` is `position`. No serial number has a fingerprint of zero.
    function _readUsualEntry(uint256 position, uint256 end) private pure returns (bytes16 fingerprint, uint256 next) {
        // Addresses: no sum overflows.
        unchecked {
            uint256 head = DerCursor.word(position);
            uint256 serial;
            uint256 first = (head >> 216) & 0xff;
            if (head >> 224 == USUAL_HEAD && first != 0 && first < 0x80) serial = position + 4;
            else if (head >> 216 == USUAL_HEAD_ZERO && (head >> 208) & 0x80 != 0) serial = position + 5;
            else return (0, position);
            uint256 rest = serial + USUAL_SERIAL_BYTES;
            if (rest + USUAL_REST_BYTES > end || DerCursor.word(rest) & USUAL_REST_MASK != USUAL_REST)
                return (0, position);
            return (X509Certificate.serialFingerprint(serial, USUAL_SERIAL_BYTES), rest + USUAL_REST_BYTES);
        }
    }

    function _readEntry(uint256 position, uint256 end) private pure returns (bytes16 serial, uint256 next) {
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        (serial, position) = X509Certificate.readSerial(position, next);
        _checkRest(position, next);
    }

    /// @dev A date, and perhaps extensions. When and why a certificate was revoked decides nothing: an entry revokes.
    /// Only a critical extension could change what the entry is about, and it would begin with a BOOLEAN where the
    /// value is expected.
    function _checkRest(uint256 position, uint256 end) private pure {
        (, position) = X509Certificate.readTime(position, end);
        if (position == end) return;
        uint256 next;
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        while (position < end) {
            uint256 extension;
            (extension, position) = DerCursor.read(position, end, DerCursor.SEQUENCE);
            uint256 value = DerCursor.skip(extension, position, DerCursor.OBJECT_ID);
            require(
                DerCursor.peek(value, position) != DerCursor.BOOLEAN,
                X509Certificate.CertificateRefused("CrlEntryCritical")
            );
            DerCursor.finish(DerCursor.skip(value, position, DerCursor.OCTET_STRING), position);
        }
    }

    function _readNumber(uint256 position, uint256 end) private pure returns (uint256 number) {
        uint256 next;
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        bool seen;
        while (position < end) {
            uint256 extension;
            (extension, position) = DerCursor.read(position, end, DerCursor.SEQUENCE);
            (uint256 oid, uint256 value) = DerCursor.read(extension, position, DerCursor.OBJECT_ID);
            // Delta lists and lists of a part of the certificates say so in a critical extension.
            require(
                DerCursor.peek(value, position) != DerCursor.BOOLEAN,
                X509Certificate.CertificateRefused("CrlCritical")
            );
            bool isNumber = value - oid == 3 && DerCursor.word(oid) >> 232 == OID_CRL_NUMBER;
            uint256 content;
            (content, value) = DerCursor.read(value, position, DerCursor.OCTET_STRING);
            DerCursor.finish(value, position);
            if (isNumber) {
                require(!seen, X509Certificate.CertificateRefused("ExtensionRepeated"));
                seen = true;
                (number, content) = DerCursor.readUint(content, value);
                DerCursor.finish(content, value);
            }
        }
        require(seen, X509Certificate.CertificateRefused("CrlNumberMissing"));
    }
}
