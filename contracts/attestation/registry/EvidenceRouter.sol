// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AttestationParameters} from "./AttestationParameters.sol";
import {IEvidenceReader} from "./IEvidenceReader.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";

/// @title Who reads which kind of evidence
/// @notice See {IEvidenceRouter}.
abstract contract EvidenceRouter is IEvidenceRouter, AttestationParameters {
    /// @dev As many as `retiredReaders` has bits, the lowest of which stands for none.
    uint256 private constant MAX_SERIAL = 95;

    uint8 private _lastSerial;
    uint16 private _lastKind;
    mapping(bytes32 kind => uint16 number) private _kindNumbers;
    mapping(uint256 kindNumber => Reader) private _readers;
    mapping(bytes32 kind => Announcement) private _announced;
    mapping(uint256 serial => IEvidenceReader) private _bySerial;
    mapping(uint256 serial => bytes32 kind) private _kindBySerial;

    /// @param readers Those that serve from the beginning. Nobody relies on the registry yet, so nobody needs notice.
    constructor(IEvidenceReader[] memory readers) {
        for (uint256 i; i < readers.length; ++i) {
            bytes32 kind = readers[i].kind();
            require(kind != 0, ReaderKindWrong(kind, kind));
            _activate(kind, readers[i]);
        }
    }

    /// @inheritdoc IEvidenceRouter
    function activateReader(bytes32 kind, IEvidenceReader reader) external {
        Announcement memory announced = _announced[kind];
        require(address(announced.reader) != address(0), NothingAnnounced(kind));
        // Whoever activates says whom: so nobody can be made to activate what was announced in between.
        require(
            address(announced.reader) == address(reader),
            ReaderDiffers(address(announced.reader), address(reader))
        );
        require(block.timestamp >= announced.activeFrom, NotYetActive(kind, announced.activeFrom));
        delete _announced[kind];
        _activate(kind, reader);
    }

    /// @inheritdoc IEvidenceRouter
    function announceReader(bytes32 kind, IEvidenceReader reader) external restricted {
        bytes32 readerKind = reader.kind();
        require(kind != 0 && readerKind == kind, ReaderKindWrong(kind, readerKind));
        uint256 activeFrom = block.timestamp + uint256(_conditions.announceHours) * 1 hours;
        _announced[kind] = Announcement(reader, uint40(activeFrom)); // 30 days from now at most
        emit ReaderAnnounced(kind, address(reader), activeFrom);
    }

    /// @inheritdoc IEvidenceRouter
    function withdrawReader(bytes32 kind) external restricted {
        IEvidenceReader reader = _announced[kind].reader;
        require(address(reader) != address(0), NothingAnnounced(kind));
        delete _announced[kind];
        emit ReaderWithdrawn(kind, address(reader));
    }

    /// @inheritdoc IEvidenceRouter
    function retireReader(uint256 serial) external restricted {
        IEvidenceReader reader = _bySerial[serial];
        require(address(reader) != address(0) && !isRetired(serial), ReaderNotServing(serial));
        _conditions.retiredReaders |= uint96(1 << serial); // at most MAX_SERIAL, as it is known
        // Not asked of the reader, which could refuse to go by refusing to answer.
        bytes32 kind = _kindBySerial[serial];
        uint256 number = _kindNumbers[kind];
        if (_readers[number].serial == serial) delete _readers[number];
        emit ReaderRetired(kind, address(reader), serial);
    }

    /// @inheritdoc IEvidenceRouter
    function readerOf(bytes32 kind) external view returns (Reader memory) {
        return _readers[_kindNumbers[kind]];
    }

    /// @inheritdoc IEvidenceRouter
    function announcementOf(bytes32 kind) external view returns (Announcement memory) {
        return _announced[kind];
    }

    /// @inheritdoc IEvidenceRouter
    function readerBySerial(uint256 serial) public view returns (IEvidenceReader) {
        return _bySerial[serial];
    }

    /// @inheritdoc IEvidenceRouter
    function isRetired(uint256 serial) public view returns (bool) {
        return (_conditions.retiredReaders >> serial) & 1 != 0;
    }

    /// @dev A kind's number, which it gets when it is first named by governance, be it by a reader or by a rule.
    function _numberOf(bytes32 kind) internal returns (uint16 number) {
        number = _kindNumbers[kind];
        if (number == 0) {
            number = ++_lastKind;
            _kindNumbers[kind] = number;
        }
    }

    /// @dev Who reads a kind, by its number.
    function _requireReader(uint256 kindNumber) internal view returns (IEvidenceReader reader, uint8 serial) {
        Reader storage kept = _readers[kindNumber];
        (reader, serial) = (kept.reader, kept.serial);
        require(serial != 0, KindUnknown(kindNumber));
    }

    function _activate(bytes32 kind, IEvidenceReader reader) private {
        require(_lastSerial < MAX_SERIAL, TooManyReaders());
        uint8 serial = ++_lastSerial;
        uint256 number = _numberOf(kind);
        address old = address(_readers[number].reader);
        _readers[number] = Reader(reader, serial);
        _bySerial[serial] = reader;
        _kindBySerial[serial] = kind;
        emit ReaderActivated(kind, old, address(reader), serial);
    }
}
