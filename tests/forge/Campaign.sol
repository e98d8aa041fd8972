// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Checked} from "./Checked.sol";

/// @title How often a handler's actions were called, and how often they had the effect they are named for
interface ICounted {
    function tried(string calldata action) external view returns (uint256);

    function done(string calldata action) external view returns (uint256);

    function names(uint256 index) external view returns (string memory);
}

/// @title An invariant test with one handler
/// @dev forge asks these functions which steps to draw from.
abstract contract Campaign is Checked {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address private _handlerAddress;
    bytes4[] private _actions;

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = _handlerAddress;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(_handlerAddress, _actions);
    }

    function _target(address handler, bytes4[] memory actions) internal {
        (_handlerAddress, _actions) = (handler, actions);
    }

    /// @dev One long walk by a fixed seed, so that what campaigns are worth does not hang on luck: every action has its effect
    /// at least once, so do the rare events named in `rare`, and at least `percent` of all calls have an effect.
    function _walk(uint256 steps, uint256 percent, string[] memory rare) internal {
        for (uint256 i = 0; i < steps; ++i) {
            bytes32 seed = keccak256(abi.encode(i));
            bytes4 action = _actions[uint256(seed) % _actions.length];
            bytes memory arguments = abi.encode(keccak256(abi.encode(seed, 1)), keccak256(abi.encode(seed, 2)), seed);
            (bool succeeded, bytes memory reason) = _handlerAddress.call(bytes.concat(action, arguments));
            if (succeeded) continue;
            assembly ("memory-safe") {
                revert(add(reason, 32), mload(reason))
            }
        }
        ICounted handler = ICounted(_handlerAddress);
        (uint256 tried, uint256 effective) = (0, 0);
        for (uint256 i = 0; true; ++i) {
            try handler.names(i) returns (string memory name) {
                check(handler.done(name) != 0, string.concat("never had its effect: ", name));
                tried += handler.tried(name);
                effective += least(handler.done(name), handler.tried(name));
            } catch {
                break;
            }
        }
        for (uint256 i = 0; i < rare.length; ++i) {
            check(handler.done(rare[i]) != 0, string.concat("never happened: ", rare[i]));
        }
        checkEqual(tried, steps, "every step is counted");
        checkAtLeast((100 * effective) / tried, percent, "percent of calls with an effect");
    }
}
