// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";

import {RevocationListContent} from "../RevocationListContent.sol";
import {X509Certificate} from "./X509Certificate.sol";

/// @title Revocation lists as Intel issues them: signed with ECDSA on P-256
library RevocationListReader {
    /// @notice A list.
    /// @param digest SHA-256 of the signed part
    /// @param r First half of the issuer's signature
    /// @param s Second half of it
    /// @param list What it says
    struct Fields {
        bytes32 digest;
        uint256 r;
        uint256 s;
        RevocationListContent.Fields list;
    }

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
        position = X509Certificate.readAlgorithm(RevocationListContent.readVersion(position, signedEnd), signedEnd);
        uint256 entriesEnd;
        (fields.list, position, entriesEnd) = RevocationListContent.parse(position, signedEnd);
        fields.list.serials = _readEntries(position, entriesEnd);
        (fields.r, fields.s) = X509Certificate.readSignature(signedEnd, end);
    }

    function _readEntries(uint256 position, uint256 end) private pure returns (bytes16[] memory serials) {
        // No store below is out of bounds.
        serials = RevocationListContent.roomFor(position, end);
        uint256 first;
        assembly ("memory-safe") {
            first := add(serials, 0x20)
        }
        uint256 out = first;
        while (position < end) {
            bytes16 serial;
            (serial, position) = _readUsualEntry(position, end);
            if (serial == 0) (serial, position) = RevocationListContent.readEntry(position, end);
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
}
