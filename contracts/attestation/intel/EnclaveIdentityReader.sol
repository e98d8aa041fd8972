// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AdvisoryTable} from "./AdvisoryTable.sol";
import {JsonCursor} from "./JsonCursor.sol";
import {PackedForm} from "./PackedForm.sol";
import {TcbLevelReader} from "./TcbLevelReader.sol";

/// @title Intel's identity of one of its own enclaves, from its text to what judging a quote reads
/// @notice Layout of the text: Intel SGX and TDX Provisioning Certification Service API, version 4, "Enclave Identity
/// V2". Enclaves are the QE of SGX, the QE of TDX and the quote verification enclave.
/// @dev The packed form, read by {EnclaveIdentityView}: number of levels (1), MISCSELECT (4), its mask (4), ISVPRODID
/// (2), ATTRIBUTES (16), their mask (16), MRSIGNER (32), then levels of 16 bytes: ISV SVN (2), status (1),
/// advisories (13); then advisories, see {AdvisoryTable}.
library EnclaveIdentityReader {
    /// @notice A text's content.
    /// @param id `QE`, `TD_QE` or `QVE`
    /// @param issueDate When it was issued
    /// @param nextUpdate Until when it may be relied on
    /// @param evaluationNumber Number of the evaluation it comes from
    /// @param packedAt Memory address of the packed form
    /// @param packedLength Its length in bytes
    struct Fields {
        bytes32 id;
        uint256 issueDate;
        uint256 nextUpdate;
        uint256 evaluationNumber;
        uint256 packedAt;
        uint256 packedLength;
    }

    uint256 private constant HEADER_BYTES = 75;
    uint256 private constant LEVEL_BYTES = 16;

    /// @notice Read a text, all of it.
    function parse(bytes calldata text) internal pure returns (Fields memory fields) {
        (uint256 cursor, uint256 end) = JsonCursor.open(text);
        AdvisoryTable.Table memory table = AdvisoryTable.create();
        uint256 start = PackedForm.allocate(text.length);
        cursor = _readHead(fields, cursor);
        cursor = _readExpectations(cursor, start);
        cursor = JsonCursor.expect(cursor, ',"tcbLevels":[', 14);
        uint256 levels;
        (levels, cursor) = TcbLevelReader.readEnclaveLevels(cursor, start + HEADER_BYTES, table);
        JsonCursor.finish(JsonCursor.expect(cursor, "}", 1), end);
        PackedForm.storeByte(start, levels);
        fields.packedAt = start;
        fields.packedLength = AdvisoryTable.write(table, start + HEADER_BYTES + LEVEL_BYTES * levels) - start;
    }

    function _readHead(Fields memory fields, uint256 cursor) private pure returns (uint256) {
        cursor = JsonCursor.expect(cursor, '{"id":"', 7);
        if (JsonCursor.standsAt(cursor, 'QE"', 3)) (fields.id, cursor) = ("QE", cursor + 2);
        else if (JsonCursor.standsAt(cursor, 'TD_QE"', 6)) (fields.id, cursor) = ("TD_QE", cursor + 5);
        else if (JsonCursor.standsAt(cursor, 'QVE"', 4)) (fields.id, cursor) = ("QVE", cursor + 3);
        else JsonCursor.fail(cursor, "QE, TD_QE or QVE");
        cursor = JsonCursor.expect(cursor, '","version":2,"issueDate":"', 27);
        (fields.issueDate, cursor) = JsonCursor.readDate(cursor);
        cursor = JsonCursor.expect(cursor, '","nextUpdate":"', 16);
        (fields.nextUpdate, cursor) = JsonCursor.readDate(cursor);
        cursor = JsonCursor.expect(cursor, '","tcbEvaluationDataNumber":', 28);
        (fields.evaluationNumber, cursor) = JsonCursor.readUint(cursor, type(uint32).max);
        return cursor;
    }

    /// @dev From MISCSELECT to ISVPRODID. Each is stored in its place in a rising order of places, except ISVPRODID,
    /// which comes last in the text and is put between.
    function _readExpectations(uint256 cursor, uint256 out) private pure returns (uint256) {
        bytes32 value;
        cursor = JsonCursor.expect(cursor, ',"miscselect":"', 15);
        (value, cursor) = JsonCursor.readHex(cursor, 4);
        PackedForm.store(out + 1, value);
        cursor = JsonCursor.expect(cursor, '","miscselectMask":"', 20);
        (value, cursor) = JsonCursor.readHex(cursor, 4);
        PackedForm.store(out + 5, value);
        cursor = JsonCursor.expect(cursor, '","attributes":"', 16);
        (value, cursor) = JsonCursor.readHex(cursor, 16);
        PackedForm.store(out + 11, value);
        cursor = JsonCursor.expect(cursor, '","attributesMask":"', 20);
        (value, cursor) = JsonCursor.readHex(cursor, 16);
        PackedForm.store(out + 27, value);
        cursor = JsonCursor.expect(cursor, '","mrsigner":"', 14);
        (value, cursor) = JsonCursor.readHex(cursor, 32);
        PackedForm.store(out + 43, value);
        cursor = JsonCursor.expect(cursor, '","isvprodid":', 14);
        uint256 productId;
        (productId, cursor) = JsonCursor.readUint(cursor, type(uint16).max);
        PackedForm.storeShort(out + 9, productId);
        return cursor;
    }
}
