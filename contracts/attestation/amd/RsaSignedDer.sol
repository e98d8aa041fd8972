// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";
import {RsaPss} from "../../cryptography/RsaPss.sol";
import {Sha384} from "../../cryptography/Sha384.sol";

import {RevocationListContent} from "../RevocationListContent.sol";
import {X509Certificate} from "../intel/X509Certificate.sol";

/// @title What AMD's certificates and revocation lists have around what they say
/// @notice SEQUENCE { signed part, algorithm, signature }, always RSA-4096 PSS with SHA-384 (RFC 4055, RFC 5280).
library RsaSignedDer {
    /// @notice A certificate or list, opened.
    /// @param digestHead First 32 bytes of the SHA-384 of the signed part
    /// @param digestTail Its last 16 bytes
    /// @param signature 512 bytes
    /// @param algorithm Length of the algorithm identifier behind the signed part
    /// @param content Memory address of the signed part's first element
    /// @param contentEnd Where the signed part ends
    struct Opened {
        bytes32 digestHead;
        bytes16 digestTail;
        bytes signature;
        uint256 algorithm;
        uint256 content;
        uint256 contentEnd;
    }

    uint256 private constant SIGNATURE_BYTES = 512;

    /// @dev Keccak-256 of the identifier as AMD writes it: id-RSASSA-PSS { sha384 with NULL, mgf1 { sha384 with NULL },
    /// salt 48, trailer 1 }. DER would leave the trailer out, for 1 is the default; that form is taken as well.
    bytes32 private constant AMD_FORM = 0x9f9d49556de3bc1a127d3aa3064e482079015e0ebc670e7e30370cde7b6d049e;
    uint256 private constant AMD_FORM_BYTES = 72;
    bytes32 private constant SHORT_FORM = 0xdbaa23db909d993146ce9bceb311967fd4323f9676b0183bef91179e166a598b;
    uint256 private constant SHORT_FORM_BYTES = 67;

    /// @notice Open what fills `der`. Nothing is verified yet.
    function open(bytes memory der) internal pure returns (Opened memory opened) {
        uint256 position;
        assembly ("memory-safe") {
            position := add(der, 0x20)
        }
        uint256 end = position + der.length;
        (uint256 inner, uint256 next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        (opened.content, opened.contentEnd) = DerCursor.read(inner, end, DerCursor.SEQUENCE);
        position = readAlgorithm(opened.contentEnd, end);
        opened.algorithm = position - opened.contentEnd;
        uint256 content;
        (content, next) = DerCursor.read(position, end, DerCursor.BIT_STRING);
        DerCursor.finish(next, end);
        require(
            next - content == SIGNATURE_BYTES + 1 && DerCursor.peek(content, next) == 0,
            X509Certificate.CertificateRefused("SignatureMalformed")
        );
        opened.signature = copy(content + 1, next);
        (opened.digestHead, opened.digestTail) = Sha384.digest(copy(inner, opened.contentEnd));
    }

    /// @notice Step over an algorithm identifier, which must be the one there is here.
    function readAlgorithm(uint256 position, uint256 end) internal pure returns (uint256 next) {
        // No sum of addresses overflows.
        unchecked {
            next = position + AMD_FORM_BYTES;
            if (next <= end && DerCursor.hash(position, next) == AMD_FORM) return next;
            next = position + SHORT_FORM_BYTES;
            require(
                next <= end && DerCursor.hash(position, next) == SHORT_FORM,
                X509Certificate.CertificateRefused("AlgorithmUnsupported")
            );
        }
    }

    /// @notice Step over the algorithm identifier inside the signed part. It must be the one behind it (RFC 5280,
    /// 4.1.1.2): that one isn't signed.
    function readSignedAlgorithm(
        Opened memory opened,
        uint256 position,
        uint256 end
    ) internal pure returns (uint256 next) {
        next = readAlgorithm(position, end);
        require(next - position == opened.algorithm, X509Certificate.CertificateRefused("AlgorithmsDiffer"));
    }

    /// @notice What has been opened, read as a revocation list.
    function revocationList(Opened memory opened) internal pure returns (RevocationListContent.Fields memory fields) {
        uint256 end = opened.contentEnd;
        uint256 position = RevocationListContent.readVersion(opened.content, end);
        position = readSignedAlgorithm(opened, position, end);
        (fields, position, end) = RevocationListContent.parse(position, end);
        bytes16[] memory serials = RevocationListContent.roomFor(position, end);
        uint256 count;
        while (position < end) (serials[count++], position) = RevocationListContent.readEntry(position, end);
        // Shortening an array in place leaves its unused tail allocated and unreachable.
        assembly ("memory-safe") {
            mstore(serials, count)
        }
        fields.serials = serials;
    }

    /// @notice Whether the holder of the key with this modulus signed.
    function isSignedBy(Opened memory opened, bytes memory modulus) internal view returns (bool) {
        return RsaPss.verify(opened.digestHead, opened.digestTail, opened.signature, modulus);
    }

    /// @notice The memory [`position`, `end`) as an array of its own.
    function copy(uint256 position, uint256 end) internal pure returns (bytes memory data) {
        data = new bytes(end - position);
        assembly ("memory-safe") {
            mcopy(add(data, 0x20), position, mload(data))
        }
    }
}
