import { describe } from 'vitest';
import { conductPromises } from './conduct-promises.ts';
import { createContractRunner } from './contract-runner.ts';
import type { ChannelContract } from './descriptor.ts';
import { documentPromises } from './document-promises.ts';
import { failurePromises } from './failure-promises.ts';
import { formPromises } from './form-promises.ts';
import { inboundPromises } from './inbound-promises.ts';
import { lifecyclePromises } from './lifecycle-promises.ts';
import { outboundPromises } from './outbound-promises.ts';
import { picturePromises } from './picture-promises.ts';
import { privacyPromises } from './privacy-promises.ts';
import { streamPromises } from './stream-promises.ts';
import { threadPromises } from './thread-promises.ts';

/** The contract of `ChannelPort` as tests. Call it at the top of a test file; `descriptor.ts` says how. */
export function testChannel(contract: ChannelContract): void {
  describe(`channel contract: ${contract.name}`, () => {
    const runner = createContractRunner(contract);
    describe('lifecycle', () => lifecyclePromises(runner));
    describe('inbound', () => inboundPromises(runner));
    describe('threads', () => threadPromises(runner));
    describe('forms and home', () => formPromises(runner));
    describe('privacy', () => privacyPromises(runner));
    describe('outbound', () => outboundPromises(runner));
    describe('pictures', () => picturePromises(runner));
    describe('documents', () => documentPromises(runner));
    describe('streams', () => streamPromises(runner));
    describe('failures', () => failurePromises(runner));
    describe('conduct', () => conductPromises(runner));
  });
}
