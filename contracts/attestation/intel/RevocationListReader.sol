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

    /// @notice Parse a list that fills `der`.
    function parse(bytes memory der) internal view returns (Fields memory fields) {
        uint256 at;
        assembly ("memory-safe") {
            at := add(der, 0x20)
        }
        uint256 end = at + der.length;
        (uint256 inner, uint256 next) = DerCursor.read(at, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        uint256 tbs;
        (tbs, next) = DerCursor.read(inner, end, DerCursor.SEQUENCE);
        fields.digest = X509Certificate.sha256Of(inner, next);
        (fields.r, fields.s) = X509Certificate.readSignature(next, end);
        _parseSigned(fields, tbs, next);
    }

    function _parseSigned(Fields memory fields, uint256 at, uint256 end) private pure {
        require(
            at + 3 <= end && DerCursor.word(at) >> 232 == VERSION_2,
            X509Certificate.CertificateRefused("CrlVersion")
        );
        at = X509Certificate.readAlgorithm(at + 3, end);
        uint256 next;
        (, next) = DerCursor.read(at, end, DerCursor.SEQUENCE);
        fields.issuer = DerCursor.hash(at, next);
        (fields.thisUpdate, at) = X509Certificate.readTime(next, end);
        (fields.nextUpdate, at) = X509Certificate.readTime(at, end);
        uint256 content;
        if (DerCursor.peek(at, end) == DerCursor.SEQUENCE) {
            (content, at) = DerCursor.read(at, end, DerCursor.SEQUENCE);
            fields.serials = _readEntries(content, at);
        }
        (content, next) = DerCursor.read(at, end, EXTENSIONS);
        DerCursor.finish(next, end);
        fields.number = _readNumber(content, end);
    }

    function _readEntries(uint256 at, uint256 end) private pure returns (bytes16[] memory serials) {
        serials = new bytes16[]((end - at) / MIN_ENTRY_BYTES);
        uint256 count;
        while (at < end) {
            uint256 entry;
            (entry, at) = DerCursor.read(at, end, DerCursor.SEQUENCE);
            // Bounds-checked by the compiler; the allocation covers the shortest entries there can be.
            (serials[count++], entry) = X509Certificate.readSerial(entry, at);
            // When it was revoked decides nothing.
            uint256 tag = DerCursor.peek(entry, at);
            if (tag != DerCursor.GENERALIZED_TIME) tag = DerCursor.UTC_TIME;
            entry = DerCursor.skip(entry, at, tag);
            if (entry < at) entry = _readEntryExtensions(entry, at);
            DerCursor.finish(entry, at);
        }
        // Shortening an array in place leaves its unused tail allocated and unreachable.
        assembly ("memory-safe") {
            mstore(serials, count)
        }
    }

    /// @dev Reasons and dates of invalidity decide nothing: an entry revokes. Only a critical extension could change
    /// what the entry is about, and it would begin with a BOOLEAN where the value is expected.
    function _readEntryExtensions(uint256 at, uint256 end) private pure returns (uint256 next) {
        uint256 content;
        (content, next) = DerCursor.read(at, end, DerCursor.SEQUENCE);
        while (content < next) {
            uint256 extension;
            (extension, content) = DerCursor.read(content, next, DerCursor.SEQUENCE);
            uint256 value = DerCursor.skip(extension, content, DerCursor.OBJECT_ID);
            require(
                DerCursor.peek(value, content) != DerCursor.BOOLEAN,
                X509Certificate.CertificateRefused("CrlEntryCritical")
            );
            DerCursor.finish(DerCursor.skip(value, content, DerCursor.OCTET_STRING), content);
        }
    }

    function _readNumber(uint256 at, uint256 end) private pure returns (uint256 number) {
        uint256 next;
        (at, next) = DerCursor.read(at, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        bool seen;
        while (at < end) {
            uint256 extension;
            (extension, at) = DerCursor.read(at, end, DerCursor.SEQUENCE);
            (uint256 oid, uint256 value) = DerCursor.read(extension, at, DerCursor.OBJECT_ID);
            // Delta lists and lists of a part of the certificates say so in a critical extension.
            require(
                DerCursor.peek(value, at) != DerCursor.BOOLEAN, X509Certificate.CertificateRefused("CrlCritical")
            );
            bool isNumber = value - oid == 3 && DerCursor.word(oid) >> 232 == OID_CRL_NUMBER;
            uint256 content;
            (content, value) = DerCursor.read(value, at, DerCursor.OCTET_STRING);
            DerCursor.finish(value, at);
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
