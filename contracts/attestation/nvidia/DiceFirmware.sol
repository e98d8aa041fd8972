// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";

import {X509Reader} from "../X509Reader.sol";

/// @title The firmware id that a DICE certificate was issued for
/// @notice The extension 2.23.133.5.4.1 (or, in older certificates, 2.23.133.5.4.1.1) in the two forms in which NVIDIA's devices carry it. Hopper's is a composite
/// device id: SEQUENCE { version, the device's key, SEQUENCE { hash algorithm, digest } }. Blackwell's is a TcbInfo of
/// "DICE Attestation Architecture" (Trusted Computing Group): SEQUENCE of elements with implicit tags, of which [6] is a
/// list of firmware ids; the first one is that of the firmware which measures.
library DiceFirmware {
    uint256 private constant OID = 0x678105050401;
    uint256 private constant OID_LENGTH = 6;
    uint256 private constant OLDER_OID = 0x67810505040101;

    uint256 private constant FIRMWARE_IDS = 0xa6;

    /// @dev OBJECT IDENTIFIER 2.16.840.1.101.3.4.2.2, SHA-384, and the header of an OCTET STRING of 48 bytes.
    uint256 private constant SHA384_DIGEST = 0x0609608648016503040202_0430;
    uint256 private constant SHA384_DIGEST_LENGTH = 13;
    uint256 private constant DIGEST_BYTES = 48;

    /// @notice Keccak-256 of the 48 bytes of the firmware id; zero where a certificate names none.
    /// @return firmware The id's hash
    /// @return critical How many critical extensions have been read: none or one
    function read(X509Reader.Fields memory fields) internal pure returns (bytes32 firmware, uint256 critical) {
        X509Reader.Extension memory extension = X509Reader.findExtension(fields, OID, OID_LENGTH);
        if (extension.value == 0) extension = X509Reader.findExtension(fields, OLDER_OID, OID_LENGTH + 1);
        if (extension.value == 0) return (0, 0);
        if (extension.critical) critical = 1;
        (uint256 position, uint256 end) = DerCursor.read(extension.value, extension.valueEnd, DerCursor.SEQUENCE);
        DerCursor.finish(end, extension.valueEnd);
        if (DerCursor.peek(position, end) == DerCursor.INTEGER) {
            position = DerCursor.skip(position, end, DerCursor.INTEGER);
            position = DerCursor.skip(position, end, DerCursor.SEQUENCE);
            (firmware, position) = _readId(position, end);
            DerCursor.finish(position, end);
            return (firmware, critical);
        }
        uint256 last;
        while (position < end) {
            uint256 tag = DerCursor.peek(position, end);
            // Context-specific and rising, whether primitive or not.
            uint256 number = tag & 0x1f;
            require(
                tag & 0xc0 == 0x80 && (last == 0 || number >= last),
                X509Reader.CertificateUnreadable("FirmwareMalformed")
            );
            last = number + 1;
            uint256 content;
            (content, position) = DerCursor.read(position, end, tag);
            if (tag == FIRMWARE_IDS) (firmware, ) = _readId(content, position);
        }
    }

    function _readId(uint256 position, uint256 end) private pure returns (bytes32 firmware, uint256 next) {
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        require(
            next - position == SHA384_DIGEST_LENGTH + DIGEST_BYTES &&
                DerCursor.word(position) >> (256 - 8 * SHA384_DIGEST_LENGTH) == SHA384_DIGEST,
            X509Reader.CertificateUnreadable("FirmwareMalformed")
        );
        firmware = DerCursor.hash(position + SHA384_DIGEST_LENGTH, next);
    }
}
