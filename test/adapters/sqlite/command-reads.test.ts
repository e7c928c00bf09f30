import type { SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { lastShownTurnContract } from '../../contract/last-shown-turn.ts';
import { ledgerHoldsContract } from '../../contract/ledger-holds.ts';
import type { StoreContract } from '../../contract/store-contract.ts';
import { storesInMemory, storesOnDisk } from './rig.ts';

const places: readonly StoreContract<SqliteStores>[] = [
  { name: 'sqlite in memory', create: storesInMemory },
  { name: 'sqlite on disk', create: storesOnDisk },
];

for (const place of places) {
  ledgerHoldsContract(place);
  lastShownTurnContract(place);
}
