import { activityStoreContract } from '../../contract/activity-store.ts';
import { createMemoryActivityStore } from './memory-activity-store.ts';

activityStoreContract({
  name: 'in memory',
  async create() {
    const activity = createMemoryActivityStore();
    return { stores: { activity }, reopen: async () => undefined, close: async () => undefined };
  },
});
