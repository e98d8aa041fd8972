// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IP384TableRegistry} from "./IP384TableRegistry.sol";
import {P384Comb} from "./P384Comb.sol";
import {P384Curve} from "./P384Curve.sol";
import {P384Field} from "./P384Field.sol";

/// @title Tables for P-384 keys, each point of them proven on chain
/// @dev No addition here can meet a point and itself or its negative, whatever the key: the group's order n is an odd
/// prime near 2^384, every point is a known multiple, less than 2^355 in size, of a key that isn't infinity, and the
/// multiples of two points that are added differ, in size too. So every valid key gets its table.
contract P384TableRegistry is IP384TableRegistry {
    /// @dev The doublings between neighbouring teeth, and the additions that make the first entry.
    uint256 private constant TEETH_SLOPES = (P384Comb.TEETH - 1) * (P384Comb.SPACING + 1);
    uint256 private constant TABLE_SLOPES = P384Comb.ENTRIES - 1;

    uint256 private constant SLOPE_BYTES = 48;

    /// @dev The doubles of the eight lower teeth, and the first entry.
    uint256 private constant TEETH_BYTES = P384Comb.TEETH * P384Comb.ENTRY_BYTES;

    /// @dev PUSH2 24576, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN: creates the code that follows.
    uint256 private constant CREATOR = 0x61600080600a5f395ff3;
    uint256 private constant CREATOR_BYTES = 10;

    mapping(bytes32 keyHash => bytes32 teethHash) private _teethHash;
    mapping(bytes32 keyHash => P384Comb.Table table) private _table;

    /// @inheritdoc IP384TableRegistry
    function proveTeeth(bytes calldata key, bytes calldata slopes) external returns (bytes32 keyHash) {
        require(key.length == P384Comb.ENTRY_BYTES, KeyLengthWrong(key.length));
        keyHash = keccak256(key);
        if (_teethHash[keyHash] != 0) return keyHash;
        uint256 slope = _offsetOf(slopes, TEETH_SLOPES);

        P384Curve.Point memory tooth;
        bytes memory encoded = key;
        P384Comb.read(_pointerTo(encoded), tooth);
        require(P384Curve.isValid(tooth), KeyNotOnCurve(key));

        _teethHash[keyHash] = keccak256(_computeTeeth(tooth, slope));
        emit TeethProven(keyHash, key);
    }

    /// @inheritdoc IP384TableRegistry
    function proveTable(bytes32 keyHash, bytes calldata teeth, bytes calldata slopes) external {
        if (_table[keyHash].code != address(0)) return;
        bytes32 teethHash = keccak256(teeth);
        require(teethHash == _teethHash[keyHash], TeethWrong(keyHash, teethHash, _teethHash[keyHash]));
        uint256 slope = _offsetOf(slopes, TABLE_SLOPES);

        P384Comb.Table memory table = _store(keyHash, _computeTable(teeth, slope));
        _table[keyHash] = table;
        emit TableProven(keyHash, table.code, table.lead);
    }

    /// @inheritdoc IP384TableRegistry
    function stageOf(bytes32 keyHash) external view returns (Stage) {
        if (_table[keyHash].code != address(0)) return Stage.Table;
        return _teethHash[keyHash] != 0 ? Stage.Teeth : Stage.Nothing;
    }

    /// @inheritdoc IP384TableRegistry
    function teethHashOf(bytes32 keyHash) external view returns (bytes32) {
        return _teethHash[keyHash];
    }

    /// @inheritdoc IP384TableRegistry
    function tableOf(bytes32 keyHash) external view returns (address code, uint8 lead) {
        P384Comb.Table storage table = _table[keyHash];
        return (table.code, table.lead);
    }

    /// @dev Tooth j is 2^(43j)·key. Returns 2·tooth[j] for j < 8, then tooth[8] - Σ tooth[j]. Uses `tooth` up.
    function _computeTeeth(P384Curve.Point memory tooth, uint256 slope) private pure returns (bytes memory teeth) {
        teeth = new bytes(TEETH_BYTES);
        uint256 pointer = _pointerTo(teeth);
        P384Curve.Point memory base = _negative(tooth);
        uint256 index;
        unchecked {
            // Offsets in calldata and memory whose bounds have been checked.
            for (uint256 j = 0; j < P384Comb.TEETH - 1; ++j) {
                if (j != 0) {
                    require(P384Curve.add(base, _negative(tooth), slope + SLOPE_BYTES * index), SlopeWrong(index));
                    ++index;
                }
                for (uint256 i = 0; i < P384Comb.SPACING; ++i) {
                    require(P384Curve.double(tooth, slope + SLOPE_BYTES * index), SlopeWrong(index));
                    ++index;
                    if (i == 0) P384Comb.write(pointer + P384Comb.ENTRY_BYTES * j, tooth);
                }
            }
            require(P384Curve.add(base, tooth, slope + SLOPE_BYTES * index), SlopeWrong(index));
            P384Comb.write(pointer + P384Comb.ENTRY_BYTES * (P384Comb.TEETH - 1), base);
        }
    }

    /// @dev T[0] is the last of the teeth; T[v + 2^j] = T[v] + 2·tooth[j] for v < 2^j.
    function _computeTable(bytes memory teeth, uint256 slope) private pure returns (bytes memory initCode) {
        initCode = new bytes(CREATOR_BYTES + P384Comb.TABLE_BYTES);
        uint256 table = _pointerTo(initCode) + CREATOR_BYTES;
        uint256 source = _pointerTo(teeth);
        P384Curve.Point memory point;
        P384Curve.Point memory double;
        P384Comb.read(source + P384Comb.ENTRY_BYTES * (P384Comb.TEETH - 1), point);
        P384Comb.write(table, point);
        unchecked {
            // As above; made = 2^j entries are there when the double of tooth j is added to each.
            uint256 made = 1;
            for (uint256 j = 0; j < P384Comb.TEETH - 1; ++j) {
                P384Comb.read(source + P384Comb.ENTRY_BYTES * j, double);
                for (uint256 v = 0; v < made; ++v) {
                    uint256 index = made + v - 1;
                    P384Comb.read(table + P384Comb.ENTRY_BYTES * v, point);
                    require(P384Curve.add(point, double, slope + SLOPE_BYTES * index), SlopeWrong(index));
                    P384Comb.write(table + P384Comb.ENTRY_BYTES * (made + v), point);
                }
                made <<= 1;
            }
        }
    }

    /// @dev Creates the contract whose code is the table, with STOP in place of the first byte.
    function _store(bytes32 keyHash, bytes memory initCode) private returns (P384Comb.Table memory table) {
        address code;
        uint8 lead = uint8(initCode[CREATOR_BYTES]);
        assembly ("memory-safe") {
            let start := add(initCode, 0x20)
            // Ten bytes of the creator, then the 22 bytes of the table that follow them in the same word; then STOP.
            mstore(start, or(shl(176, CREATOR), and(mload(start), sub(shl(176, 1), 1))))
            mstore8(add(start, CREATOR_BYTES), 0)
            code := create(0, start, mload(initCode))
        }
        require(code != address(0), TableNotCreated(keyHash));
        return P384Comb.Table(code, lead);
    }

    function _negative(P384Curve.Point memory a) private pure returns (P384Curve.Point memory b) {
        (b.xHi, b.xLo) = (a.xHi, a.xLo);
        (b.yHi, b.yLo) = P384Field.complement(a.yHi, a.yLo);
    }

    /// @dev Where slopes stand in calldata, once it is certain that all of them do.
    function _offsetOf(bytes calldata slopes, uint256 count) private pure returns (uint256 offset) {
        require(slopes.length == count * SLOPE_BYTES, SlopesLengthWrong(slopes.length, count * SLOPE_BYTES));
        assembly ("memory-safe") {
            offset := slopes.offset
        }
    }

    function _pointerTo(bytes memory data) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(data, 0x20)
        }
    }
}
