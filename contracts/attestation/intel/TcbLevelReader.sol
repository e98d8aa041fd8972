// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {TcbStatus} from "../TcbStatus.sol";
import {AdvisoryTable} from "./AdvisoryTable.sol";
import {JsonCursor} from "./JsonCursor.sol";

/// @title What all of Intel's TCB levels have in common: their date, status and advisories
library TcbLevelReader {
    /// @dev The twelve months and the day of a level's date are for people: only its place is checked.
    uint256 private constant DATE_LENGTH = 20;

    /// @notice Read from behind a level's `tcb` object to behind the level.
    /// @return status The level's status
    /// @return mask Bits of its advisories in `table`
    /// @return next Cursor behind the level's closing brace
    function readTail(
        uint256 cursor,
        AdvisoryTable.Table memory table
    ) internal pure returns (TcbStatus status, uint256 mask, uint256 next) {
        cursor = JsonCursor.expect(cursor, ',"tcbDate":"', 12);
        next = JsonCursor.skipString(cursor);
        if (next - cursor != DATE_LENGTH) JsonCursor.fail(cursor, "date");
        cursor = JsonCursor.expect(next, '","tcbStatus":"', 15);
        next = JsonCursor.skipString(cursor);
        status = _status(cursor, next - cursor);
        cursor = next + 1;
        if (JsonCursor.standsAt(cursor, ',"advisoryIDs":[', 16)) (mask, cursor) = _readAdvisories(cursor + 16, table);
        next = JsonCursor.expect(cursor, "}", 1);
    }

    /// @notice Read a list of levels of an enclave, from behind its opening bracket to behind its closing one. Each
    /// is written in 16 bytes: ISV SVN (2), status (1), advisories (13).
    /// @param out Memory address to write to
    /// @return count Number of levels
    /// @return next Cursor behind the list
    function readEnclaveLevels(
        uint256 cursor,
        uint256 out,
        AdvisoryTable.Table memory table
    ) internal pure returns (uint256 count, uint256 next) {
        if (JsonCursor.standsAt(cursor, "]", 1)) return (0, cursor + 1);
        while (true) {
            cursor = JsonCursor.expect(cursor, '{"tcb":{"isvsvn":', 17);
            uint256 isvSvn;
            (isvSvn, cursor) = JsonCursor.readUint(cursor, type(uint16).max);
            cursor = JsonCursor.expect(cursor, "}", 1);
            (TcbStatus status, uint256 mask, uint256 behind) = readTail(cursor, table);
            // The vendor gives an enclave or a TDX module no other; one that means something new must not pass for good.
            if (status != TcbStatus.UpToDate && status != TcbStatus.OutOfDate && status != TcbStatus.Revoked)
                JsonCursor.fail(cursor, "enclave's status");
            cursor = behind;
            uint256 level = (isvSvn << 240) | (uint256(status) << 232) | (mask << 128);
            assembly ("memory-safe") {
                mstore(add(out, mul(count, 16)), level)
            }
            ++count;
            if (!JsonCursor.standsAt(cursor, ",", 1)) break;
            ++cursor;
        }
        // How many there are is kept in a byte.
        if (count > type(uint8).max) JsonCursor.fail(cursor, "fewer levels");
        next = JsonCursor.expect(cursor, "]", 1);
    }

    function _readAdvisories(
        uint256 cursor,
        AdvisoryTable.Table memory table
    ) private pure returns (uint256 mask, uint256 next) {
        if (JsonCursor.standsAt(cursor, "]", 1)) return (0, cursor + 1);
        while (true) {
            cursor = JsonCursor.expect(cursor, '"', 1);
            next = JsonCursor.skipString(cursor);
            mask |= AdvisoryTable.bitOf(table, JsonCursor.word(cursor), next - cursor);
            cursor = next + 1;
            if (!JsonCursor.standsAt(cursor, ",", 1)) break;
            ++cursor;
        }
        next = JsonCursor.expect(cursor, "]", 1);
    }

    /// @dev The two TD relaunch statuses are not among a level's: they follow from two levels.
    function _status(uint256 cursor, uint256 length) private pure returns (TcbStatus) {
        if (length == 8 && JsonCursor.standsAt(cursor, "UpToDate", 8)) return TcbStatus.UpToDate;
        if (length == 9 && JsonCursor.standsAt(cursor, "OutOfDate", 9)) return TcbStatus.OutOfDate;
        if (length == 7 && JsonCursor.standsAt(cursor, "Revoked", 7)) return TcbStatus.Revoked;
        if (length == 17 && JsonCursor.standsAt(cursor, "SWHardeningNeeded", 17)) return TcbStatus.SWHardeningNeeded;
        if (length == 19 && JsonCursor.standsAt(cursor, "ConfigurationNeeded", 19))
            return TcbStatus.ConfigurationNeeded;
        if (length == 28 && JsonCursor.standsAt(cursor, "OutOfDateConfigurationNeeded", 28)) {
            return TcbStatus.OutOfDateConfigurationNeeded;
        }
        // One character longer than a word.
        if (
            length == 33 &&
            JsonCursor.standsAt(cursor, "ConfigurationAndSWHardeningNeede", 32) &&
            JsonCursor.standsAt(cursor + 32, "d", 1)
        ) return TcbStatus.ConfigurationAndSWHardeningNeeded;
        JsonCursor.fail(cursor, "TCB status");
    }
}
