import { leaseStoreContract } from '../../contract/lease-store.ts';
import { runFenceContract } from '../../contract/run-fence.ts';
import { createMemoryRunStore } from '../learning/memory-run-store.ts';
import { createMemorySettlements } from '../learning/memory-settlements.ts';
import { createMemoryLeaseStore } from './memory-lease-store.ts';

leaseStoreContract({
  name: 'in memory',
  create: async () => ({
    stores: { leases: createMemoryLeaseStore() },
    reopen: async () => undefined,
    close: async () => undefined,
  }),
});

runFenceContract({
  name: 'in memory',
  async create() {
    const table = createMemorySettlements();
    const leases = createMemoryLeaseStore();
    const stores = { runs: createMemoryRunStore(table, leases), leases, table };
    return { stores, reopen: async () => undefined, close: async () => undefined };
  },
});
