import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { eventId, type PersonId, personId, sessionId, spaceId, turnId } from '../../../core/domain/ids.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import type { NewTurn } from '../../../core/ports/turn-store.ts';
import type { SeededRandom } from '../seeded-random.ts';

const platform = 'slack';
const startedAt = Date.UTC(2026, 0, 1);
const yearMs = 365 * 86_400_000;
export const spaceOfAll = spaceId(platform, 'T0BENCH');
export const everybody: readonly PersonId[] = Array.from({ length: 500 }, (_, at) =>
  personId(platform, `U${10_000 + at}`),
);
const judge = personId(platform, 'judge');

export const turnName = (at: number): string => `turn_${String(at).padStart(9, '0')}`;
/** When the `at`th of `turns` turns was asked; they are spread over a year. */
export const askedAt = (at: number, turns: number): number => startedAt + Math.floor((at / turns) * yearMs);

export const answerRef = (at: number): MessageRef => ({
  platform,
  channelId: `C${at % 40}`,
  messageId: `17${String(at).padStart(8, '0')}.${String((at * 7_919) % 1_000_000).padStart(6, '0')}`,
});

export function turnAt(at: number, turns: number): NewTurn {
  const channelId = `C${at % 40}`;
  const conversation = { platform, spaceId: spaceOfAll, audience: 'group', channelId } as const;
  const asker = everybody[at % everybody.length] ?? judge;
  return {
    turnId: turnId(turnName(at)),
    conversationKey: encodeConversationKey(conversation),
    conversation,
    sessionId: sessionId(`session_${Math.floor(at / 8)}`),
    askerId: asker,
    askerName: 'Somebody',
    eventIds: [eventId(platform, `ask-${at}`)],
    requestRefs: [{ platform, channelId, messageId: `ask-${at}` }],
    requestText: 'How do we roll the staging database back to the last migration that worked?',
    line: 'main',
    isHoldOut: at % 10 === 0,
    promptAuthors: [asker],
    generation: 1,
    skills: [],
    maskedSkills: [],
    policy: 'bench',
    promptHash: 'bench',
    startedAt: askedAt(at, turns),
  };
}

type Said = Pick<Signal, 'kind' | 'change' | 'slot' | 'name' | 'polarity' | 'authority' | 'weight' | 'rule'>;

const given = { change: 'given', authority: 'explicit', weight: 1, rule: 'polarity-table@1' } as const;
const read = { change: 'given', authority: 'judge', weight: 0.4, rule: 'judge@1' } as const;

const up: Said = { ...given, kind: 'reaction', slot: '+1', name: ':+1:', polarity: 1 };
const down: Said = { ...given, kind: 'reaction', slot: '-1', name: ':-1:', polarity: -1 };
/** What is said of an answer, as often as it stands here. */
const sayings: readonly Said[] = [
  up,
  up,
  { ...up, change: 'withdrawn' },
  down,
  { ...given, kind: 'reaction', slot: 'eyes', name: ':eyes:', polarity: 0 },
  { ...given, kind: 'button', slot: 'button', name: 'good', polarity: 1 },
  { ...given, kind: 'button', slot: 'button', name: 'bad', polarity: -1 },
  { ...read, kind: 'judge', slot: 'judge', name: 'alone', polarity: 1 },
  { ...read, kind: 'next', slot: 'next', name: 'thanks', polarity: 1 },
  { ...given, kind: 'tool', slot: 'tool', name: 'ok', polarity: 0, rule: 'tool@1' },
];

/** Of a hundred signals so many are about any earlier turn, the rest about one of the latest. */
export const lateShare = 5;
const latest = 200;

/**
 * The `at`th of `signals`: reactions and buttons are on the turn's message, the rest on the turn itself. They come as
 * turns are answered: about one of the latest, and now and then about any before.
 */
export function signalAt(at: number, signals: number, turns: number, random: SeededRandom): Signal {
  const said = random.pick(sayings);
  const newest = Math.floor((at / signals) * turns);
  const back = random.below(random.below(100) < lateShare ? newest + 1 : Math.min(latest, newest + 1));
  const turn = newest - back;
  const isOnMessage = said.kind === 'reaction' || said.kind === 'button';
  const occurredAt = askedAt(turn, turns) + random.below(600_000);
  return {
    ...said,
    eventId: eventId(platform, `Ev${String(at).padStart(10, '0')}`),
    platform,
    spaceId: spaceOfAll,
    target: isOnMessage
      ? { kind: 'message', ref: answerRef(turn) }
      : { kind: 'turn', turnId: turnId(turnName(turn)) },
    actorId: said.kind === 'judge' ? judge : random.pick(everybody),
    actorIsBot: false,
    occurredAt,
    recordedAt: occurredAt + 150,
  };
}
