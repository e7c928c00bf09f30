import { vectorStoreContract } from '../../contract/vector-store.ts';
import { createMemoryVectorStore } from './memory-vector-store.ts';

vectorStoreContract({
  name: 'in memory',
  create: async () => ({
    stores: { vectors: createMemoryVectorStore() },
    reopen: async () => {},
    close: async () => {},
  }),
});
