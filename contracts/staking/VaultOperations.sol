// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {VaultExits} from "./VaultExits.sol";
import {VaultPools} from "./VaultPools.sol";
import {IOperatorBond} from "./interfaces/IOperatorBond.sol";
import {IStakePoolFactory} from "./interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "./interfaces/IStakingParameters.sol";
import {IVaultOperations} from "./interfaces/IVaultOperations.sol";

/// @title The keepers' and the roles' half of a delegation vault
/// @notice Runs only inside `DelegationVault`, by delegate call. At its own address it has no PHA and no shares.
contract VaultOperations is VaultExits, IVaultOperations {
    using Math for uint256;

    /// @param authority The access manager; read from the vault's storage when it matters.
    constructor(
        address authority,
        IERC20 token,
        IStakePoolFactory factory,
        IStakingParameters parameters,
        IOperatorBond bond
    ) AccessManaged(authority) VaultPools(token, factory, parameters, bond) VaultExits(address(factory)) {}

    // Anyone

    /// @inheritdoc IVaultOperations
    function fill(uint256 maxExits) external nonReentrant {
        (uint256 low, ) = _settleFee();
        _record(_fill(maxExits, low));
    }

    /// @inheritdoc IVaultOperations
    function recall(address pool) external nonReentrant {
        (uint256 low, ) = _settleFee();
        _record(low);
        uint256 missing = _missing(low, pool);
        require(missing != 0, NothingToRecall(pool));
        _unstake(pool, missing);
    }

    /// @inheritdoc IVaultOperations
    function collect(address pool) external nonReentrant {
        _collected(pool);
        _sync();
    }

    /// @inheritdoc IVaultOperations
    function sync() external nonReentrant {
        _sync();
    }

    // The vault's roles

    /// @inheritdoc IVaultOperations
    function delegateTo(address pool, uint256 assets) external nonReentrant restricted {
        (uint256 low, ) = _settleFee();
        _record(low);
        uint256 available = uint256(_state.idle).saturatingSub(_awaited(low));
        require(assets <= available, IdleTooSmall(assets, available));
        _stake(pool, assets);
    }

    /// @inheritdoc IVaultOperations
    function recallFrom(address pool, uint256 assets) external nonReentrant restricted {
        (uint256 low, ) = _settleFee();
        _record(low);
        _unstake(pool, assets.max(_missing(low, pool)));
    }

    /// @inheritdoc IVaultOperations
    function setPool(address pool, uint96 cap) external restricted {
        require(FACTORY.isPool(pool), ForeignPool(pool));
        if (!_listed[pool]) {
            require(_state.pools < MAX_POOLS, TooManyPools(_state.pools));
            _listed[pool] = true;
            _pools[_state.pools++] = pool;
        }
        emit PoolSet(pool, _positions[pool].cap, cap);
        _positions[pool].cap = cap;
    }

    /// @inheritdoc IVaultOperations
    function removePool(address pool) external nonReentrant restricted {
        Position memory position = _collected(pool);
        require(position.shares == 0 && position.requests == 0, PoolInUse(pool));
        _listed[pool] = false;
        delete _positions[pool];
        uint256 last = --_state.pools;
        for (uint256 i = 0; i < last; ++i) {
            if (_pools[i] == pool) {
                _pools[i] = _pools[last];
                break;
            }
        }
        delete _pools[last];
        emit PoolRemoved(pool);
    }

    /// @inheritdoc IVaultOperations
    function setFee(uint16 feeBps) external nonReentrant restricted {
        _sync(); // what was earned until now, at the fee until now
        _setFee(feeBps);
    }

    /// @inheritdoc IVaultOperations
    function setFeeRecipient(address recipient) external nonReentrant restricted {
        require(recipient != address(0), ZeroAddress());
        _sync();
        emit FeeRecipientSet(_dues.feeRecipient, recipient);
        _dues.feeRecipient = recipient;
    }

    // Views

    /// @inheritdoc IVaultOperations
    function valuation() external view returns (uint256 low, uint256 high, uint256 idle, uint256 owed) {
        (low, high) = _value();
        return (low, high, _state.idle, _dues.owed);
    }

    /// @inheritdoc IVaultOperations
    function positionOf(address pool) external view returns (Position memory) {
        return _positions[pool];
    }

    /// @inheritdoc IVaultOperations
    function pools() external view returns (address[] memory list) {
        list = new address[](_state.pools);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = _pools[i];
        }
    }

    /// @inheritdoc IVaultOperations
    function exitAt(uint256 place) external view returns (Exit memory) {
        return _exits[place];
    }

    /// @inheritdoc IVaultOperations
    function queue() external view returns (uint256 first, uint256 end, uint256 shares) {
        return (_line.first, _line.end, _line.shares);
    }

    /// @inheritdoc IVaultOperations
    function claimableOf(address controller) external view returns (uint256 shares, uint256 assets) {
        return (_claimables[controller].shares, _claimables[controller].assets);
    }

    /// @inheritdoc IVaultOperations
    function fee()
        external
        view
        returns (uint256 currentBps, address recipient, uint256 mark, uint256 nextBps, uint256 startsAt)
    {
        (recipient, mark) = (_dues.feeRecipient, _state.mark);
        currentBps = _feeNow();
        if (currentBps == _state.feeBps && _state.isFeeRising) (nextBps, startsAt) = (_nextFee.bps, _nextFee.from);
    }

    // Internals

    function _sync() private {
        (uint256 low, ) = _settleFee();
        _record(low);
    }
}
