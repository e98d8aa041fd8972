// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DstackBoot} from "./DstackBoot.sol";

/// @title Event logs of dstack guests, read so that nothing in them is a claim
/// @notice A compact log is what was extended into RTMR3, in order:
///
///     event*  digest*
///
/// with each event up to and including `system-ready` as
///
///     format (1 byte: 1 or 2) ‖ length of name (1) ‖ name ‖ length of payload (2, big-endian) ‖ payload
///
/// and what was extended afterwards, by the app, as bare digests of 48 bytes. No event before `system-ready` can be given as
/// a digest: if it could, that one could be hidden behind a digest, and what the app measured for itself be passed off as
/// measured by the operating system.
///
/// The digest of an event is SHA-384 of, in format 1, its type 0x08000001 (little-endian) ‖ ":" ‖ name ‖ ":" ‖ payload,
/// and in format 2 of the canonical JSON (RFC 8785) of its name, payload in hexadecimal and type. A name has no colon
/// and nothing that JSON escapes, so that each digest can be opened in one way only.
interface IDstackEventLog {
    /// @notice What a guest measured while it booted, if the log leads to RTMR3 of the report.
    /// @param report A TD report as in a verdict of kind `intel.tdx`. It is believed: to have it judged is for the caller
    /// @param log The compact log
    /// @return defect Short ASCII name of what is wrong; zero where nothing is, and only then `boot` is worth anything.
    /// `ReportTooShort`, `LogForm` (it ends in the midst of an event or digest, or a format is unknown), `EventName`,
    /// `EventPayload` (a length it can't have), `EventOrder` (an event that matters comes twice or at the wrong
    /// place, or `system-ready` comes without those before it), `RtmrMismatch`
    /// @return boot What was measured
    function read(
        bytes calldata report,
        bytes calldata log
    ) external pure returns (bytes32 defect, DstackBoot memory boot);

    /// @notice A register from the digests that were extended into it since it was zero, 48 bytes each; reverts
    /// where their length is no multiple of that.
    /// @return head Bytes 0 to 31 of the register
    /// @return tail Bytes 32 to 47
    function replay(bytes calldata digests) external pure returns (bytes32 head, bytes16 tail);

    /// @notice Thrown when digests are not a whole number of 48 bytes.
    error DigestsLength(uint256 length);
}
