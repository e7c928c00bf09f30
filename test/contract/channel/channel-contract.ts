import { describe } from 'vitest';
import { createContractRunner } from './contract-runner.ts';
import type { ChannelContract } from './descriptor.ts';
import { failurePromises } from './failure-promises.ts';
import { inboundPromises } from './inbound-promises.ts';
import { lifecyclePromises } from './lifecycle-promises.ts';
import { outboundPromises } from './outbound-promises.ts';

/** The contract of `ChannelPort` as tests. Call it at the top of a test file; `descriptor.ts` says how. */
export function testChannel(contract: ChannelContract): void {
  describe(`channel contract: ${contract.name}`, () => {
    const runner = createContractRunner(contract);
    describe('lifecycle', () => lifecyclePromises(runner));
    describe('inbound', () => inboundPromises(runner));
    describe('outbound', () => outboundPromises(runner));
    describe('failures', () => failurePromises(runner));
  });
}
