// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ISlashGround} from "../staking/interfaces/ISlashGround.sol";

/// @title A ground that believes its evidence, unless that is empty
contract MockSlashGround is ISlashGround {
    error NothingProven();

    function judge(bytes calldata evidence) external pure returns (Offence memory offence) {
        require(evidence.length != 0, NothingProven());
        return abi.decode(evidence, (Offence));
    }
}
