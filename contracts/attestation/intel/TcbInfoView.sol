// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DataBlob} from "../DataBlob.sol";
import {TcbStatus} from "../TcbStatus.sol";

/// @title Judging a platform by a packed TCB Info
/// @notice The packed form is {TcbInfoReader}'s. The rules are Intel's: Provisioning Certification Service API, version
/// 4, "Get TCB Info", under "TCB levels", and Intel's own verifier where that text is silent.
library TcbInfoView {
    uint256 private constant HEADER_BYTES = 9;
    uint256 private constant MODULE_BYTES = 66;
    uint256 private constant ENCLAVE_LEVEL_BYTES = 16;

    /// @dev Every second byte of sixteen, and the bit above each.
    uint256 private constant EVEN_BYTES = 0x00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant BITS_ABOVE = 0x01000100010001000100010001000100;
    /// @dev The sixteen bytes without the first two.
    uint256 private constant FROM_THIRD = 0x0000ffffffffffffffffffffffffffff;

    /// @notice Copy a packed TCB Info to memory.
    function open(address packed) internal view returns (uint256 position) {
        (position, ) = DataBlob.read(packed);
    }

    /// @notice The PCE that the levels are for.
    function pceId(uint256 position) internal pure returns (bytes2) {
        return bytes2(bytes32(_load(position) << 24));
    }

    /// @notice Memory address of the advisories' names.
    function advisories(uint256 position) internal pure returns (uint256) {
        return position + ((_load(position) >> 184) & 0xffff);
    }

    /// @notice The best level an enclave's platform reaches: `None` where it reaches none.
    function matchSgx(
        uint256 position,
        bytes16 cpuSvn,
        uint256 pceSvn
    ) internal pure returns (TcbStatus status, uint256 mask) {
        (uint256 level, uint256 count) = _levels(position);
        for (uint256 i; i < count; ++i) {
            uint256 value = _load(level);
            if (pceSvn >= (value >> 112) & 0xffff && _reaches(uint128(cpuSvn), value >> 128)) return _outcome(value);
            level += 32;
        }
    }

    /// @notice The best level a TD's platform reaches: `None` where it reaches none.
    /// @dev Where the TDX module has a version of its own (the second byte of the TD's SVNs), the first two are judged
    /// by that module's own levels, see {matchModule}, and are not compared here.
    function matchTdx(
        uint256 position,
        bytes16 cpuSvn,
        uint256 pceSvn,
        bytes16 teeTcbSvn
    ) internal pure returns (TcbStatus status, uint256 mask) {
        (uint256 level, uint256 count) = _levels(position);
        uint256 compared = teeTcbSvn[1] == 0 ? type(uint128).max : FROM_THIRD;
        for (uint256 i; i < count; ++i) {
            uint256 value = _load(level);
            if (
                pceSvn >= (value >> 112) & 0xffff &&
                _reaches(uint128(cpuSvn), value >> 128) &&
                _reaches(uint128(teeTcbSvn), (_load(level + 32) >> 128) & compared)
            ) return _outcome(value);
            level += 48;
        }
    }

    /// @notice Whether the TDX module is one Intel knows, and how well it is kept.
    /// @param report Memory address of the TD report
    /// @param svn The SVNs to judge by: the module's own is the first byte, its version the second
    /// @return reason Short ASCII name of what is wrong; zero where nothing is
    /// @return status The module's own status; `None` where it has no version, and so no levels of its own
    /// @return mask Its advisories
    function matchModule(
        uint256 position,
        uint256 report,
        bytes16 svn
    ) internal pure returns (bytes32 reason, TcbStatus status, uint256 mask) {
        uint256 version = uint8(svn[1]);
        uint256 count = (_load(position) >> 232) & 0xff;
        uint256 module = position + HEADER_BYTES;
        // The first entry stands for modules without a version. Any other must be listed with levels of its own: of a
        // TD's SVNs, those that tell how old the module is are compared nowhere else.
        if (version > 0) {
            uint256 i;
            do {
                if (++i == count) return ("TdxModuleUnknown", status, 0);
                module += MODULE_BYTES + ENCLAVE_LEVEL_BYTES * ((_load(module) >> 240) & 0xff);
            } while (_load(module) >> 248 != version);
        }
        if (!_isSigner(report, module)) return ("TdxModuleSigner", status, 0);
        uint256 attributes = _load(report + 112) >> 192;
        uint256 expected = _load(module + 50) >> 192;
        uint256 attributesMask = _load(module + 58) >> 192;
        // What the mask leaves open must be zero all the same.
        if (attributes != expected & attributesMask) return ("TdxModuleAttributes", status, 0);
        if (version == 0) return (0, status, 0);

        uint256 levels = (_load(module) >> 240) & 0xff;
        for (uint256 i; i < levels; ++i) {
            uint256 value = _load(module + MODULE_BYTES + ENCLAVE_LEVEL_BYTES * i);
            if (uint8(svn[0]) >= value >> 240) {
                return (0, TcbStatus((value >> 232) & 0xff), (value >> 128) & ((1 << 104) - 1));
            }
        }
        return ("TdxModuleTooOld", status, 0);
    }

    /// @dev MRSIGNERSEAM, 48 bytes at 64, against the module's, 48 bytes at 2.
    function _isSigner(uint256 report, uint256 module) private pure returns (bool) {
        return _load(report + 64) == _load(module + 2) && _load(report + 96) >> 128 == _load(module + 34) >> 128;
    }

    function _levels(uint256 position) private pure returns (uint256 first, uint256 count) {
        uint256 header = _load(position);
        return (position + ((header >> 200) & 0xffff), (header >> 240) & 0xff);
    }

    function _outcome(uint256 level) private pure returns (TcbStatus, uint256) {
        return (TcbStatus((level >> 104) & 0xff), level & ((1 << 104) - 1));
    }

    /// @dev Whether each of sixteen bytes is at least the other's. The bit set above each byte survives the
    /// subtraction exactly where nothing had to be borrowed.
    function _reaches(uint256 have, uint256 need) private pure returns (bool) {
        unchecked {
            uint256 even = ((have & EVEN_BYTES) | BITS_ABOVE) - (need & EVEN_BYTES);
            uint256 odd = (((have >> 8) & EVEN_BYTES) | BITS_ABOVE) - ((need >> 8) & EVEN_BYTES);
            return even & odd & BITS_ABOVE == BITS_ABOVE;
        }
    }

    function _load(uint256 position) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(position)
        }
    }
}
