// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";

import {X509Certificate} from "./X509Certificate.sol";

/// @title What Intel's extension in a PCK certificate says of the platform
/// @notice Object identifiers under 1.2.840.113741.1.13.1: Intel SGX PCK Certificate and CRL Profile Specification,
/// 1.3. Members may stand in any order, each once; unknown ones are stepped over.
library PckCertificate {
    /// @notice What is read of a platform.
    /// @param ppid Platform provisioning id
    /// @param cpuSvn The sixteen component SVNs, first on top
    /// @param pceSvn SVN of the provisioning certification enclave
    /// @param pceId Id of that enclave
    /// @param fmspc Family, model, stepping, platform and customised SKU
    struct Platform {
        bytes16 ppid;
        bytes16 cpuSvn;
        uint16 pceSvn;
        bytes2 pceId;
        bytes6 fmspc;
    }

    /// @dev The bytes that all identifiers here begin with, 1.2.840.113741.1.13.1.
    uint256 private constant ROOT = 0x2a864886f84d010d01;
    uint256 private constant PPID = 1;
    uint256 private constant TCB = 2;
    uint256 private constant PCE_ID = 3;
    uint256 private constant FMSPC = 4;
    uint256 private constant SGX_TYPE = 5;
    uint256 private constant TCB_PCE_SVN = 17;
    uint256 private constant TCB_CPU_SVN = 18;

    uint256 private constant ALL_MEMBERS = (1 << PPID) | (1 << TCB) | (1 << PCE_ID) | (1 << FMSPC) | (1 << SGX_TYPE);
    /// @dev Standard, scalable, and scalable with integrity.
    uint256 private constant MAX_SGX_TYPE = 2;
    /// @dev Sixteen components, the PCE's SVN and the raw CPUSVN: bits 1 to 18.
    uint256 private constant ALL_TCB_MEMBERS = (1 << 19) - 2;

    /// @dev A component below 128 as every writer of DER puts it: SEQUENCE { identifier, INTEGER }, eighteen bytes, of
    /// which the identifier's last number and the value are left open.
    uint256 private constant COMPONENT = 0x3010060b2a864886f84d010d010200020100;
    uint256 private constant COMPONENT_MASK = 0xffffffffffffffffffffffffffff00ffff80;
    uint256 private constant COMPONENT_BYTES = 18;

    /// @notice Parse the extension's value.
    function parse(uint256 position, uint256 end) internal pure returns (Platform memory platform) {
        uint256 next;
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        uint256 seen;
        while (position < end) {
            uint256 member;
            uint256 value;
            (member, value, position) = _readMember(position, end, ROOT);
            seen = _markSeen(seen, member);
            if (member == PPID) platform.ppid = bytes16(_readOctets(value, position, 16));
            else if (member == TCB) _readTcb(platform, value, position);
            else if (member == PCE_ID) platform.pceId = bytes2(_readOctets(value, position, 2));
            else if (member == FMSPC) platform.fmspc = bytes6(_readOctets(value, position, 6));
            else if (member == SGX_TYPE) _checkSgxType(value, position);
        }
        require(seen & ALL_MEMBERS == ALL_MEMBERS, X509Certificate.CertificateRefused("PckExtensionIncomplete"));
    }

    /// @dev How memory is protected decides nothing here, but a way nobody has defined is no platform Intel describes.
    function _checkSgxType(uint256 position, uint256 end) private pure {
        (uint256 content, uint256 next) = DerCursor.read(position, end, DerCursor.ENUMERATED);
        DerCursor.finish(next, end);
        require(
            next - content == 1 && DerCursor.peek(content, next) <= MAX_SGX_TYPE,
            X509Certificate.CertificateRefused("PckSgxType")
        );
    }

    function _readTcb(Platform memory platform, uint256 position, uint256 end) private pure {
        uint256 next;
        (position, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        DerCursor.finish(next, end);
        uint256 seen;
        uint256 components;
        while (position < end) {
            uint256 member;
            uint256 value = DerCursor.word(position) >> (256 - 8 * COMPONENT_BYTES);
            // Most members are recognised as a whole; they would read the same element by element.
            if (value & COMPONENT_MASK == COMPONENT && position + COMPONENT_BYTES <= end) {
                member = (value >> 24) & 0xff;
                if (member >= 1 && member <= 16) {
                    seen = _markSeen(seen, member);
                    components |= (value & 0x7f) << (8 * (16 - member));
                    position += COMPONENT_BYTES;
                    continue;
                }
            }
            (member, value, position) = _readMember(position, end, (ROOT << 8) | TCB);
            seen = _markSeen(seen, member);
            if (member == TCB_CPU_SVN) {
                platform.cpuSvn = bytes16(_readOctets(value, position, 16));
            } else if (member >= 1 && member <= TCB_PCE_SVN) {
                uint256 svn;
                (svn, value) = DerCursor.readUint(value, position);
                DerCursor.finish(value, position);
                if (member == TCB_PCE_SVN) {
                    require(svn <= 0xffff, X509Certificate.CertificateRefused("PckSvnOutOfRange"));
                    platform.pceSvn = uint16(svn); // checked just above
                } else {
                    require(svn <= 0xff, X509Certificate.CertificateRefused("PckSvnOutOfRange"));
                    components |= svn << (8 * (16 - member));
                }
            }
        }
        require(
            seen & ALL_TCB_MEMBERS == ALL_TCB_MEMBERS,
            X509Certificate.CertificateRefused("PckExtensionIncomplete")
        );
        // Intel's rules compare the components and other verifiers the raw CPUSVN. Every certificate Intel issues
        // has the two alike; one in which they differ would be judged differently by each, so it is refused.
        require(uint128(platform.cpuSvn) == components, X509Certificate.CertificateRefused("PckSvnsDisagree"));
    }

    /// @dev SEQUENCE { identifier, value }: the identifier's last number, where it is `prefix` and one number below
    /// 128 more; 0 for any other identifier.
    function _readMember(
        uint256 position,
        uint256 end,
        uint256 prefix
    ) private pure returns (uint256 member, uint256 value, uint256 next) {
        uint256 content;
        (content, next) = DerCursor.read(position, end, DerCursor.SEQUENCE);
        uint256 oid;
        (oid, value) = DerCursor.read(content, next, DerCursor.OBJECT_ID);
        uint256 length = prefix >> 72 == 0 ? 10 : 11;
        if (value - oid == length) {
            uint256 number = DerCursor.word(oid) >> (256 - 8 * length);
            if (number >> 8 == prefix && number & 0xff < 0x80) member = number & 0xff;
        }
    }

    function _markSeen(uint256 seen, uint256 member) private pure returns (uint256) {
        // Member 0 stands for everything unknown, which may repeat.
        require(member == 0 || (seen >> member) & 1 == 0, X509Certificate.CertificateRefused("PckExtensionRepeated"));
        return seen | (1 << member);
    }

    function _readOctets(uint256 position, uint256 end, uint256 length) private pure returns (bytes32) {
        (uint256 content, uint256 next) = DerCursor.read(position, end, DerCursor.OCTET_STRING);
        DerCursor.finish(next, end);
        require(next - content == length, X509Certificate.CertificateRefused("PckExtensionMalformed"));
        return bytes32(DerCursor.word(content));
    }
}
