import { type PoliciesUnderTest, policyStoreContract } from '../../contract/policy-store.ts';
import { sampleTurn } from '../../contract/store-samples.ts';
import { createMemoryPolicyStore } from './memory-policy-store.ts';

policyStoreContract({
  name: 'in memory',
  async create() {
    const policies = createMemoryPolicyStore();
    const turns: PoliciesUnderTest['turns'] = {
      async add(name, changes, value, { state = 'done', replyText = 'So.' } = {}) {
        const turn = sampleTurn(name, changes);
        if (state !== 'done' || replyText === '' || turn.line !== 'main') return;
        policies.addTurns({ ...turn, ...(value === undefined ? {} : { value }) });
      },
    };
    return { stores: { policies, turns }, reopen: async () => undefined, close: async () => undefined };
  },
});
