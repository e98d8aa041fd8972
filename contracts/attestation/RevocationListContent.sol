// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../cryptography/DerCursor.sol";

import {X509Certificate} from "./intel/X509Certificate.sol";

/// @title What X.509 revocation lists say, version 2, whatever they are signed with (RFC 5280, section 5)
/// @notice Complete, direct lists only: one with a critical extension, on itself or on an entry, means something else
/// and is refused.
library RevocationListContent {
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

    /// @notice Step over the version, with which the signed part begins; the algorithm follows.
    function readVersion(uint256 position, uint256 end) internal pure returns (uint256) {
        require(
            position + 3 <= end && DerCursor.word(position) >> 232 == VERSION_2,
            X509Certificate.CertificateRefused("CrlVersion")
        );
        return position + 3;
    }

    /// @notice Read what follows the algorithm, to the end of the signed part, but for the entries: they stand from
    /// `entries` to `entriesEnd`, and there may be none.
    function parse(
        uint256 position,
        uint256 end
    ) internal pure returns (Fields memory fields, uint256 entries, uint256 entriesEnd) {
        uint256 next;
        (, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        fields.issuer = DerCursor.hash(position, next);
        (fields.thisUpdate, position) = X509Certificate.readTime(next, end);
        (fields.nextUpdate, position) = X509Certificate.readTime(position, end);
        if (DerCursor.peek(position, end) == DerCursor.SEQUENCE) {
            (entries, entriesEnd) = DerCursor.read(position, end, DerCursor.SEQUENCE);
            position = entriesEnd;
        }
        (position, next) = DerCursor.read(position, end, EXTENSIONS);
        DerCursor.finish(next, end);
        fields.number = _readNumber(position, end);
    }

    /// @notice Room for as many fingerprints as there can be between two addresses.
    function roomFor(uint256 position, uint256 end) internal pure returns (bytes16[] memory) {
        return new bytes16[]((end - position) / MIN_ENTRY_BYTES);
    }

    /// @notice Read an entry as the fingerprint of its serial number.
    function readEntry(uint256 position, uint256 end) internal pure returns (bytes16 serial, uint256 next) {
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        (serial, position) = X509Certificate.readSerial(position, next);
        _checkRest(position, next);
    }

    /// @dev A date, and perhaps extensions. When and why a certificate was revoked decides nothing: an entry revokes.
    function _checkRest(uint256 position, uint256 end) private pure {
        (, position) = X509Certificate.readTime(position, end);
        if (position == end) return;
        uint256 next;
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        while (position < end) (, , , position) = _readExtension(position, end, "CrlEntryCritical");
    }

    function _readNumber(uint256 position, uint256 end) private pure returns (uint256 number) {
        uint256 next;
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        bool seen;
        while (position < end) {
            bool isNumber;
            uint256 value;
            // Delta lists and lists of a part of the certificates say so in a critical extension.
            (isNumber, value, next, position) = _readExtension(position, end, "CrlCritical");
            if (!isNumber) continue;
            require(!seen, X509Certificate.CertificateRefused("ExtensionRepeated"));
            seen = true;
            (number, value) = DerCursor.readUint(value, next);
            DerCursor.finish(value, next);
        }
        require(seen, X509Certificate.CertificateRefused("CrlNumberMissing"));
    }

    /// @dev An extension, which must not be critical: a critical one would begin with a BOOLEAN where the value is
    /// expected, and could change what the list or entry is about.
    function _readExtension(
        uint256 position,
        uint256 end,
        bytes32 whenCritical
    ) private pure returns (bool isNumber, uint256 content, uint256 contentEnd, uint256 next) {
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        uint256 value;
        (position, value) = DerCursor.read(position, next, DerCursor.OBJECT_ID);
        isNumber = value - position == 3 && DerCursor.word(position) >> 232 == OID_CRL_NUMBER;
        require(DerCursor.peek(value, next) != DerCursor.BOOLEAN, X509Certificate.CertificateRefused(whenCritical));
        (content, contentEnd) = DerCursor.read(value, next, DerCursor.OCTET_STRING);
        DerCursor.finish(contentEnd, next);
    }
}
