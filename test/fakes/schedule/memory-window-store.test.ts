import { windowStoreContract } from '../../contract/window-store.ts';
import { createMemoryWindowStore } from './memory-window-store.ts';

windowStoreContract({
  name: 'in memory',
  async create() {
    const windows = createMemoryWindowStore();
    return { stores: { windows }, reopen: async () => undefined, close: async () => undefined };
  },
});
