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
    mapping(bytes32 kind => Reader) private _readers;
    mapping(bytes32 kind => Announcement) private _announced;
    mapping(uint256 serial => IEvidenceReader) private _bySerial;

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
        require(announced.reader == reader, ReaderDiffers(address(announced.reader), address(reader)));
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
        bytes32 kind = reader.kind();
        if (_readers[kind].serial == serial) delete _readers[kind];
        emit ReaderRetired(kind, address(reader), serial);
    }

    /// @inheritdoc IEvidenceRouter
    function readerOf(bytes32 kind) external view returns (Reader memory) {
        return _readers[kind];
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
        return _isRetired(_conditions, serial);
    }

    function _isRetired(Conditions memory conditions, uint256 serial) internal pure returns (bool) {
        return (conditions.retiredReaders >> serial) & 1 != 0;
    }

    function _requireReader(bytes32 kind) internal view returns (Reader memory reader) {
        reader = _readers[kind];
        require(reader.serial != 0, KindUnknown(kind));
    }

    function _activate(bytes32 kind, IEvidenceReader reader) private {
        require(_lastSerial < MAX_SERIAL, TooManyReaders());
        uint8 serial = ++_lastSerial;
        address old = address(_readers[kind].reader);
        _readers[kind] = Reader(reader, serial);
        _bySerial[serial] = reader;
        emit ReaderActivated(kind, old, address(reader), serial);
    }
}
