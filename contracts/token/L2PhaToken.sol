// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Bridgeable} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC20Bridgeable.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {PhaERC20} from "./PhaERC20.sol";
import {IL2PhaToken} from "./interfaces/IL2PhaToken.sol";
import {ILegacyMintableERC20} from "./interfaces/ILegacyMintableERC20.sol";
import {IOptimismMintableERC20} from "./interfaces/IOptimismMintableERC20.sol";

/// @title PHA on an OP stack L2
contract L2PhaToken is PhaERC20, ERC20Bridgeable, IL2PhaToken, ILegacyMintableERC20 {
    address private immutable STANDARD_BRIDGE;
    address private immutable REMOTE_TOKEN;
    address private immutable SUPERCHAIN_BRIDGE;

    /// @param standardBridge The chain's L2StandardBridge.
    /// @param remoteToken_ PHA on the chain this L2 settles to.
    /// @param superchainBridge_ The SuperchainTokenBridge, or zero for none.
    constructor(address standardBridge, address remoteToken_, address superchainBridge_) {
        require(
            standardBridge != address(0) && remoteToken_ != address(0),
            BridgeConfigurationInvalid(standardBridge, remoteToken_)
        );
        STANDARD_BRIDGE = standardBridge;
        REMOTE_TOKEN = remoteToken_;
        SUPERCHAIN_BRIDGE = superchainBridge_;
    }

    modifier onlyStandardBridge() {
        require(msg.sender == STANDARD_BRIDGE, CallerIsNotBridge(msg.sender));
        _;
    }

    /// @inheritdoc IOptimismMintableERC20
    function mint(
        address to,
        uint256 amount
    ) external override(IOptimismMintableERC20, ILegacyMintableERC20) onlyStandardBridge {
        _mint(to, amount);
        emit Mint(to, amount);
    }

    /// @inheritdoc IOptimismMintableERC20
    function burn(
        address from,
        uint256 amount
    ) external override(IOptimismMintableERC20, ILegacyMintableERC20) onlyStandardBridge {
        _burn(from, amount);
        emit Burn(from, amount);
    }

    /// @inheritdoc IOptimismMintableERC20
    function bridge() external view returns (address) {
        return STANDARD_BRIDGE;
    }

    /// @inheritdoc IL2PhaToken
    function l2Bridge() external view returns (address) {
        return STANDARD_BRIDGE;
    }

    /// @inheritdoc IOptimismMintableERC20
    function remoteToken() external view returns (address) {
        return REMOTE_TOKEN;
    }

    /// @inheritdoc ILegacyMintableERC20
    function l1Token() external view returns (address) {
        return REMOTE_TOKEN;
    }

    /// @inheritdoc IL2PhaToken
    function superchainBridge() external view returns (address) {
        return SUPERCHAIN_BRIDGE;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC20Bridgeable, IERC165) returns (bool) {
        return
            interfaceId == type(IOptimismMintableERC20).interfaceId ||
            interfaceId == type(ILegacyMintableERC20).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /// @dev No test for zero: a call never comes from the zero address, so a bridge that is not named mints nothing.
    function _checkTokenBridge(address caller) internal view override {
        require(caller == SUPERCHAIN_BRIDGE, CallerIsNotBridge(caller));
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, PhaERC20) {
        super._update(from, to, value);
    }
}
