// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";

import {X509Certificate} from "../intel/X509Certificate.sol";
import {AmdProduct} from "./AmdProduct.sol";

/// @title What AMD's extensions in an endorsement key's certificate say
/// @notice Object identifiers under 1.3.6.1.4.1.3704.1: AMD 57230, "Versioned Chip Endorsement Key Certificate and KDS
/// Interface Specification", chapter 3. A certificate may have them in any order, each once.
library EndorsementExtensions {
    /// @notice What has been read.
    /// @param seen Bit n for the extension n, see the constants
    /// @param levels Security patch levels: that of 1.3.6.1.4.1.3704.1.3.n in the n-th byte from below
    /// @param productName Left-aligned, zeros behind it
    /// @param holder Memory address of the chip's id or the provider's
    /// @param holderLength Its length in bytes
    struct Content {
        uint256 seen;
        uint256 levels;
        bytes32 productName;
        uint256 holder;
        uint256 holderLength;
    }

    uint256 internal constant STRUCT_VERSION = 1;
    uint256 internal constant PRODUCT_NAME = 2;
    uint256 internal constant HARDWARE_ID = 4;
    uint256 internal constant PROVIDER_ID = 5;
    /// @dev 1.3.6.1.4.1.3704.1.3.n is member LEVELS + n.
    uint256 internal constant LEVELS = 16;

    uint256 private constant BOOT_LOADER = 1;
    uint256 private constant TEE = 2;
    uint256 private constant SNP = 3;
    uint256 private constant MICROCODE = 8;
    /// @dev Turin's first firmware, which other lines don't have.
    uint256 private constant FMC = 9;

    /// @dev 1.3.6.1.4.1.3704.1, eight bytes.
    uint256 private constant ARC = 0x2b060104019c7801;
    uint256 private constant LEVELS_ARC = 0x2b060104019c780103;

    uint256 private constant IA5_STRING = 0x16;
    uint256 private constant UTF8_STRING = 0x0c;

    uint256 private constant KNOWN_STRUCT_VERSIONS = 1;
    uint256 private constant CHIP_ID_BYTES = 64;
    uint256 private constant TURIN_CHIP_ID_BYTES = 8;
    uint256 private constant MAX_PROVIDER_BYTES = 256;

    /// @notice Keccak-256 of the 64 zeros that a report has where the chip's id is masked. No chip has that id.
    bytes32 internal constant MASKED_CHIP = 0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5;

    /// @notice Which member an object identifier names; 0 for any other.
    /// @param oid The identifier's bytes, right-aligned
    /// @param length How many there are
    function memberOf(uint256 oid, uint256 length) internal pure returns (uint256 member) {
        uint256 last = oid & 0xff;
        if (length == 9 && oid >> 8 == ARC) {
            if (last == STRUCT_VERSION || last == PRODUCT_NAME || last == HARDWARE_ID || last == PROVIDER_ID) {
                return last;
            }
        } else if (length == 10 && oid >> 8 == LEVELS_ARC && last >= 1 && last <= FMC) {
            return LEVELS + last;
        }
    }

    /// @notice Read the value of a member.
    function read(Content memory content, uint256 member, uint256 position, uint256 end) internal pure {
        require((content.seen >> member) & 1 == 0, X509Certificate.CertificateRefused("ExtensionRepeated"));
        content.seen |= 1 << member;
        if (member == PRODUCT_NAME) {
            content.productName = _readName(position, end);
        } else if (member == HARDWARE_ID) {
            (content.holder, content.holderLength) = _readHardwareId(position, end);
        } else if (member == PROVIDER_ID) {
            (content.holder, content.holderLength) = _readString(position, end);
            require(
                content.holderLength != 0 && content.holderLength <= MAX_PROVIDER_BYTES,
                X509Certificate.CertificateRefused("ProviderId")
            );
        } else {
            (uint256 value, uint256 next) = DerCursor.readUint(position, end);
            DerCursor.finish(next, end);
            if (member == STRUCT_VERSION) {
                require(value <= KNOWN_STRUCT_VERSIONS, X509Certificate.CertificateRefused("StructVersion"));
            } else {
                require(value <= 0xff, X509Certificate.CertificateRefused("PatchLevel"));
                content.levels |= value << (8 * (member - LEVELS));
            }
        }
    }

    /// @notice The patch levels as a report of the line has them, a number with the first byte lowest. Refuses a
    /// certificate that lacks one the line has, or has one that the line lacks.
    function tcbOf(Content memory content, AmdProduct product) internal pure returns (uint64) {
        bool turin = product == AmdProduct.Turin;
        uint256 required =
            (1 << STRUCT_VERSION) |
                (1 << PRODUCT_NAME) |
                (1 << (LEVELS + BOOT_LOADER)) |
                (1 << (LEVELS + TEE)) |
                (1 << (LEVELS + SNP)) |
                (1 << (LEVELS + MICROCODE));
        if (turin) required |= 1 << (LEVELS + FMC);
        require(content.seen & required == required, X509Certificate.CertificateRefused("ExtensionMissing"));
        uint256 levels = content.levels;
        uint256 tcb;
        if (turin) {
            // FMC, boot loader, TEE, SNP, three spare, microcode. The fourth level has no place.
            require(_level(levels, 4) == 0, X509Certificate.CertificateRefused("PatchLevel"));
            tcb = _level(levels, FMC) | (_level(levels, BOOT_LOADER) << 8) | (_level(levels, TEE) << 16);
            tcb |= (_level(levels, SNP) << 24) | (_level(levels, 5) << 32) | (_level(levels, 6) << 40);
            tcb |= _level(levels, 7) << 48;
        } else {
            // Boot loader, TEE, four spare, SNP, microcode.
            require(
                (content.seen >> (LEVELS + FMC)) & 1 == 0,
                X509Certificate.CertificateRefused("ExtensionUnexpected")
            );
            tcb = _level(levels, BOOT_LOADER) | (_level(levels, TEE) << 8) | (_level(levels, 4) << 16);
            tcb |= (_level(levels, 5) << 24) | (_level(levels, 6) << 32) | (_level(levels, 7) << 40);
            tcb |= _level(levels, SNP) << 48;
        }
        // Eight levels of at most 255.
        return uint64(tcb | (_level(levels, MICROCODE) << 56));
    }

    /// @notice The chip's id as reports have it, 64 bytes with zeros behind it, hashed with Keccak-256.
    function chipHash(Content memory content, AmdProduct product) internal pure returns (bytes32 hash) {
        // Both ids would stand in the same place.
        require((content.seen >> PROVIDER_ID) & 1 == 0, X509Certificate.CertificateRefused("ExtensionUnexpected"));
        uint256 length = product == AmdProduct.Turin ? TURIN_CHIP_ID_BYTES : CHIP_ID_BYTES;
        require(
            (content.seen >> HARDWARE_ID) & 1 == 1 && content.holderLength == length,
            X509Certificate.CertificateRefused("HardwareId")
        );
        uint256 from = content.holder;
        // Scratch space: two words.
        assembly ("memory-safe") {
            mstore(0x00, 0)
            mstore(0x20, 0)
            mcopy(0x00, from, length)
            hash := keccak256(0x00, 0x40)
        }
        require(hash != MASKED_CHIP, X509Certificate.CertificateRefused("HardwareId"));
    }

    /// @notice Keccak-256 of the id of the cloud provider that holds a loaded key.
    function providerHash(Content memory content) internal pure returns (bytes32) {
        require((content.seen >> HARDWARE_ID) & 1 == 0, X509Certificate.CertificateRefused("ExtensionUnexpected"));
        require((content.seen >> PROVIDER_ID) & 1 == 1, X509Certificate.CertificateRefused("ProviderId"));
        return DerCursor.hash(content.holder, content.holder + content.holderLength);
    }

    function _level(uint256 levels, uint256 index) private pure returns (uint256) {
        return (levels >> (8 * index)) & 0xff;
    }

    /// @dev At most 31 bytes, so that a zero ends it, and none of them zero itself.
    function _readName(uint256 position, uint256 end) private pure returns (bytes32 name) {
        (uint256 content, uint256 length) = _readString(position, end);
        require(length != 0 && length < 32, X509Certificate.CertificateRefused("ProductName"));
        name = bytes32((DerCursor.word(content) >> (256 - 8 * length)) << (256 - 8 * length));
        for (uint256 i; i < length; ++i) {
            require(name[i] != 0, X509Certificate.CertificateRefused("ProductName"));
        }
    }

    function _readString(uint256 position, uint256 end) private pure returns (uint256 content, uint256 length) {
        uint256 tag = DerCursor.peek(position, end);
        uint256 next;
        (content, next) = DerCursor.read(position, end, tag == UTF8_STRING ? tag : IA5_STRING);
        DerCursor.finish(next, end);
        length = next - content;
    }

    /// @dev AMD puts the bytes there as they are, where any other extension has DER; an OCTET STRING is taken too. The
    /// two can't be confused, for ids have 64 bytes or 8 and OCTET STRINGs around them two more.
    function _readHardwareId(uint256 position, uint256 end) private pure returns (uint256 content, uint256 length) {
        (content, length) = (position, end - position);
        if (length == CHIP_ID_BYTES + 2 || length == TURIN_CHIP_ID_BYTES + 2) {
            uint256 next;
            (content, next) = DerCursor.read(position, end, DerCursor.OCTET_STRING);
            DerCursor.finish(next, end);
            length = next - content;
        }
    }
}
