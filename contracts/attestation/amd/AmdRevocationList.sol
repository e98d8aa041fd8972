// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";

import {X509Certificate} from "../intel/X509Certificate.sol";
import {RsaSignedDer} from "./RsaSignedDer.sol";

/// @title AMD's revocation lists: X.509, version 2, signed with RSA-PSS (RFC 5280, section 5)
/// @notice Complete, direct lists only: one with a critical extension, on itself or on an entry, means something else
/// and is refused.
library AmdRevocationList {
    /// @notice A list's content.
    /// @param issuer Keccak-256 of the issuer's name as encoded
    /// @param number The list's own number
    /// @param thisUpdate When it was issued
    /// @param nextUpdate When the next one is due at the latest
    /// @param serials Fingerprints of the revoked serial numbers, in the list's order
    struct Fields {
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

    /// @notice Parse a list that has been opened.
    function parse(RsaSignedDer.Opened memory opened) internal pure returns (Fields memory fields) {
        uint256 position = opened.content;
        uint256 end = opened.contentEnd;
        require(
            position + 3 <= end && DerCursor.word(position) >> 232 == VERSION_2,
            X509Certificate.CertificateRefused("CrlVersion")
        );
        position = RsaSignedDer.readSignedAlgorithm(opened, position + 3, end);
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
        // Room for as many as there can be.
        serials = new bytes16[]((end - position) / MIN_ENTRY_BYTES);
        uint256 count;
        while (position < end) {
            uint256 entry;
            (entry, position) = DerCursor.read(position, end, DerCursor.SEQUENCE);
            (serials[count], entry) = X509Certificate.readSerial(entry, position);
            ++count;
            _checkRest(entry, position);
        }
        // Shortening an array in place leaves its unused tail allocated and unreachable.
        assembly ("memory-safe") {
            mstore(serials, count)
        }
    }

    /// @dev A date, and perhaps extensions. When and why a certificate was revoked decides nothing: an entry revokes.
    function _checkRest(uint256 position, uint256 end) private pure {
        (, position) = X509Certificate.readTime(position, end);
        if (position == end) return;
        uint256 next;
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        while (position < end) (, , , , position) = _readExtension(position, end);
    }

    function _readNumber(uint256 position, uint256 end) private pure returns (uint256 number) {
        uint256 next;
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        bool seen;
        while (position < end) {
            (uint256 oid, uint256 length, uint256 value, uint256 valueEnd, uint256 following) = _readExtension(
                position,
                end
            );
            position = following;
            if (length != 3 || oid != OID_CRL_NUMBER) continue;
            require(!seen, X509Certificate.CertificateRefused("ExtensionRepeated"));
            seen = true;
            (number, value) = DerCursor.readUint(value, valueEnd);
            DerCursor.finish(value, valueEnd);
        }
        require(seen, X509Certificate.CertificateRefused("CrlNumberMissing"));
    }

    /// @dev An extension, which must not be critical: delta lists, lists of a part of the certificates, and entries
    /// about another issuer's certificates all say so in a critical one.
    function _readExtension(
        uint256 position,
        uint256 end
    ) private pure returns (uint256 oid, uint256 length, uint256 value, uint256 valueEnd, uint256 next) {
        uint256 content;
        (content, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        (oid, value) = DerCursor.read(content, next, DerCursor.OBJECT_ID);
        length = value - oid;
        require(length != 0 && length <= 32, X509Certificate.CertificateRefused("ExtensionMalformed"));
        oid = DerCursor.word(oid) >> (256 - 8 * length);
        require(DerCursor.peek(value, next) != DerCursor.BOOLEAN, X509Certificate.CertificateRefused("CrlCritical"));
        (value, valueEnd) = DerCursor.read(value, next, DerCursor.OCTET_STRING);
        DerCursor.finish(valueEnd, next);
    }
}
