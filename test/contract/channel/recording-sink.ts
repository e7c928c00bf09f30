import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import type { Sink } from '../../../core/ports/channel.ts';

export type EventOf<Type extends InboundEvent['type']> = Extract<InboundEvent, { type: Type }>;

export interface RecordingSink {
  readonly sink: Sink;
  /** Every call, in order, redeliveries too. */
  readonly events: readonly InboundEvent[];
  /** How the next calls are answered; afterwards `stored`. */
  answerNext(...answers: readonly (Receipt | 'reject' | 'throw')[]): void;
  /** The next call is answered when `release` is called and not before. */
  holdNext(): HeldAnswer;
  /** The n-th event (from 0) of a type; rejects after `deadlineMs`. */
  nth<Type extends InboundEvent['type']>(type: Type, n?: number, deadlineMs?: number): Promise<EventOf<Type>>;
  /** The first truthy answer of `probe`, asked now and after each event. */
  until<T>(probe: () => T | undefined | false, what: string, deadlineMs?: number): Promise<T>;
}

export interface HeldAnswer {
  release(receipt: Receipt): void;
}

const isOfType =
  <Type extends InboundEvent['type']>(type: Type) =>
  (event: InboundEvent): event is EventOf<Type> =>
    event.type === type;

/** A sink that remembers, and misbehaves on command. */
export function createRecordingSink(): RecordingSink {
  const events: InboundEvent[] = [];
  const answers: (Receipt | 'reject' | 'throw' | Promise<Receipt>)[] = [];
  const watchers = new Set<() => void>();

  const until = <T>(probe: () => T | undefined | false, what: string, deadlineMs = 20_000): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = probe();
        if (found === undefined || found === false) return;
        clearTimeout(deadline);
        watchers.delete(look);
        resolve(found);
      };
      const deadline = setTimeout(() => {
        watchers.delete(look);
        reject(new Error(`waited ${deadlineMs} ms for ${what}; got ${JSON.stringify(events)}`));
      }, deadlineMs);
      watchers.add(look);
      look();
    });

  return {
    events,
    sink: (event) => {
      events.push(structuredClone(event));
      const answer = answers.shift() ?? 'stored';
      for (const watcher of [...watchers]) watcher();
      if (answer === 'throw') throw new Error('the sink broke');
      if (answer === 'reject') return Promise.reject(new Error('the sink broke'));
      return Promise.resolve(answer);
    },
    answerNext(...next) {
      answers.push(...next);
    },
    holdNext() {
      const held = Promise.withResolvers<Receipt>();
      answers.push(held.promise);
      return { release: held.resolve };
    },
    nth: (type, n = 0, deadlineMs) =>
      until(() => events.filter(isOfType(type))[n], `${type} number ${n + 1}`, deadlineMs),
    until,
  };
}
