import type { TranscriptMessage, TranscriptStore } from '../../../core/ports/transcript-store.ts';

export interface MemoryTranscripts extends TranscriptStore {
  readonly messages: ReadonlyMap<string, TranscriptMessage>;
  /** Every `put` and `remove` rejects with this until it is `undefined` again. */
  failWith(error: Error | undefined): void;
  /** Called before each `put`, with how many there were. */
  onPut(listener: (message: TranscriptMessage) => void): void;
}

export function createMemoryTranscripts(): MemoryTranscripts {
  const messages = new Map<string, TranscriptMessage>();
  let failure: Error | undefined;
  let listener: (message: TranscriptMessage) => void = () => undefined;
  return {
    messages,
    failWith(error) {
      failure = error;
    },
    onPut(next) {
      listener = next;
    },
    async put(message) {
      if (failure !== undefined) throw failure;
      const known = messages.get(message.messageId);
      messages.set(message.messageId, structuredClone({ ...message, at: known?.at ?? message.at }));
      listener(message);
    },
    get: async (messageId) => structuredClone(messages.get(messageId)),
    async remove(messageId) {
      if (failure !== undefined) throw failure;
      return messages.delete(messageId);
    },
    list: async (conversationKey, limit) =>
      structuredClone(
        [...messages.values()].filter((message) => message.conversationKey === conversationKey).slice(-limit),
      ),
  };
}
