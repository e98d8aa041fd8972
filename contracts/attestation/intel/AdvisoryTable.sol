// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title The advisories of one signed text: each name once, and a bit for it in every level that lists it
/// @notice Written behind the levels as one entry a name: a length and the name, or, for the form Intel uses
/// throughout (`INTEL-SA-` and five digits), a zero and the number in three bytes.
library AdvisoryTable {
    /// @notice Thrown when a text names more advisories than a level has bits.
    error TooManyAdvisories();

    /// @notice Thrown when an advisory's name is empty or longer than a word.
    error AdvisoryNameLength(uint256 length);

    /// @notice Names met so far, and where each stands, by the last byte of its hash.
    struct Table {
        uint256 count;
        bytes32[] names;
        uint256 buckets;
    }

    /// @dev As many as the thirteen bytes of a level's mask have bits.
    uint256 internal constant MAX_NAMES = 104;

    uint256 private constant BUCKETS = 256;
    bytes9 private constant INTEL_SA = "INTEL-SA-";

    /// @notice An empty table.
    function create() internal pure returns (Table memory table) {
        table.names = new bytes32[](MAX_NAMES);
        uint256[] memory buckets = new uint256[](BUCKETS);
        uint256 start;
        assembly ("memory-safe") {
            start := add(buckets, 0x20)
        }
        table.buckets = start;
    }

    /// @notice The bit of a name, which is added if it is new. `characters` holds it left-aligned, with anything
    /// behind it.
    function bitOf(Table memory table, uint256 characters, uint256 length) internal pure returns (uint256) {
        require(length != 0 && length <= 32, AdvisoryNameLength(length));
        // A length of at most 32, and indices of at most MAX_NAMES.
        unchecked {
            bytes32 name = bytes32((characters >> (256 - 8 * length)) << (256 - 8 * length));
            uint256 buckets = table.buckets;
            uint256 slot;
            assembly ("memory-safe") {
                mstore(0x00, name)
                slot := add(buckets, shl(5, and(keccak256(0x00, 0x20), 0xff)))
            }
            // Never full: there are more buckets than names.
            while (true) {
                uint256 known;
                assembly ("memory-safe") {
                    known := mload(slot)
                }
                if (known == 0) return 1 << _add(table, name, slot);
                if (table.names[known - 1] == name) return 1 << (known - 1);
                slot += 32;
                if (slot == buckets + 32 * BUCKETS) slot = buckets;
            }
        }
        return 0;
    }

    function _add(Table memory table, bytes32 name, uint256 slot) private pure returns (uint256 index) {
        index = table.count;
        require(index < MAX_NAMES, TooManyAdvisories());
        table.names[index] = name;
        table.count = index + 1;
        assembly ("memory-safe") {
            mstore(slot, add(index, 1))
        }
    }

    /// @notice Write all names at the memory address `position`; returns where they end. At most 33 bytes a name.
    function write(Table memory table, uint256 position) internal pure returns (uint256) {
        for (uint256 i; i < table.count; ++i) {
            bytes32 name = table.names[i];
            (bool isShort, uint256 bulletin) = _shorten(name);
            if (isShort) {
                assembly ("memory-safe") {
                    mstore(position, shl(224, bulletin))
                }
                position += 4;
                continue;
            }
            uint256 length = 32;
            while (name[length - 1] == 0) --length;
            assembly ("memory-safe") {
                mstore8(position, length)
                mstore(add(position, 1), name)
            }
            position += 1 + length;
        }
        return position;
    }

    /// @notice Read the names whose bits are set in `mask` from the entries at `position`, and put each into `names` from
    /// `count` on unless it stands there already; returns how many there are then.
    function collect(
        uint256 position,
        uint256 mask,
        bytes32[] memory names,
        uint256 count
    ) internal pure returns (uint256) {
        for (; mask != 0; mask >>= 1) {
            uint256 entry;
            assembly ("memory-safe") {
                entry := mload(position)
            }
            uint256 length = entry >> 248;
            if (length == 0) position += 4;
            else position += 1 + length;
            if (mask & 1 == 0) continue;
            bytes32 name;
            if (length == 0) {
                name = _lengthen((entry >> 224) & 0xffffff);
            } else {
                assembly ("memory-safe") {
                    name := mload(sub(position, length))
                }
                name = (name >> (256 - 8 * length)) << (256 - 8 * length);
            }
            if (!_contains(names, count, name)) names[count++] = name;
        }
        return count;
    }

    function _contains(bytes32[] memory names, uint256 count, bytes32 name) private pure returns (bool) {
        for (uint256 i; i < count; ++i) {
            if (names[i] == name) return true;
        }
        return false;
    }

    /// @dev The number in `INTEL-SA-` and exactly five digits.
    function _shorten(bytes32 name) private pure returns (bool, uint256 bulletin) {
        if (bytes9(name) != INTEL_SA || uint256(name) << 112 != 0) return (false, 0);
        // What is no digit wraps around or is above nine.
        unchecked {
            for (uint256 shift = 176; shift >= 144; shift -= 8) {
                uint256 digit = ((uint256(name) >> shift) & 0xff) - 0x30;
                if (digit > 9) return (false, 0);
                bulletin = 10 * bulletin + digit;
            }
        }
        return (true, bulletin);
    }

    function _lengthen(uint256 bulletin) private pure returns (bytes32) {
        uint256 digits;
        for (uint256 i; i < 5; ++i) {
            digits |= (0x30 + (bulletin % 10)) << (8 * i);
            bulletin /= 10;
        }
        return bytes32(INTEL_SA) | bytes32(digits << 144);
    }
}
