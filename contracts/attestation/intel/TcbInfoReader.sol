// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {TcbStatus} from "../TcbStatus.sol";
import {AdvisoryTable} from "./AdvisoryTable.sol";
import {JsonCursor} from "./JsonCursor.sol";
import {PackedForm} from "./PackedForm.sol";
import {TcbLevelReader} from "./TcbLevelReader.sol";

/// @title Intel's TCB Info, version 3, from its text to what judging a quote reads
/// @notice Layout of the text: Intel SGX and TDX Provisioning Certification Service API, version 4, "TCB Info V3".
/// @dev The packed form, read by {TcbInfoView}:
///
///     0   1   1 for TDX, 0 for SGX
///     1   1   number of platform levels
///     2   1   number of TDX modules, the first being the one without a version
///     3   2   pceId
///     5   2   where the platform levels begin
///     7   2   where the advisories begin
///     9       TDX modules: version (1), number of levels (1), MRSIGNER (48), attributes (8), mask (8), then its
///             levels of 16 bytes: ISV SVN (2), status (1), advisories (13)
///     ..      platform levels of 32 bytes for SGX, 48 for TDX, best first: SGX components (16), PCE SVN (2),
///             status (1), advisories (13), TDX components (16)
///     ..      advisories, see {AdvisoryTable}
library TcbInfoReader {
    /// @notice A text's content.
    /// @param isTdx Whether it is about TDX
    /// @param issueDate When it was issued
    /// @param nextUpdate Until when it may be relied on
    /// @param fmspc The platforms it is about
    /// @param evaluationNumber Number of the evaluation it comes from
    /// @param packedAt Memory address of the packed form
    /// @param packedLength Its length in bytes
    struct Fields {
        bool isTdx;
        uint256 issueDate;
        uint256 nextUpdate;
        bytes6 fmspc;
        uint256 evaluationNumber;
        uint256 packedAt;
        uint256 packedLength;
    }

    uint256 private constant HEADER_BYTES = 9;
    uint256 private constant MODULE_BYTES = 66;
    uint256 private constant ENCLAVE_LEVEL_BYTES = 16;
    uint256 private constant COMPONENTS = 16;

    /// @notice Read a text, all of it.
    function parse(bytes calldata text) internal pure returns (Fields memory fields) {
        (uint256 cursor, uint256 end) = JsonCursor.open(text);
        AdvisoryTable.Table memory table = AdvisoryTable.create();
        uint256 start = PackedForm.allocate(text.length);
        fields.packedAt = start;
        cursor = _readHead(fields, cursor);
        uint256 out = start + HEADER_BYTES;
        if (fields.isTdx) (out, cursor) = _readModules(cursor, out, start, table);
        // Offsets fit sixteen bits, else the packed form would not fit a contract's code and writing it fails.
        PackedForm.storeShort(start + 5, out - start);
        (out, cursor) = _readLevels(cursor, out, fields, table);
        PackedForm.storeShort(start + 7, out - start);
        JsonCursor.finish(JsonCursor.expect(cursor, "}", 1), end);
        fields.packedLength = AdvisoryTable.write(table, out) - start;
    }

    function _readHead(Fields memory fields, uint256 cursor) private pure returns (uint256) {
        cursor = JsonCursor.expect(cursor, '{"id":"', 7);
        fields.isTdx = JsonCursor.standsAt(cursor, "TDX", 3);
        if (!fields.isTdx && !JsonCursor.standsAt(cursor, "SGX", 3)) JsonCursor.fail(cursor, "SGX or TDX");
        cursor = JsonCursor.expect(cursor + 3, '","version":3,"issueDate":"', 27);
        (fields.issueDate, cursor) = JsonCursor.readDate(cursor);
        cursor = JsonCursor.expect(cursor, '","nextUpdate":"', 16);
        (fields.nextUpdate, cursor) = JsonCursor.readDate(cursor);
        cursor = JsonCursor.expect(cursor, '","fmspc":"', 11);
        bytes32 value;
        (value, cursor) = JsonCursor.readHex(cursor, 6);
        fields.fmspc = bytes6(value);
        cursor = JsonCursor.expect(cursor, '","pceId":"', 11);
        (value, cursor) = JsonCursor.readHex(cursor, 2);
        PackedForm.storeShort(fields.packedAt + 3, uint256(value) >> 240);
        // Type 0 is the one whose levels compare component by component; there is no other yet.
        cursor = JsonCursor.expect(cursor, '","tcbType":0,', 14);
        cursor = JsonCursor.expect(cursor, '"tcbEvaluationDataNumber":', 26);
        (fields.evaluationNumber, cursor) = JsonCursor.readUint(cursor, type(uint32).max);
        if (fields.isTdx) PackedForm.storeByte(fields.packedAt, 1);
        return cursor;
    }

    function _readModules(
        uint256 cursor,
        uint256 out,
        uint256 start,
        AdvisoryTable.Table memory table
    ) private pure returns (uint256, uint256) {
        cursor = JsonCursor.expect(cursor, ',"tdxModule":{', 14);
        cursor = _readModule(cursor, out, 0);
        cursor = JsonCursor.expect(cursor, '"}', 2);
        out += MODULE_BYTES;
        PackedForm.storeByte(start + 2, 1);
        if (!JsonCursor.standsAt(cursor, ',"tdxModuleIdentities":[', 24)) return (out, cursor);
        cursor += 24;
        if (JsonCursor.standsAt(cursor, "]", 1)) return (out, cursor + 1);
        uint256 count = 1;
        while (true) {
            cursor = JsonCursor.expect(cursor, '{"id":"TDX_', 11);
            bytes32 version;
            (version, cursor) = JsonCursor.readHex(cursor, 1);
            cursor = JsonCursor.expect(cursor, '",', 2);
            cursor = _readModule(cursor, out, uint8(version[0]));
            cursor = JsonCursor.expect(cursor, '","tcbLevels":[', 15);
            uint256 levels;
            (levels, cursor) = TcbLevelReader.readEnclaveLevels(cursor, out + MODULE_BYTES, table);
            cursor = JsonCursor.expect(cursor, "}", 1);
            PackedForm.storeByte(out + 1, levels);
            out += MODULE_BYTES + ENCLAVE_LEVEL_BYTES * levels;
            ++count;
            if (!JsonCursor.standsAt(cursor, ",", 1)) break;
            ++cursor;
        }
        if (count > type(uint8).max) JsonCursor.fail(cursor, "fewer modules");
        PackedForm.storeByte(start + 2, count);
        return (out, JsonCursor.expect(cursor, "]", 1));
    }

    /// @dev Signer, attributes and mask of a TDX module, up to the last quotation mark.
    function _readModule(uint256 cursor, uint256 out, uint256 version) private pure returns (uint256) {
        bytes32 value;
        cursor = JsonCursor.expect(cursor, '"mrsigner":"', 12);
        (value, cursor) = JsonCursor.readHex(cursor, 32);
        PackedForm.store(out, bytes32(version << 248));
        PackedForm.store(out + 2, value);
        (value, cursor) = JsonCursor.readHex(cursor, 16);
        PackedForm.store(out + 34, value);
        cursor = JsonCursor.expect(cursor, '","attributes":"', 16);
        (value, cursor) = JsonCursor.readHex(cursor, 8);
        PackedForm.store(out + 50, value);
        cursor = JsonCursor.expect(cursor, '","attributesMask":"', 20);
        (value, cursor) = JsonCursor.readHex(cursor, 8);
        PackedForm.store(out + 58, value);
        return cursor;
    }

    function _readLevels(
        uint256 cursor,
        uint256 out,
        Fields memory fields,
        AdvisoryTable.Table memory table
    ) private pure returns (uint256, uint256) {
        bool isTdx = fields.isTdx;
        uint256 stride = isTdx ? 48 : 32;
        cursor = JsonCursor.expect(cursor, ',"tcbLevels":[', 14);
        uint256 first = out;
        uint256 count;
        while (true) {
            uint256 tdx;
            uint256 level;
            (level, tdx, cursor) = _readLevel(cursor, isTdx, table);
            _insert(first, out, stride, level, tdx);
            out += stride;
            ++count;
            if (!JsonCursor.standsAt(cursor, ",", 1)) break;
            ++cursor;
        }
        if (count > type(uint8).max) JsonCursor.fail(cursor, "fewer levels");
        PackedForm.storeByte(fields.packedAt + 1, count);
        return (out, JsonCursor.expect(cursor, "]", 1));
    }

    function _readLevel(
        uint256 cursor,
        bool isTdx,
        AdvisoryTable.Table memory table
    ) private pure returns (uint256 level, uint256 tdx, uint256) {
        cursor = JsonCursor.expect(cursor, '{"tcb":{"sgxtcbcomponents":[', 28);
        (level, cursor) = _readComponents(cursor);
        cursor = JsonCursor.expect(cursor, ',"pcesvn":', 10);
        uint256 pceSvn;
        (pceSvn, cursor) = JsonCursor.readUint(cursor, type(uint16).max);
        if (isTdx) {
            cursor = JsonCursor.expect(cursor, ',"tdxtcbcomponents":[', 21);
            (tdx, cursor) = _readComponents(cursor);
        }
        cursor = JsonCursor.expect(cursor, "}", 1);
        (TcbStatus status, uint256 mask, uint256 next) = TcbLevelReader.readTail(cursor, table);
        level = (level << 128) | (pceSvn << 112) | (uint256(status) << 104) | mask;
        return (level, tdx, next);
    }

    /// @dev Sixteen of `{"svn":N}`, each perhaps with a category and a type, which are words for people.
    function _readComponents(uint256 cursor) private pure returns (uint256 components, uint256) {
        // Addresses within the text: no sum overflows.
        unchecked {
            for (uint256 i = COMPONENTS; i > 0; --i) {
                cursor = JsonCursor.expect(cursor, '{"svn":', 7);
                uint256 svn;
                (svn, cursor) = JsonCursor.readUint(cursor, type(uint8).max);
                components = (components << 8) | svn;
                if (JsonCursor.peek(cursor) == 0x2c) {
                    if (JsonCursor.standsAt(cursor, ',"category":"', 13))
                        cursor = JsonCursor.skipString(cursor + 13) + 1;
                    if (JsonCursor.standsAt(cursor, ',"type":"', 9)) cursor = JsonCursor.skipString(cursor + 9) + 1;
                }
                cursor = i == 1 ? JsonCursor.expect(cursor, "}]", 2) : JsonCursor.expect(cursor, "},", 2);
            }
        }
        return (components, cursor);
    }

    /// @dev Keeps the levels as Intel's own verifier orders them, whatever their order in the text: by SGX
    /// components, then PCE SVN, then TDX components, highest first, equals as they came. Intel writes them so.
    function _insert(uint256 first, uint256 position, uint256 stride, uint256 level, uint256 tdx) private pure {
        while (position > first) {
            uint256 above = _load(position - stride);
            uint256 aboveTdx = stride == 48 ? uint128(_load(position - 32)) : 0;
            uint256 rank = level >> 112;
            uint256 aboveRank = above >> 112;
            if (aboveRank > rank || (aboveRank == rank && aboveTdx >= tdx)) break;
            _storeLevel(position, stride, above, aboveTdx);
            position -= stride;
        }
        _storeLevel(position, stride, level, tdx);
    }

    /// @dev The longer form's second word overlaps the first by half, so that neither store reaches past the level.
    function _storeLevel(uint256 position, uint256 stride, uint256 level, uint256 tdx) private pure {
        if (stride == 48) PackedForm.store(position + 16, bytes32((level << 128) | tdx));
        PackedForm.store(position, bytes32(level));
    }

    function _load(uint256 position) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(position)
        }
    }
}
