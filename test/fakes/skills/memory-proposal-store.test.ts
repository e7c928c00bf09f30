import { proposalStoreContract } from '../../contract/proposal-store.ts';
import { createMemoryProposalStore } from './memory-proposal-store.ts';

proposalStoreContract({
  name: 'in memory',
  async create() {
    return {
      stores: { proposals: createMemoryProposalStore() },
      reopen: async () => undefined,
      close: async () => undefined,
    };
  },
});
