import type { ApiKeyId } from '../domain/api-key.ts';
import { type ConversationKey, encodeConversationKey } from '../domain/conversation.ts';
import {
  turnId as asTurnId,
  type PersonId,
  platformOf,
  type SessionId,
  sessionId,
  type TurnId,
} from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import { type SkillProvenance, skillAuthors } from '../domain/skill.ts';
import { estimateTokens } from '../domain/tokens.ts';
import type { IsHoldOut } from '../feedback/hold-out.ts';
import type { ApiFeedbackDeps } from '../feedback/record-api-feedback.ts';
import type { ApiCaller } from '../ports/api-access.ts';
import type { Exchange, ExchangeDesk, ExchangeEnd, ExchangeStart } from '../ports/exchange-desk.ts';
import type { Ids } from '../ports/ids.ts';
import type { NewTurn, TurnStore } from '../ports/turn-store.ts';
import type { SkillAudience } from '../skills/audience.ts';
import type { SteadySkills, SteadySkillsForTurn } from '../skills/steady-skills.ts';
import { createExchangeFeedback } from './exchange-feedback.ts';
import { createExchangeRecorder, type ExchangeRecorderDeps } from './exchange-recorder.ts';
import { type RecordingRules, recordedTurn } from './exchange-turn.ts';
import type { Sessions } from './sessions.ts';
import { ownKeyId } from './talk-key.ts';
import { createTalks, type Talk } from './talks.ts';
import { createToolLoops, joinAnswer, nothingYet, type ToolLoop } from './tool-loops.ts';

export interface ExchangeDeskDeps
  extends Omit<ExchangeRecorderDeps, 'turns'>,
    Omit<ApiFeedbackDeps, 'clock'>,
    RecordingRules {
  readonly turns: Pick<TurnStore, 'record' | 'get' | 'byReply' | 'last' | 'recent'>;
  readonly sessions: Sessions;
  readonly skills: SteadySkills;
  readonly ids: Ids;
  readonly isHoldOut: IsHoldOut;
  /** Generation of the library, for turns that are given no skills. */
  generation(): number;
  /** Told at once what a request of a key cost; must not throw. */
  onSpent?(keyId: ApiKeyId, tokens: number): void;
  /** Whose words the instructions of what answers were learned from, by `ExchangeEnd.policy`; absent: nobody's. */
  learnedFrom?(policy: string): SkillProvenance | undefined;
}

export interface RunningExchangeDesk extends ExchangeDesk {
  /** Waits for the exchanges under way, at most so long, then stores what is over, within the same time again. */
  stop(deadlineMs: number): Promise<void>;
}

/** What is known of an exchange that will be stored. */
interface Prepared {
  readonly start: ExchangeStart;
  readonly turnId: TurnId;
  readonly startedAt: number;
  readonly words: string;
  readonly talk: Talk;
  readonly skills: SteadySkillsForTurn;
  /** Whose words stood in the session before. */
  readonly earlier: readonly PersonId[];
  readonly loop: ToolLoop | undefined;
}

const rememberedSessions = 10_000;
const turnsLookedAt = 50;
/** About so many of a request as it is sent, its punctuation included. */
const bytesPerToken = 4;
/** Of longer ones the rest is not looked at: it is what somebody pasted. */
const longestWords = 50_000;

const bounded = (words: string): string =>
  words.length <= longestWords ? words : words.slice(0, longestWords).replace(/[\ud800-\udbff]$/, '');

function audienceOf({ spaceId, personId }: ApiCaller, key: ConversationKey | undefined): SkillAudience {
  const conversation = key === undefined ? {} : { conversationKey: key };
  return { platform: platformOf(spaceId), spaceId, personId, isShared: false, ...conversation };
}

export function createExchangeDesk(deps: ExchangeDeskDeps): RunningExchangeDesk {
  const { clock, ids, logger, metrics, sessions } = deps;
  const recorder = createExchangeRecorder(deps);
  const talks = createTalks(deps);
  const loops = createToolLoops();
  const feedback = createExchangeFeedback({ ...deps, talks, recorder });
  const authorsOf = createLatestMap<SessionId, readonly PersonId[]>(rememberedSessions);
  let underWay = 0;
  let allOver: (() => void) | undefined;

  function over(): void {
    underWay -= 1;
    if (underWay === 0) allOver?.();
  }

  async function earlierAuthors({ sessionId: id, known }: Talk): Promise<readonly PersonId[]> {
    const remembered = authorsOf.get(id);
    if (remembered !== undefined || known === undefined) return remembered ?? [];
    const past = await sessions.history(known.session.session, turnsLookedAt);
    const authors = [...new Set(past.flatMap(({ promptAuthors }) => promptAuthors))];
    if (!authorsOf.has(id)) authorsOf.set(id, authors);
    return authorsOf.get(id) ?? authors;
  }

  async function prepare(start: ExchangeStart): Promise<Prepared> {
    const startedAt = clock.now();
    const talk = await talks.enter(start.caller, start.talk);
    const earlier = await earlierAuthors(talk);
    const isMain = start.line === 'main';
    const written = bounded(start.words);
    const loop = isMain ? loops.take(talk.sessionId, start, written) : undefined;
    const words = loop?.turn.requestText ?? written;
    const audience = audienceOf(start.caller, talk.known?.key);
    const skills = isMain ? await deps.skills.skillsFor(words, audience, talk.sessionId) : withoutSkills();
    const turnId = loop?.turn.turnId ?? asTurnId(ids.next('turn'));
    return { start, turnId, startedAt, words, talk, skills, earlier, loop };
  }

  function withoutSkills(): SteadySkillsForTurn {
    return { generation: deps.generation(), shown: [], masked: [], block: '', authors: [] };
  }

  function spend({ caller, words }: ExchangeStart, end: ExchangeEnd): void {
    const { keyId } = caller;
    if (keyId === undefined) return;
    const { usage, replyText, promptBytes } = end;
    const asked = promptBytes === undefined ? estimateTokens(words) : Math.ceil(promptBytes / bytesPerToken);
    const tokens =
      usage === undefined ? asked + estimateTokens(replyText) : usage.inputTokens + usage.outputTokens;
    recorder.spend(keyId, tokens);
    deps.onSpent?.(keyId, tokens);
  }

  /** As it was asked first, where it goes on. */
  function turnOf(prepared: Prepared, { firstAnswer, policy, promptHash }: ExchangeEnd): NewTurn {
    const { start, turnId, startedAt, words, talk, skills, earlier, loop } = prepared;
    if (loop !== undefined) return loop.turn;
    const { conversation, key } = talk.settle(firstAnswer, turnId);
    const { personId, name } = start.caller;
    const persona = deps.learnedFrom?.(policy);
    const learned = persona === undefined ? [] : skillAuthors([{ learnedFrom: persona }]);
    return {
      turnId,
      conversationKey: key,
      conversation,
      sessionId: talk.sessionId,
      askerId: personId,
      askerName: name,
      eventIds: [],
      requestRefs: [],
      requestText: words,
      line: start.line,
      isHoldOut: deps.isHoldOut(key),
      promptAuthors: [...new Set([personId, ...earlier, ...skills.authors, ...learned])],
      generation: skills.generation,
      skills: skills.shown,
      maskedSkills: skills.masked,
      policy,
      promptHash,
      startedAt,
    };
  }

  function store(prepared: Prepared, end: ExchangeEnd): void {
    const { start, turnId, talk, loop } = prepared;
    const { caller, ownKey, line } = start;
    const turn = turnOf(prepared, end);
    const messageIds = [...end.messageIds, turnId, ...(ownKey === undefined ? [] : [ownKeyId(ownKey)])];
    const soFar = joinAnswer(loop?.soFar ?? nothingYet, end, messageIds);
    const { session } = talk.settle(end.firstAnswer, turnId);
    if (start.endsSession) session.leave('command');
    recorder.add(recordedTurn(turn, soFar, end, clock.now(), deps), session);
    talks.answered(caller, messageIds, turn);
    const authors = [...(authorsOf.get(turn.sessionId) ?? []), ...turn.promptAuthors];
    authorsOf.set(turn.sessionId, [...new Set(authors)]);
    if (line !== 'main') return;
    feedback.answered(turn);
    if (end.state !== 'done') retryable(prepared);
    else if (end.awaitsTools) loops.put({ turn, wordsIndex: start.wordsIndex, soFar });
  }

  /** A call that failed is made again, as a rule: then the turn goes on from where it was before. */
  function retryable({ loop }: Prepared): void {
    if (loop !== undefined) loops.put(loop);
  }

  function exchangeOf(prepared: Prepared): Exchange {
    const { start, turnId, talk, skills } = prepared;
    let isOver = false;
    return {
      turnId,
      sessionId: talk.sessionId,
      block: skills.block,
      finish(end) {
        if (isOver) return;
        isOver = true;
        try {
          spend(start, end);
          store(prepared, end);
          metrics.count('exchanges_total', end.state);
        } catch (error) {
          logger.error('exchange_not_recorded', { turnId, error });
        }
        over();
      },
      abandon() {
        if (isOver) return;
        isOver = true;
        retryable(prepared);
        over();
      },
    };
  }

  /** Passes without being learned from; what it costs counts all the same. */
  function unlearned(start: ExchangeStart): Exchange {
    let isOver = false;
    const leave = (): boolean => {
      if (isOver) return false;
      isOver = true;
      over();
      return true;
    };
    return {
      turnId: asTurnId(ids.next('turn')),
      sessionId: sessionId(ids.next('session')),
      block: '',
      finish(end) {
        if (leave()) spend(start, end);
      },
      abandon: () => void leave(),
    };
  }

  return {
    async begin(start) {
      underWay += 1;
      try {
        return exchangeOf(await prepare(start));
      } catch (error) {
        logger.warn('exchange_not_prepared', { error });
        return unlearned(start);
      }
    },
    async peek({ caller, line, talk, words }) {
      if (line !== 'main') return '';
      try {
        const conversation = await talks.find(caller, talk);
        const session = conversation && (await talks.look(conversation));
        const key = conversation && encodeConversationKey(conversation);
        const given = await deps.skills.peek(bounded(words), audienceOf(caller, key), session?.sessionId);
        return given.block;
      } catch (error) {
        logger.warn('exchange_not_prepared', { error });
        return '';
      }
    },
    feedback: feedback.take,
    async stop(deadlineMs) {
      if (underWay > 0) {
        const over = Promise.withResolvers<void>();
        allOver = () => over.resolve();
        const deadline = clock.after(deadlineMs, () => over.resolve());
        await over.promise;
        deadline.cancel();
        allOver = undefined;
      }
      await recorder.stop(deadlineMs);
      await feedback.settled();
    },
  };
}
