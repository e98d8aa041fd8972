// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEvidenceReader} from "./IEvidenceReader.sol";

/// @title Who reads which kind of evidence
/// @notice A reader, and with it the verifiers it asks, comes in or replaces another only after a delay in which anyone can
/// look at it. It goes at once: a verifier found wrong must not attest for another day, and retiring can only ever refuse.
/// What a *replaced* reader attested stands until its own end of validity, as it was announced in time and nothing is wrong
/// with it; what a *retired* one attested counts no longer from the same block on.
interface IEvidenceRouter {
    /// @notice A reader that serves.
    /// @param serial Its number, from 1, over all kinds; none is given twice
    struct Reader {
        IEvidenceReader reader;
        uint8 serial;
    }

    /// @notice A reader to come.
    struct Announcement {
        IEvidenceReader reader;
        uint40 activeFrom;
    }

    /// @notice A reader will read a kind from `activeFrom` on, if it is activated and not withdrawn.
    event ReaderAnnounced(bytes32 indexed kind, address indexed reader, uint256 activeFrom);
    /// @notice An announcement was taken back.
    event ReaderWithdrawn(bytes32 indexed kind, address indexed reader);
    /// @notice A reader reads a kind from now on.
    event ReaderActivated(bytes32 indexed kind, address indexed oldReader, address indexed newReader, uint256 serial);
    /// @notice Nothing that a reader attested counts from now on.
    event ReaderRetired(bytes32 indexed kind, address indexed reader, uint256 serial);

    /// @notice Thrown when a kind, of which governance knows the name, has no reader.
    error KindUnknown(uint256 kindNumber);
    /// @notice Thrown when nothing is announced for a kind.
    error NothingAnnounced(bytes32 kind);
    /// @notice Thrown when an announced reader's time has not come.
    error NotYetActive(bytes32 kind, uint256 activeFrom);
    /// @notice Thrown when a reader is for another kind than it is announced for, or for none.
    error ReaderKindWrong(bytes32 kind, bytes32 readerKind);
    /// @notice Thrown when another reader is announced than the one to be activated.
    error ReaderDiffers(address announced, address given);
    /// @notice Thrown when no reader has that serial, or when it is retired already.
    error ReaderNotServing(uint256 serial);
    /// @notice Thrown when all serials are used up.
    error TooManyReaders();

    /// @notice Announce a kind's reader. Another announcement for the kind takes this one's place, and its delay begins anew.
    function announceReader(bytes32 kind, IEvidenceReader reader) external;

    /// @notice Take an announcement back.
    function withdrawReader(bytes32 kind) external;

    /// @notice Let an announced reader begin, once its time has come. By anyone.
    function activateReader(bytes32 kind, IEvidenceReader reader) external;

    /// @notice Retire a reader for good, at once: the one that serves a kind, or one replaced before.
    function retireReader(uint256 serial) external;

    /// @notice Who reads a kind; all zero where nobody does.
    function readerOf(bytes32 kind) external view returns (Reader memory);

    /// @notice Who is to read a kind; all zero where nobody is announced.
    function announcementOf(bytes32 kind) external view returns (Announcement memory);

    /// @notice A reader by its serial, retired or not.
    function readerBySerial(uint256 serial) external view returns (IEvidenceReader);

    /// @notice Whether a reader is retired.
    function isRetired(uint256 serial) external view returns (bool);
}
