// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Sha384} from "../../cryptography/Sha384.sol";
import {RtmrReplay} from "./RtmrReplay.sol";

/// @title One event of a dstack guest: how it stands in a compact log, and its digest
/// @dev The forms of both are in {IDstackEventLog}.
library DstackEvent {
    /// @dev The type's number, little-endian, and the colon after it.
    bytes5 private constant BINARY_PREFIX = 0x010000083a;
    uint256 private constant BINARY = 1;
    uint256 private constant JSON = 2;
    uint256 private constant LONGEST_NAME = 32;

    /// @dev Digests of the three events that every boot has with nothing in them, in format 1: a block of SHA-384 saved
    /// for each.
    bytes32 private constant PREPARING_HEAD = 0xf9974020ef507068183313d0ca808e0d1ca9b2d1ad0c61f5784e7157c362c065;
    bytes16 private constant PREPARING_TAIL = 0x36f5ddacdad4451693f48fcc72fff624;
    bytes32 private constant BOOTED_HEAD = 0x98bd7e6bd3952720b65027fd494834045d06b4a714bf737a06b874638b3ea00f;
    bytes16 private constant BOOTED_TAIL = 0xf402f7f583e3e3b05e921c8570433ac6;
    bytes32 private constant READY_HEAD = 0x1a76b2a80a0be71eae59f80945d876351a7a3fb8e9fd1ff1cede5734aa84ea11;
    bytes16 private constant READY_TAIL = 0xfd72b4edfbb6f04e5a85edd114c751bd;

    /// @notice Where an event's parts stand in the log.
    /// @param name Left-aligned; names that matter are short, and longer ones are refused
    struct Parsed {
        uint256 format;
        bytes32 name;
        uint256 nameStart;
        uint256 nameEnd;
        uint256 payloadStart;
        uint256 end;
    }

    /// @notice The event that begins at a position.
    /// @return defect `LogForm` or `EventName`; zero where nothing is wrong, and all is then within the log
    function read(bytes calldata log, uint256 position) internal pure returns (bytes32 defect, Parsed memory parsed) {
        // No overflow: positions are bounded by the length of calldata, lengths by two bytes.
        unchecked {
            if (position + 2 > log.length) return ("LogForm", parsed);
            parsed.format = uint8(log[position]);
            if (parsed.format != BINARY && parsed.format != JSON) return ("LogForm", parsed);
            parsed.nameStart = position + 2;
            parsed.nameEnd = parsed.nameStart + uint8(log[position + 1]);
            parsed.payloadStart = parsed.nameEnd + 2;
            if (parsed.payloadStart > log.length) return ("LogForm", parsed);
            parsed.end = parsed.payloadStart + uint16(bytes2(log[parsed.nameEnd:]));
            if (parsed.end > log.length) return ("LogForm", parsed);
        }
        bytes calldata name = log[parsed.nameStart:parsed.nameEnd];
        if (!_isName(name)) return ("EventName", parsed);
        parsed.name = bytes32(name);
    }

    /// @notice What RTMR3 was extended by for an event.
    function digestOf(
        bytes calldata log,
        Parsed memory parsed
    ) internal pure returns (RtmrReplay.Register memory digest) {
        bytes calldata name = log[parsed.nameStart:parsed.nameEnd];
        bytes calldata payload = log[parsed.payloadStart:parsed.end];
        if (parsed.format == BINARY) {
            if (payload.length == 0) {
                if (parsed.name == "system-preparing") return RtmrReplay.Register(PREPARING_HEAD, PREPARING_TAIL);
                if (parsed.name == "boot-mr-done") return RtmrReplay.Register(BOOTED_HEAD, BOOTED_TAIL);
                if (parsed.name == "system-ready") return RtmrReplay.Register(READY_HEAD, READY_TAIL);
            }
            (digest.head, digest.tail) = Sha384.digest(bytes.concat(BINARY_PREFIX, name, ":", payload));
        } else {
            (digest.head, digest.tail) = Sha384.digest(
                bytes.concat('{"name":"', name, '","payload":"', _hexadecimal(payload), '","type":134217729}')
            );
        }
    }

    /// @dev A colon would let one digest be opened as two events, with the name of one cut longer; the others would be
    /// escaped in JSON.
    function _isName(bytes calldata name) private pure returns (bool) {
        if (name.length == 0 || name.length > LONGEST_NAME) return false;
        for (uint256 index = 0; index < name.length; ++index) {
            bytes1 character = name[index];
            if (character < 0x20 || character > 0x7e) return false;
            if (character == ":" || character == '"' || character == "\\") return false;
        }
        return true;
    }

    function _hexadecimal(bytes calldata data) private pure returns (bytes memory text) {
        bytes16 digits = "0123456789abcdef";
        text = new bytes(2 * data.length);
        for (uint256 index = 0; index < data.length; ++index) {
            text[2 * index] = digits[uint8(data[index]) >> 4];
            text[2 * index + 1] = digits[uint8(data[index]) & 15];
        }
    }
}
