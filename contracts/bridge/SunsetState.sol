// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ScaleDecoder} from "../cryptography/ScaleDecoder.sol";
import {SubstrateTrie} from "../cryptography/SubstrateTrie.sol";
import {XxHash64} from "../cryptography/XxHash64.sol";

/// @title What the bridge reads in the state of the parachain's last block
/// @notice Two maps: `System.Account` (balances) and `Proxy.Proxies` (who may act for whom). Keys are derived here from
/// the account, never taken from a caller.
/// @dev A storage key is `twox128(pallet) ‖ twox128(item) ‖ hasher(account) ‖ account`.
library SunsetState {
    /// @dev twox128("System") ‖ twox128("Account"); the map's hasher is Blake2_128Concat.
    bytes32 private constant SYSTEM_ACCOUNT = 0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9;

    /// @dev twox128("Proxy") ‖ twox128("Proxies"); the map's hasher is Twox64Concat.
    bytes32 private constant PROXY_PROXIES = 0x1809d78346727a0ef58c0fa03bafa3231d885dcfb277f185f2d8e62a5f290c85;

    /// @dev nonce, consumers, providers, sufficients (u32 each), free, reserved, frozen, flags (u128 each).
    uint256 private constant ACCOUNT_INFO_SIZE = 80;

    /// @notice The native balance that `proof` shows for `account` in the state with root `stateRoot`.
    /// @return found whether the proof shows the account
    /// @return balance free plus reserved; `frozen` lies inside free and is not added
    function nativeBalance(
        bytes32 stateRoot,
        bytes32 account,
        bytes calldata proof
    ) internal view returns (bool found, uint256 balance) {
        bytes calldata info;
        (found, info) = SubstrateTrie.read(stateRoot, systemAccountKey(account), proof);
        if (!found || info.length != ACCOUNT_INFO_SIZE) return (false, 0);
        uint256 position;
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            position := info.offset
        }
        balance = ScaleDecoder.u128(position + 16) + ScaleDecoder.u128(position + 32);
    }

    /// @notice The list of proxies that `proof` shows for `account`, as pallet-proxy encodes it.
    function proxies(
        bytes32 stateRoot,
        bytes32 account,
        bytes calldata proof
    ) internal view returns (bool found, bytes calldata list) {
        return SubstrateTrie.read(stateRoot, proxiesKey(account), proof);
    }

    /// @notice The storage key of `System.Account(account)`, 80 bytes.
    function systemAccountKey(bytes32 account) internal view returns (bytes memory) {
        return abi.encodePacked(SYSTEM_ACCOUNT, _blake2b128(account), account);
    }

    /// @notice The storage key of `Proxy.Proxies(account)`, 72 bytes.
    function proxiesKey(bytes32 account) internal pure returns (bytes memory) {
        return abi.encodePacked(PROXY_PROXIES, XxHash64.twox64(account), account);
    }

    /// @dev blake2b of one 32-byte block with a 16-byte digest (RFC 7693), by the precompile 0x09 (EIP-152).
    function _blake2b128(bytes32 input) private view returns (bytes16 digest) {
        // memory-safe: works in fresh memory behind the free-memory pointer
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, 12)
            mstore(add(scratch, 32), 0x18c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5)
            mstore(add(scratch, 64), 0xd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b)
            mstore(add(scratch, 96), input)
            calldatacopy(add(scratch, 128), calldatasize(), 96)
            // 32 bytes in, last block
            mstore(add(scratch, 224), or(shl(248, 32), shl(120, 1)))
            let ok := staticcall(gas(), 9, add(scratch, 28), 213, add(scratch, 32), 64)
            // a failed call makes the key of no account
            digest := mul(shl(128, shr(128, mload(add(scratch, 32)))), ok)
        }
    }
}
