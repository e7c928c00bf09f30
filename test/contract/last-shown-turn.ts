import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConversationKey, encodeConversationKey } from '../../core/domain/conversation.ts';
import { turnId } from '../../core/domain/ids.ts';
import type { TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleBody, sampleConversation, sampleRef, sampleTurn } from './store-samples.ts';

interface Stores {
  readonly turns: TurnStore;
}

/** What every `TurnStore` promises of the last answer that people have seen. */
export function lastShownTurnContract(contract: StoreContract<Stores>): void {
  describe(`TurnStore, last shown: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const { platform, spaceId, audience } = sampleConversation;
    const keyOf = (channelId: string, threadId?: string): ConversationKey =>
      encodeConversationKey({
        ...{ platform, spaceId, audience, channelId },
        ...(threadId === undefined ? {} : { threadId }),
      });
    const lastShown = async (key: ConversationKey): Promise<string | undefined> =>
      (await subject.stores.turns.lastShownWithin(key))?.turnId;

    async function open(name: string, conversationKey: ConversationKey): Promise<void> {
      await subject.stores.turns.open(sampleTurn(name, { conversationKey }));
    }
    async function show(name: string, conversationKey: ConversationKey): Promise<void> {
      await open(name, conversationKey);
      await subject.stores.turns.intend(turnId(name), 0, `${name}.0`, sampleBody('x'), sampleAt);
      await subject.stores.turns.sent(turnId(name), 0, sampleRef(`${name}-answer`), sampleAt);
    }

    test('passes over answers that are still being written', async () => {
      await open('first', keyOf('c'));
      expect(await lastShown(keyOf('c'))).toBeUndefined();
      await show('second', keyOf('c'));
      await open('third', keyOf('c'));
      await subject.stores.turns.intend(turnId('third'), 0, 'third.0', sampleBody('x'), sampleAt);
      await subject.reopen();
      expect(await lastShown(keyOf('c'))).toBe('second');
    });

    test('looks into the threads of a conversation, and into no other conversation', async () => {
      await show('own', keyOf('c'));
      await show('thread', keyOf('c', '1'));
      await show('longer-name', keyOf('c2'));
      await show('slash', keyOf('c/1'));
      await show('zero', keyOf('c0'));
      expect(await lastShown(keyOf('c'))).toBe('thread');
      expect(await lastShown(keyOf('c', '1'))).toBe('thread');
      expect(await lastShown(keyOf('c', '2'))).toBeUndefined();
    });
  });
}
