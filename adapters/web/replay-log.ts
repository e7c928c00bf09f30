import type { StreamEvent } from './account-stream.ts';

/** The last events of one account, for a page that lost its connection for a moment. */
export interface ReplayLog {
  /** Numbers the event and keeps it. */
  append(type: string, json: string, replaces: string): StreamEvent;
  /** What came after this id; `undefined` when that is not known here any more. */
  since(eventId: string): readonly StreamEvent[] | undefined;
}

interface LoggedEvent extends StreamEvent {
  readonly sequence: number;
}

/** `epoch` tells ids of this log from those of an earlier one. Keeps at most `maxBytes` of text. */
export function createReplayLog(epoch: string, maxBytes: number): ReplayLog {
  let events: LoggedEvent[] = [];
  let bytes = 0;
  let sequence = 0;
  /** Up to here, something was dropped that nothing replaced. */
  let droppedUpTo = 0;

  return {
    append(type, json, replaces) {
      sequence += 1;
      const text = `id: ${epoch}-${sequence}\nevent: ${type}\ndata: ${json}\n\n`;
      const event: LoggedEvent = { sequence, text, replaces };
      events = events.filter((other) => other.replaces !== replaces);
      events.push(event);
      bytes = events.reduce((sum, other) => sum + other.text.length, 0);
      while (bytes > maxBytes) {
        const dropped = events.shift();
        if (dropped === undefined) break;
        bytes -= dropped.text.length;
        droppedUpTo = dropped.sequence;
      }
      return event;
    },
    since(eventId) {
      const [idEpoch, number] = eventId.split('-');
      const seen = Number(number);
      if (idEpoch !== epoch || !Number.isSafeInteger(seen) || seen < 0 || seen > sequence) return undefined;
      if (seen < droppedUpTo) return undefined;
      return events.filter((event) => event.sequence > seen);
    },
  };
}
