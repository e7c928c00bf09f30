import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { eventId, type PersonId, sessionId, turnId } from '../../../core/domain/ids.ts';
import { dueTimes, restartQuietTime, settleDue } from '../../../core/feedback/settlement.ts';
import { audienceOfTurn } from '../../../core/skills/audience.ts';
import { sampleSignal, sampleTurn } from '../../contract/store-samples.ts';
import type { BotProcess } from './bot-process.ts';
import { people, questions, spaces } from './cast.ts';
import { configuredStamp, quietTimes } from './limits.ts';
import { at } from './step.ts';
import { tokensOfTurn } from './tokens-of-turns.ts';
import { count, type Told, type ToldTurn } from './told.ts';
import type { World } from './world.ts';

export interface Question {
  readonly asker: number;
  readonly question: number;
  readonly channel: number;
  readonly space: number;
}

/** A message is answered as serving does it; `until`: how far it comes. */
export async function ask(
  { told, serve, clock }: World,
  { asker, question, channel, space }: Question,
  until: ToldTurn['stage'],
): Promise<ToldTurn | undefined> {
  const number = told.turns.length;
  const conversation = {
    platform: 'web',
    spaceId: at(spaces, space),
    audience: 'group',
    channelId: `c${channel}`,
  } as const;
  const key = encodeConversationKey(conversation);
  let turn: ToldTurn | undefined;
  await serve('a message', async (bot) => {
    bot.window.touch();
    told.spokenAt = clock.monotonicMs();
    const words = at(questions, question);
    const askerId = at(people, asker);
    const audience = audienceOfTurn({ conversation, conversationKey: key, askerId });
    const { generation, shown } = bot.library.retrieve(words, audience);
    turn = {
      number,
      turnId: turnId(`t-${String(number).padStart(4, '0')}`),
      words,
      askerId,
      conversation,
      key,
      sessionId: sessionId(`s-${channel}`),
      generation,
      policy: bot.desk.policyFor(conversation, key)?.policyId ?? configuredStamp,
      skills: shown,
      stage: 'nothing',
    };
    told.turns.push(turn);
    told.answering = answeringNow(told, bot);
    await bot.stores.turns.open(
      sampleTurn(turn.turnId, {
        conversation,
        conversationKey: key,
        sessionId: turn.sessionId,
        askerId,
        promptAuthors: [askerId],
        requestText: words,
        // Each asks its own question; else two answers to one would be a pair.
        requestRefs: [{ platform: 'web', channelId: conversation.channelId, messageId: turn.turnId }],
        eventIds: [eventId('web', turn.turnId)],
        generation,
        policy: turn.policy,
        skills: shown,
        maskedSkills: [],
        startedAt: clock.now(),
      }),
    );
    turn.stage = 'open';
    if (until !== 'open') await finish(turn, bot, clock.now());
  });
  return turn;
}

export async function finish(turn: ToldTurn, { stores }: BotProcess, now: number): Promise<void> {
  await stores.turns.answer(turn.turnId, 'So.', undefined, [tokensOfTurn(turn.number)]);
  turn.stage = 'answered';
  await stores.turns.end(turn.turnId, { state: 'done', endedAt: now, dueAt: dueTimes(now, quietTimes) });
  turn.stage = 'ended';
}

/** Conversations that were told of keep what answers them. */
export function answeringNow(told: Told, { desk }: BotProcess, isAnew = false): Told['answering'] {
  const present = new Map(isAnew ? [] : told.answering);
  for (const { conversation, key } of told.turns) {
    if (!present.has(key)) present.set(key, desk.policyFor(conversation, key)?.policyId ?? configuredStamp);
  }
  return present;
}

/** A person's word on an answer, given or taken back, as the desk writes it down. */
export async function say(
  world: World,
  turn: ToldTurn,
  by: PersonId,
  polarity: number,
  change: 'given' | 'withdrawn' = 'given',
): Promise<void> {
  const { told, clock, happened } = world;
  told.rows += 1;
  const event = eventId('web', `row-${told.rows}`);
  if (told.dropped.has(turn.turnId)) count(happened, 'late word');
  await world.serve('a reaction', async (bot) => {
    bot.window.touch();
    told.spokenAt = clock.monotonicMs();
    const now = clock.now();
    await restartQuietTime(turn.turnId, now, quietTimes, bot.stores.ledger);
    await bot.stores.ledger.append(
      sampleSignal(event, {
        eventId: event,
        spaceId: turn.conversation.spaceId,
        target: { kind: 'turn', turnId: turn.turnId },
        actorId: by,
        change,
        kind: 'feedback',
        slot: 'feedback',
        name: polarity > 0 ? 'good' : 'bad',
        polarity: change === 'given' ? polarity : 0,
        occurredAt: now,
        recordedAt: now,
      }),
    );
    told.signals.push(event);
  });
}

export const settle = (world: World): Promise<boolean> =>
  world.act(async ({ settler }) => {
    await settleDue(settler);
  });

/** Some messages with everybody's word on them, and time enough for it to count. */
export async function day(world: World, asked: readonly Question[]): Promise<void> {
  for (const [index, question] of asked.entries()) {
    const turn = await ask(world, question, 'ended');
    if (turn?.stage === 'ended') await say(world, turn, at(people, index), index % 2 === 0 ? 1 : -1);
  }
  await world.clock.advance(quietTimes.weights);
  await world.quiet();
  await settle(world);
}
