// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {LittleEndian} from "../../cryptography/LittleEndian.sol";

import {AmdProduct} from "./AmdProduct.sol";
import {AmdProductLine} from "./AmdProductLine.sol";
import {SnpPolicyBits} from "./SnpPolicyBits.sol";

/// @title Attestation reports of SEV-SNP, versions 2 to 5
/// @notice AMD 56860, "SEV Secure Nested Paging Firmware ABI Specification", tables ATTESTATION_REPORT and "Signature
/// format". Numbers are little-endian. Version 3 adds the processor's family, model and stepping, version 5 the
/// mitigation vectors; where an older version has these, it has zeros.
library SnpReport {
    /// @notice A report as firmware gives it.
    uint256 internal constant BYTES = 1184;
    /// @notice The part of it that is signed; the signature follows.
    uint256 internal constant SIGNED_BYTES = 0x2a0;

    uint256 internal constant POLICY = 0x08;
    uint256 internal constant VMPL = 0x30;
    uint256 internal constant CURRENT_TCB = 0x38;
    uint256 internal constant PLATFORM_INFO = 0x40;
    uint256 internal constant REPORTED_TCB = 0x180;
    uint256 internal constant COMMITTED_TCB = 0x1e0;
    uint256 internal constant LAUNCH_TCB = 0x1f0;
    uint256 internal constant LAUNCH_MITIGATIONS = 0x1f8;
    uint256 internal constant CURRENT_MITIGATIONS = 0x200;

    /// @notice What SIGNING_KEY says of the key that signed.
    uint256 internal constant SIGNED_BY_VCEK = 0;
    uint256 internal constant SIGNED_BY_VLEK = 1;

    uint256 private constant VERSION = 0x00;
    uint256 private constant ALGORITHM = 0x34;
    uint256 private constant SIGNER_INFO = 0x48;
    uint256 private constant CPUID = 0x188;
    uint256 private constant CHIP_ID = 0x1a0;
    uint256 private constant CHIP_ID_BYTES = 64;

    uint256 private constant ECDSA_P384_SHA384 = 1;
    uint256 private constant MOST_PRIVILEGES_LEFT = 3;
    /// @dev r and s have 72 bytes each, of which 48 are used.
    uint256 private constant COMPONENT_BYTES = 72;
    uint256 private constant NUMBER_BYTES = 48;

    /// @notice What is wrong with a report whoever signed it; zero where nothing is.
    /// @param report The signed part
    /// @param signature What follows it
    function defectOf(bytes memory report, bytes calldata signature) internal pure returns (bytes32) {
        uint256 version = read32(report, VERSION);
        if (version < 2 || version > 5) return "ReportVersion";
        if (read32(report, ALGORITHM) != ECDSA_P384_SHA384) return "SignatureAlgorithm";
        if (signingKey(report) > SIGNED_BY_VLEK) return "SigningKey";
        // 0xffffffff is what a report has that the host asked for, and no guest.
        if (read32(report, VMPL) > MOST_PRIVILEGES_LEFT) return "VmplNone";
        uint256 policy = read64(report, POLICY);
        if (policy & ~uint256(SnpPolicyBits.POLICY_KNOWN) != 0 || policy & SnpPolicyBits.RESERVED_ONE == 0) {
            return "PolicyReserved";
        }
        if (read64(report, PLATFORM_INFO) & ~uint256(SnpPolicyBits.PLATFORM_KNOWN) != 0) return "PlatformInfoReserved";
        if (
            read32(report, SIGNER_INFO) >> 5 != 0 ||
            !_isZero(report, 0x4c, 0x50) ||
            !_isZero(report, version == 2 ? CPUID : CPUID + 3, CHIP_ID) ||
            !_isZero(report, 0x1eb, 0x1ec) ||
            !_isZero(report, 0x1ef, 0x1f0) ||
            !_isZero(report, version == 5 ? 0x208 : LAUNCH_MITIGATIONS, SIGNED_BYTES)
        ) return "ReservedNotZero";
        if (!_isSignatureForm(signature)) return "SignatureForm";
        return 0;
    }

    /// @notice r then s, 48 big-endian bytes each, from a signature that has been found in form.
    function signatureOf(bytes calldata signature) internal pure returns (bytes memory) {
        (bytes32 rHead, bytes16 rTail) = _bigEndian(signature, 0);
        (bytes32 sHead, bytes16 sTail) = _bigEndian(signature, COMPONENT_BYTES);
        return abi.encodePacked(rHead, rTail, sHead, sTail);
    }

    /// @notice The report's version.
    function versionOf(bytes memory report) internal pure returns (uint256) {
        return read32(report, VERSION);
    }

    /// @notice Which kind of key the report says it is signed with.
    function signingKey(bytes memory report) internal pure returns (uint256) {
        return (read32(report, SIGNER_INFO) >> 2) & 7;
    }

    /// @notice Whether the processor that a report names is of a product line. Version 2 names none.
    function isOfProduct(bytes memory report, AmdProduct product) internal pure returns (bool) {
        if (read32(report, VERSION) == 2) return true;
        uint256 cpuid = read32(report, CPUID);
        return AmdProductLine.ofProcessor(cpuid & 0xff, (cpuid >> 8) & 0xff) == product;
    }

    /// @notice Keccak-256 of the chip's id.
    function chipHash(bytes memory report) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(add(report, 0x20), CHIP_ID), CHIP_ID_BYTES)
        }
    }

    /// @notice Eight bytes at an offset, as a number.
    function read64(bytes memory report, uint256 offset) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(report, 0x20), offset))
        }
        return LittleEndian.reverseEach64(value) >> 192;
    }

    /// @notice Four bytes at an offset, as a number.
    function read32(bytes memory report, uint256 offset) internal pure returns (uint256) {
        return read64(report, offset) & 0xffffffff;
    }

    /// @notice Whether each of the eight bytes of a TCB version is at least that of another.
    function reaches(uint256 tcb, uint256 floor) internal pure returns (bool) {
        for (uint256 shift = 0; shift < 64; shift += 8) {
            if ((tcb >> shift) & 0xff < (floor >> shift) & 0xff) return false;
        }
        return true;
    }

    /// @dev Whether the bytes [`from`, `to`) are zero. Both are constants within the report.
    function _isZero(bytes memory report, uint256 from, uint256 to) private pure returns (bool zero) {
        uint256 bits;
        assembly ("memory-safe") {
            let position := add(add(report, 0x20), from)
            let end := add(add(report, 0x20), to)
            // Whole words, then what is left of the last one.
            for {} iszero(gt(add(position, 0x20), end)) {
                position := add(position, 0x20)
            } {
                bits := or(bits, mload(position))
            }
            let left := sub(end, position)
            if left {
                bits := or(bits, shr(sub(256, shl(3, left)), mload(position)))
            }
            zero := iszero(bits)
        }
    }

    /// @dev The upper bytes of both numbers, and all that follows them, must be zero. 512 bytes: 16 words, of which
    /// [48, 72), [120, 144) and [144, 512) are looked at.
    function _isSignatureForm(bytes calldata signature) private pure returns (bool zero) {
        uint256 bits;
        assembly ("memory-safe") {
            let start := signature.offset
            bits := or(shr(64, calldataload(add(start, 48))), shr(64, calldataload(add(start, 120))))
            for {
                let position := add(start, 144)
                let last := add(start, 480)
            } lt(position, last) {
                position := add(position, 0x20)
            } {
                bits := or(bits, calldataload(position))
            }
            bits := or(bits, calldataload(add(start, 480)))
            zero := iszero(bits)
        }
    }

    /// @dev 48 little-endian bytes: the last 16 of them are the uppermost.
    function _bigEndian(bytes calldata signature, uint256 position) private pure returns (bytes32 head, bytes16 tail) {
        uint256 low;
        uint256 high;
        assembly ("memory-safe") {
            low := calldataload(add(signature.offset, position))
            high := shr(128, calldataload(add(add(signature.offset, position), 32)))
        }
        low = LittleEndian.reverse(low);
        // Reversed, the upper 16 bytes come to stand on top.
        high = LittleEndian.reverse(high);
        head = bytes32(high | (low >> 128));
        tail = bytes16(uint128(low));
    }
}
