// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Blake2b} from "../cryptography/Blake2b.sol";
import {ScaleDecoder} from "../cryptography/ScaleDecoder.sol";
import {CompositeVerifier} from "./CompositeVerifier.sol";
import {KeylessAccounts} from "./KeylessAccounts.sol";
import {MemberMessage} from "./MemberMessage.sol";
import {IAccountVerifier} from "./interfaces/IAccountVerifier.sol";
import {IMigrationBridge} from "./interfaces/IMigrationBridge.sol";

/// @title Substrate's multisig accounts (pallet-multisig)
/// @notice The account is blake2b-256 of `modlpy/utilisuba` ‖ compact(n) ‖ the n members in ascending order ‖ threshold
/// (u16, little-endian), so the evidence brings members and threshold, and the account vouches for them. Exactly
/// `threshold` members must have signed what `memberMessage` says.
///
/// Evidence: threshold (2 bytes, big-endian) ‖ n (1) ‖ n × member (32) ‖ `threshold` × [member's place (1) ‖ scheme (1) ‖
/// length (2, big-endian) ‖ evidence of that scheme], places ascending, and nothing after.
///
/// The rules are the pallet's: 2 to 100 members, each once. A threshold of 1 is good (the pallet has a call of its own
/// for it). What the pallet could never act for (a single member, a threshold above n) is refused, for nobody controls
/// such an account. Members may be multisigs or proxied accounts themselves if the constructor was given verifiers for
/// those schemes.
contract MultisigAccountVerifier is CompositeVerifier {
    /// @notice Fewest members of a multisig.
    uint256 public constant MIN_MEMBERS = 2;

    /// @notice Most members of a multisig: the parachain's `MaxSignatories`.
    uint256 public constant MAX_MEMBERS = 100;

    /// @dev threshold and n, before the members.
    uint256 private constant HEAD_BYTES = 3;

    /// @dev place, scheme and length, before a member's evidence.
    uint256 private constant APPROVAL_HEAD_BYTES = 4;

    constructor(IMigrationBridge.SchemeVerifier[] memory verifiers) CompositeVerifier(verifiers) {}

    /// @inheritdoc IAccountVerifier
    function verify(bytes32 account, bytes calldata message, bytes calldata evidence) external view returns (bool) {
        if (evidence.length < HEAD_BYTES || KeylessAccounts.isKeyless(account)) return false;
        uint256 threshold = uint16(bytes2(evidence));
        uint256 count = uint8(bytes3(evidence)[2]);
        if (count < MIN_MEMBERS || count > MAX_MEMBERS || threshold == 0 || threshold > count) return false;

        uint256 membersEnd = HEAD_BYTES + 32 * count;
        if (evidence.length < membersEnd) return false;
        bytes calldata members = evidence[HEAD_BYTES:membersEnd];
        if (!_isAscending(members) || _accountOf(members, threshold) != account) return false;
        return _haveApproved(members, threshold, MemberMessage.naming(account, message), evidence[membersEnd:]);
    }

    /// @dev Exactly `threshold` approvals, each of a later member than the one before, so that none counts twice.
    function _haveApproved(
        bytes calldata members,
        uint256 threshold,
        bytes memory message,
        bytes calldata approvals
    ) private view returns (bool) {
        // unchecked: places and lengths of a few bytes each, compared with what is left before they are used
        unchecked {
            uint256 firstFree = 0;
            for (; threshold != 0; --threshold) {
                // The head: place (1), scheme (1), length (2); zeros where the approvals end before it does
                uint256 head = uint32(bytes4(approvals));
                uint256 place = head >> 24;
                uint256 end = APPROVAL_HEAD_BYTES + (head & 0xffff);
                if (place < firstFree || 32 * place >= members.length || approvals.length < end) return false;
                bytes calldata evidence = approvals[APPROVAL_HEAD_BYTES:end];
                // cast: the scheme is the head's second byte
                if (!_isAgreed(uint8(head >> 16), _memberAt(members, place), message, evidence)) return false;
                firstFree = place + 1;
                approvals = approvals[end:];
            }
            return approvals.length == 0;
        }
    }

    /// @dev Strictly: a member that stood twice could sign twice.
    function _isAscending(bytes calldata members) private pure returns (bool) {
        // unchecked: a list of at most 100 members
        unchecked {
            uint256 count = members.length / 32;
            bytes32 previous = _memberAt(members, 0);
            for (uint256 place = 1; place < count; ++place) {
                bytes32 member = _memberAt(members, place);
                if (member <= previous) return false;
                previous = member;
            }
            return true;
        }
    }

    /// @dev The caller has checked that there are more than `place` members.
    function _memberAt(bytes calldata members, uint256 place) private pure returns (bytes32) {
        uint256 start;
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            start := members.offset
        }
        // unchecked: a calldata position
        unchecked {
            return ScaleDecoder.bytes32At(start + 32 * place);
        }
    }

    function _accountOf(bytes calldata members, uint256 threshold) private view returns (bytes32) {
        uint256 count = members.length / 32;
        // SCALE's compact number: one byte up to 63, then two, little-endian with the mode 1 in the low bits. Casts: a
        // count is at most 100 and a threshold no more.
        bytes memory length =
            count < 64
                ? abi.encodePacked(uint8(count << 2))
                : abi.encodePacked(uint8((count << 2) | 1), uint8(count >> 6));
        return Blake2b.hash256(abi.encodePacked("modlpy/utilisuba", length, members, uint8(threshold), uint8(0)));
    }
}
