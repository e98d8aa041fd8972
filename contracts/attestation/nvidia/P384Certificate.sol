// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";

import {X509Reader} from "../X509Reader.sol";

/// @title What is P-384's in an X.509 certificate: key and signature (RFC 5480, RFC 5758)
library P384Certificate {
    uint256 private constant COORDINATE_BYTES = 48;

    /// @dev The algorithm identifier of ecdsa-with-SHA384, complete: SEQUENCE { 1.2.840.10045.4.3.3 }.
    uint256 private constant ECDSA_SHA384 = 0x300a06082a8648ce3d040303;
    uint256 private constant ECDSA_SHA384_LENGTH = 12;

    /// @dev What precedes the two coordinates in the key information of every uncompressed P-384 key.
    uint256 private constant P384_KEY = 0x3076301006072a8648ce3d020106052b8104002203620004;
    uint256 private constant P384_KEY_LENGTH = 24;

    /// @notice The subject's key: x then y, 48 bytes each. Whether that is a point of the curve is not asked here.
    function key(X509Reader.Fields memory fields) internal pure returns (bytes memory) {
        require(
            fields.keyEnd - fields.key == P384_KEY_LENGTH + 2 * COORDINATE_BYTES &&
                DerCursor.word(fields.key) >> (256 - 8 * P384_KEY_LENGTH) == P384_KEY,
            X509Reader.CertificateUnreadable("KeyUnsupported")
        );
        return X509Reader.copy(fields.key + P384_KEY_LENGTH, fields.keyEnd);
    }

    /// @notice The issuer's signature: r then s, 48 bytes each.
    function signature(X509Reader.Fields memory fields) internal pure returns (bytes memory pair) {
        require(
            fields.algorithmEnd - fields.algorithm == ECDSA_SHA384_LENGTH &&
                DerCursor.word(fields.algorithm) >> (256 - 8 * ECDSA_SHA384_LENGTH) == ECDSA_SHA384,
            X509Reader.CertificateUnreadable("AlgorithmUnsupported")
        );
        (uint256 position, uint256 end) = DerCursor.read(fields.signature, fields.signatureEnd, DerCursor.SEQUENCE);
        DerCursor.finish(end, fields.signatureEnd);
        pair = new bytes(2 * COORDINATE_BYTES);
        position = _number(position, end, pair, COORDINATE_BYTES);
        position = _number(position, end, pair, 2 * COORDINATE_BYTES);
        DerCursor.finish(position, end);
    }

    /// @dev Copies an INTEGER so that its last byte stands before `offset` in `pair`, which is zero there.
    function _number(
        uint256 position,
        uint256 end,
        bytes memory pair,
        uint256 offset
    ) private pure returns (uint256 next) {
        uint256 length;
        (position, length, next) = DerCursor.readUnsigned(position, end, COORDINATE_BYTES);
        // At most 48 bytes, which end at 48 or 96 of 96: memory-safe.
        assembly ("memory-safe") {
            mcopy(add(add(pair, 0x20), sub(offset, length)), position, length)
        }
    }
}
