import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TranscriptMessage, TranscriptStore } from '../../core/ports/transcript-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { otherKey, sampleAt, sampleBody, sampleKey } from './store-samples.ts';

interface Stores {
  readonly transcripts: TranscriptStore;
}

/** What every `TranscriptStore` promises. */
export function transcriptStoreContract(contract: StoreContract<Stores>): void {
  describe(`TranscriptStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const transcripts = (): TranscriptStore => subject.stores.transcripts;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const message = (messageId: string, changes: Partial<TranscriptMessage> = {}): TranscriptMessage => ({
      messageId,
      conversationKey: sampleKey,
      from: 'bot',
      content: { body: sampleBody(messageId), final: true },
      at: sampleAt + 0.5,
      ...changes,
    });
    const listed = async (limit: number): Promise<readonly string[]> =>
      (await transcripts().list(sampleKey, limit)).map((one) => one.messageId);

    test('gives a message back whole, after a restart too', async () => {
      await transcripts().put(message('a'));
      await transcripts().put(message('b', { from: 'person', content: 'text' }));
      await subject.reopen();
      expect(await transcripts().get('a')).toEqual(message('a'));
      expect(await transcripts().get('b')).toEqual(message('b', { from: 'person', content: 'text' }));
      expect(await transcripts().get('c')).toBeUndefined();
    });

    test('the same id again replaces content and keeps place and time', async () => {
      await transcripts().put(message('a'));
      await transcripts().put(message('b'));
      await transcripts().put(message('a', { content: 'edited', at: sampleAt + 99 }));
      await subject.reopen();
      expect(await transcripts().get('a')).toEqual(message('a', { content: 'edited' }));
      expect(await listed(5)).toEqual(['a', 'b']);
    });

    test('lists the last ones of a conversation in the order of their first put', async () => {
      await transcripts().put(message('z', { at: sampleAt + 10 }));
      await transcripts().put(message('elsewhere', { conversationKey: otherKey }));
      await transcripts().put(message('a', { at: sampleAt }));
      await transcripts().put(message('m', { at: sampleAt + 5 }));
      expect(await listed(5)).toEqual(['z', 'a', 'm']);
      expect(await listed(2)).toEqual(['a', 'm']);
      expect(await listed(0)).toEqual([]);
    });

    test('remove tells whether there was something', async () => {
      await transcripts().put(message('a'));
      expect(await transcripts().remove('a')).toBe(true);
      expect(await transcripts().remove('a')).toBe(false);
      await subject.reopen();
      expect(await transcripts().get('a')).toBeUndefined();
      expect(await listed(5)).toEqual([]);
    });
  });
}
