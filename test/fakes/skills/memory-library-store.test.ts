import type { LibraryStore } from '../../../core/ports/library-store.ts';
import { libraryChangesContract } from '../../contract/library-changes.ts';
import { libraryStoreContract } from '../../contract/library-store.ts';
import type { StoreContract } from '../../contract/store-contract.ts';
import { createMemoryLibraryStore } from './memory-library-store.ts';

const inMemory: StoreContract<{ readonly library: LibraryStore }> = {
  name: 'in memory',
  async create() {
    return {
      stores: { library: createMemoryLibraryStore() },
      reopen: async () => undefined,
      close: async () => undefined,
    };
  },
};

libraryStoreContract(inMemory);
libraryChangesContract(inMemory);
