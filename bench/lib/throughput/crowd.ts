/** One message that somebody writes. */
export interface CrowdMessage {
  /** Counted from 1 over all conversations. */
  readonly number: number;
  readonly conversation: number;
  readonly text: string;
}

/** What people saw of a bot, milliseconds in the order in which it happened. */
export interface CrowdReport {
  /** From handing a message over to its acknowledgement, each. */
  readonly acknowledgementsMs: readonly number[];
  /** From handing a message over to its answer, each. */
  readonly answersMs: readonly number[];
  /** How many answers each conversation had. */
  readonly answersOf: readonly number[];
  readonly handedOver: number;
}

/**
 * People in many conversations, on the platform's side: hands messages to whoever serves the platform, and keeps count
 * of what comes back. The first acknowledgement of a message counts; an answer is the first since the conversation's
 * last message.
 */
export interface Crowd {
  /** So many further messages, by the conversations in turn. */
  write(count: number): void;
  /** Every conversation writes once, and again whenever it is answered. */
  talk(): void;
  /** The next messages that nobody took yet, at most so many. */
  take(most: number): readonly CrowdMessage[];
  acknowledged(number: number): void;
  answered(conversation: number): void;
  /** Calls soon whenever there may be something to take. One listener; a later one takes its place. */
  onMore(listener: () => void): void;
  /** What was seen since the beginning, or since `forget`. */
  report(): CrowdReport;
  forget(): void;
}

interface Seen {
  acknowledgementsMs: number[];
  answersMs: number[];
  answersOf: number[];
  handedOver: number;
}

const words =
  'Could you please help me with this one: what is the shortest way from here to the sea? Thanks.';

export function createCrowd(conversations: number, now: () => number): Crowd {
  const nothingSeen = (): Seen => ({
    acknowledgementsMs: [],
    answersMs: [],
    answersOf: Array.from({ length: conversations }, () => 0),
    handedOver: 0,
  });
  let seen = nothingSeen();
  let waiting: CrowdMessage[] = [];
  let count = 0;
  let isTalking = false;
  let listener = (): void => {};
  const unacknowledged = new Map<number, number>();
  const unanswered = new Map<number, number>();

  function say(conversation: number): void {
    count += 1;
    waiting.push({ number: count, conversation, text: `${words} (${count})` });
  }

  return {
    write(messages) {
      for (let at = 0; at < messages; at += 1) say(count % conversations);
      listener();
    },
    talk() {
      isTalking = true;
      for (let conversation = 0; conversation < conversations; conversation += 1) say(conversation);
      listener();
    },
    take(most) {
      const taken = waiting.slice(0, most);
      waiting = waiting.slice(most);
      const handedAt = now();
      for (const { number, conversation } of taken) {
        unacknowledged.set(number, handedAt);
        unanswered.set(conversation, handedAt);
      }
      seen.handedOver += taken.length;
      return taken;
    },
    acknowledged(number) {
      const handedAt = unacknowledged.get(number);
      if (handedAt === undefined) return;
      unacknowledged.delete(number);
      seen.acknowledgementsMs.push(now() - handedAt);
    },
    answered(conversation) {
      const handedAt = unanswered.get(conversation);
      if (handedAt === undefined) return;
      unanswered.delete(conversation);
      seen.answersMs.push(now() - handedAt);
      seen.answersOf[conversation] = (seen.answersOf[conversation] ?? 0) + 1;
      if (!isTalking) return;
      say(conversation);
      listener();
    },
    onMore(next) {
      listener = next;
    },
    report: () => structuredClone(seen),
    forget() {
      seen = nothingSeen();
    },
  };
}
