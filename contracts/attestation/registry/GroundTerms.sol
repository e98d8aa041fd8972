// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {EvidenceRouter} from "./EvidenceRouter.sol";
import {IAttestationRegistry} from "./IAttestationRegistry.sol";
import {IEvidenceReader} from "./IEvidenceReader.sol";

/// @title For how long what vendors said held
/// @notice Verdicts on platforms of one model rest on the same collateral: the *ground*. While the vendor's word on it stays the
/// same, that is one *term*, and every verdict names the term it was given in. When the word changes, the term gets an
/// end: one slot, however many verdicts name it.
///
/// The vendors' stores do not call here. So somebody has to look: each submission does, and anyone may. A term that nobody has
/// looked at for `LookAgainSeconds` is not believed: then a question is answered by looking into the stores itself, which
/// costs it more gas and nobody any trust. A change is taken to have come no later than that, so that it makes no
/// difference to the end whether anyone looked.
abstract contract GroundTerms is IAttestationRegistry, EvidenceRouter {
    /// @dev A look is noted down again after this part of the time for which it is good, not at each submission.
    uint256 private constant NOTE_EVERY = 4;
    /// @dev No term counts for longer after the last look at it: the upper bounds of `LookAgainSeconds` and `GraceSeconds`.
    uint256 private constant LONGEST_REACH = 21 days;

    uint24 private _lastTerm;
    mapping(bytes32 serialAndGround => uint24 term) private _newest;
    /// @dev By number. An array, as its places are found without hashing.
    Term[2 ** 24] private _terms;
    mapping(uint256 term => bytes32 ground) private _grounds;
    mapping(uint256 term => uint24 previous) private _previous;

    /// @inheritdoc IAttestationRegistry
    function observe(uint256 serial, bytes32 ground) external {
        uint256 term = currentTerm(serial, ground);
        require(term != 0, GroundUnknown(serial, ground));
        // One found wrong could begin terms without end, until their numbers are used up.
        require(!isRetired(serial), ReaderNotServing(serial));
        IEvidenceReader reader = readerBySerial(serial);
        _endLost(reader, uint8(serial), ground, term);
        // Under a ground that was lost only new evidence begins a new term, since only that shows what it rests on now.
        if (_terms[term].endsAt == 0) _lookAt(0, uint8(serial), ground, reader.epochOf(ground));
    }

    /// @inheritdoc IAttestationRegistry
    function termOf(uint256 term) external view returns (Term memory, bytes32 ground) {
        return (_terms[term], _grounds[term]);
    }

    /// @inheritdoc IAttestationRegistry
    function currentTerm(uint256 serial, bytes32 ground) public view returns (uint256) {
        return _newest[_keyOf(serial, ground)];
    }

    /// @dev The term of a ground that stands at `epoch` now, after noting that somebody looked.
    /// @param likely The term that it most likely is, since the last verdict was given in it; 0 where there is none
    function _lookAt(uint256 likely, uint8 serial, bytes32 ground, uint96 epoch) internal returns (uint24 number) {
        bytes32 key = _keyOf(serial, ground);
        Term storage term = _terms[likely];
        if (likely == 0 || term.groundTag != bytes9(key) || term.endsAt != 0) {
            likely = _newest[key];
            term = _terms[likely];
        }
        bool isOpen = likely != 0 && term.endsAt == 0;
        uint256 lookAgain = _conditions.lookAgainSeconds;
        if (isOpen && term.epoch == epoch) {
            if (block.timestamp > term.seenAt + lookAgain / NOTE_EVERY) term.seenAt = uint40(block.timestamp);
            return uint24(likely); // a term's number
        }
        uint40 end;
        if (isOpen) {
            end = uint40(_endOf(term, lookAgain));
            term.endsAt = end;
        }
        number = ++_lastTerm;
        emit GroundMoved(serial, ground, likely, number, term.epoch, epoch, end);
        _newest[key] = number;
        _grounds[number] = ground;
        _previous[number] = uint24(likely);
        _terms[number] = Term({
            epoch: epoch,
            seenAt: uint40(block.timestamp),
            endsAt: 0,
            serial: serial,
            groundTag: bytes9(key)
        });
    }

    /// @dev Last second at which a term counts; 0 while it is the newest.
    function _termEnd(uint256 number) internal view returns (uint256) {
        return _terms[number].endsAt;
    }

    /// @dev Why a term does not count now; zero where it does.
    function _termProblem(uint256 number, uint256 lookAgain) internal view returns (bytes32) {
        Term storage term = _terms[number];
        (uint256 end, uint256 seenAt) = (term.endsAt, term.seenAt);
        if (end != 0) return block.timestamp > end ? bytes32("CollateralMoved") : bytes32(0);
        // Of 40 bits and of 32.
        unchecked {
            if (block.timestamp <= seenAt + lookAgain) return 0;
        }

        bytes32 ground = _grounds[number];
        IEvidenceReader reader = readerBySerial(term.serial);
        if (reader.groundProblem(ground, term.epoch) != 0) return "AuthorityRevoked";
        if (reader.epochOf(ground) == term.epoch) return 0;
        return block.timestamp > _endOf(term, lookAgain) ? bytes32("CollateralMoved") : bytes32(0);
    }

    /// @dev When a term ends whose epoch is over: grace after the change, which came no later than the time until which
    /// the last look was good.
    function _endOf(Term storage term, uint256 lookAgain) private view returns (uint256) {
        uint256 changedAt = uint256(term.seenAt) + lookAgain;
        if (block.timestamp < changedAt) changedAt = block.timestamp;
        return changedAt + _conditions.graceSeconds;
    }

    /// @dev Grace is for what is out of date, never for what is revoked: of the newest term and those before it that have
    /// grace left, which are as few as changes within it, those end whose epoch rests on what is revoked.
    function _endLost(IEvidenceReader reader, uint8 serial, bytes32 ground, uint256 number) private {
        uint40 end = uint40(block.timestamp - 1);
        bytes32 lostBy;
        while (number != 0) {
            Term storage term = _terms[number];
            uint256 endsAt = term.endsAt;
            // An older term may end later than a newer one, where grace has been made shorter; but not that much later.
            if (endsAt != 0 && term.seenAt + LONGEST_REACH < block.timestamp) break;
            if (endsAt == 0 || endsAt > end) {
                bytes32 problem = reader.groundProblem(ground, term.epoch);
                if (problem != 0) (term.endsAt, lostBy) = (end, problem);
            }
            number = _previous[number];
        }
        if (lostBy != 0) emit GroundLost(serial, ground, lostBy);
    }

    function _keyOf(uint256 serial, bytes32 ground) private pure returns (bytes32) {
        return keccak256(abi.encode(serial, ground));
    }
}
