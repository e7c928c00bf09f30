import { assemblePrompt } from '../../../core/agent/assemble-prompt.ts';
import { type ConversationAddress, encodeConversationKey } from '../../../core/domain/conversation.ts';
import {
  turnId as asTurnId,
  eventId,
  type PersonId,
  type SessionId,
  sessionId,
  type TurnId,
} from '../../../core/domain/ids.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import { skillAuthors } from '../../../core/domain/skill.ts';
import type { NewTurn } from '../../../core/ports/turn-store.ts';
import { beginsAt, persona, type Rig, shippedSettings } from './bench-rig.ts';
import { correctionFor, topicIn, valueIn } from './topics.ts';
import {
  type Inhabitant,
  MINUTE_MS,
  type PlannedSession,
  type PlannedTurn,
  platform,
  type World,
} from './world.ts';

/** One answered turn, as the summary counts it. */
export interface AnsweredTurn {
  readonly turnId: TurnId;
  /** Milliseconds from the start of the stream. */
  readonly at: number;
  readonly planned: PlannedTurn;
  /** It said what its asker wants. */
  readonly isSuccess: boolean;
}

/** What people said of turns, as anybody can see it. */
export interface Ratings {
  note(turnId: TurnId, polarity: number): void;
  /** Somebody rated it well and nobody badly. */
  isGood(turnId: TurnId): boolean;
}

export function createRatings(): Ratings {
  const rated = new Map<TurnId, { readonly isGood: boolean; readonly isBad: boolean }>();
  return {
    note(turnId, polarity) {
      const before = rated.get(turnId);
      rated.set(turnId, {
        isGood: (before?.isGood ?? false) || polarity > 0,
        isBad: (before?.isBad ?? false) || polarity < 0,
      });
    },
    isGood(turnId) {
      const found = rated.get(turnId);
      return found?.isGood === true && !found.isBad;
    },
  };
}

/** People talking to the bot: turns and signals as a channel would bring them, written by the real stores. */
export interface Talk {
  readonly turns: readonly AnsweredTurn[];
  /** Plays a session from its first turn to its last word. */
  play(session: PlannedSession): Promise<void>;
  /** Ends the sessions that nobody went on with. */
  endIdle(): Promise<void>;
}

type Said = Pick<Signal, 'kind' | 'slot' | 'name' | 'polarity' | 'text'>;

export function createTalk(world: World, rig: Rig, ratings: Ratings): Talk {
  const { clock, ids, stores, library, models } = rig;
  const turns: AnsweredTurn[] = [];

  async function say(
    turnId: TurnId,
    conversation: ConversationAddress,
    actorId: PersonId,
    said: Said,
  ): Promise<void> {
    ratings.note(turnId, said.polarity);
    await stores.ledger.schedule(turnId, { skills: clock.now() + shippedSettings.quietMs });
    await stores.ledger.append({
      ...said,
      eventId: eventId(platform, ids.next('event')),
      platform,
      spaceId: conversation.spaceId,
      target: { kind: 'turn', turnId },
      actorId,
      actorIsBot: false,
      change: 'given',
      authority: 'explicit',
      weight: 1,
      rule: 'bench@1',
      occurredAt: clock.now(),
      recordedAt: clock.now(),
    });
  }

  const rate = (isGood: boolean): Said => ({
    kind: 'button',
    slot: 'button',
    name: isGood ? 'good' : 'bad',
    polarity: isGood ? 1 : -1,
  });
  const correct = (text: string): Said => ({
    kind: 'correction',
    slot: 'correction',
    name: 'wrong',
    polarity: -1,
    text,
  });

  async function react(
    turnId: TurnId,
    conversation: ConversationAddress,
    planned: PlannedTurn,
    isSuccess: boolean,
    at: number,
  ): Promise<void> {
    const { asker, topic } = planned;
    if (!asker.isBrigading && planned.says) {
      await say(turnId, conversation, asker.personId, rate(isSuccess !== planned.flips));
      if (!isSuccess && !planned.flips && planned.corrects) {
        const wanted = correctionFor(topic, world.wants(asker, topic, at));
        await say(turnId, conversation, asker.personId, correct(wanted));
      }
    }
    for (const brigader of brigadersAt(conversation, asker)) {
      await say(turnId, conversation, brigader.personId, rate(false));
      await say(
        turnId,
        conversation,
        brigader.personId,
        correct(correctionFor(topic, world.brigadeWants(topic))),
      );
    }
  }

  /** Those who see the answer: their own, and what is said in groups of their space. */
  function brigadersAt({ spaceId, audience }: ConversationAddress, asker: Inhabitant): readonly Inhabitant[] {
    return world.people.filter(
      (person) =>
        person.isBrigading && person.spaceId === spaceId && (audience === 'group' || person === asker),
    );
  }

  async function answerOne(
    conversation: ConversationAddress,
    session: SessionId,
    planned: PlannedTurn,
  ): Promise<void> {
    const { asker, topic, request } = planned;
    const conversationKey = encodeConversationKey(conversation);
    const { platform: of, spaceId, audience } = conversation;
    const skills = library.retrieve(
      request,
      { platform: of, spaceId, conversationKey, personId: asker.personId, isShared: audience === 'group' },
      { sessionId: session },
    );
    const startedAt = clock.now();
    const messages = assemblePrompt({
      persona,
      channelFacts: '',
      audience,
      skillsBlock: skills.block,
      history: [],
      historyBudgetTokens: 0,
      request: { askerName: asker.personId, text: request, quotes: [] },
      now: startedAt,
    });
    const turnId = asTurnId(ids.next('turn'));
    const turn: NewTurn = {
      turnId,
      conversationKey,
      conversation,
      sessionId: session,
      askerId: asker.personId,
      askerName: asker.personId,
      eventIds: [eventId(platform, ids.next('event'))],
      requestRefs: [],
      requestText: request,
      line: 'main',
      isHoldOut: false,
      promptAuthors: [...new Set([asker.personId, ...skillAuthors(skills.shown)])],
      generation: skills.generation,
      skills: skills.shown,
      maskedSkills: skills.masked,
      policy: 'serving',
      promptHash: ids.digest(JSON.stringify(messages)),
      startedAt,
    };
    await stores.turns.open(turn);
    let replyText = '';
    for await (const event of models.serving.stream({ messages, tools: [] }, new AbortController().signal)) {
      if (event.type === 'text') replyText += event.text;
    }
    await stores.turns.answer(turnId, replyText);
    const dueAt = { skills: clock.now() + shippedSettings.quietMs };
    await stores.turns.end(turnId, { state: 'done', endedAt: clock.now(), replyText, dueAt });
    const at = startedAt - beginsAt;
    const isSuccess =
      topicIn(replyText) === topic && valueIn(topic, replyText) === world.wants(asker, topic, at);
    turns.push({ turnId, at, planned, isSuccess });
    await react(turnId, conversation, planned, isSuccess, at);
  }

  return {
    turns,
    async play({ spaceId, audience, channelId, threadId, turns: plan }) {
      const conversation: ConversationAddress = {
        platform,
        spaceId,
        audience,
        channelId,
        ...(threadId === undefined ? {} : { threadId }),
      };
      const conversationKey = encodeConversationKey(conversation);
      const current = await stores.sessions.current(conversationKey);
      const id = current?.sessionId ?? sessionId(ids.next('session'));
      if (current === undefined) {
        await stores.sessions.open({
          sessionId: id,
          conversationKey,
          startedAt: clock.now(),
          lastActiveAt: clock.now(),
        });
      }
      for (const planned of plan) {
        await answerOne(conversation, id, planned);
        clock.moveTo(clock.now() + MINUTE_MS);
      }
      await stores.sessions.touch(id, clock.now());
    },
    async endIdle() {
      for (const session of await stores.sessions.idleSince(clock.now() - shippedSettings.gapMs)) {
        await stores.sessions.end(session.sessionId, clock.now(), 'gap');
      }
    },
  };
}
