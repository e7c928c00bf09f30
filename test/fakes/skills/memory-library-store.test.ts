import { libraryStoreContract } from '../../contract/library-store.ts';
import { createMemoryLibraryStore } from './memory-library-store.ts';

libraryStoreContract({
  name: 'in memory',
  async create() {
    return {
      stores: { library: createMemoryLibraryStore() },
      reopen: async () => undefined,
      close: async () => undefined,
    };
  },
});
