import { runLeasesContract } from '../../contract/run-leases.ts';
import { type RunsUnderTest, runStoreContract } from '../../contract/run-store.ts';
import type { StoreContract } from '../../contract/store-contract.ts';
import { createMemoryRunStore } from './memory-run-store.ts';
import { createMemorySettlements } from './memory-settlements.ts';

const inMemory: StoreContract<RunsUnderTest> = {
  name: 'in memory',
  async create() {
    const table = createMemorySettlements();
    return {
      stores: { runs: createMemoryRunStore(table), table },
      reopen: async () => undefined,
      close: async () => undefined,
    };
  },
};

runStoreContract(inMemory);
runLeasesContract(inMemory);
