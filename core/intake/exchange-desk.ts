import type { ApiKeyId } from '../domain/api-key.ts';
import { type ConversationKey, encodeConversationKey } from '../domain/conversation.ts';
import { turnId as asTurnId, type PersonId, platformOf, sessionId, type TurnId } from '../domain/ids.ts';
import { ownText } from '../domain/own-text.ts';
import type { IsHoldOut } from '../feedback/hold-out.ts';
import type { ApiFeedbackDeps } from '../feedback/record-api-feedback.ts';
import type { ApiCaller } from '../ports/api-access.ts';
import type { Exchange, ExchangeDesk, ExchangeEnd, ExchangeStart } from '../ports/exchange-desk.ts';
import type { Ids } from '../ports/ids.ts';
import type { NewTurn, TurnStore } from '../ports/turn-store.ts';
import type { SkillAudience } from '../skills/audience.ts';
import type { SteadySkills, SteadySkillsForTurn } from '../skills/steady-skills.ts';
import { promptTokens, tokensOf } from './exchange-cost.ts';
import { createExchangeFeedback } from './exchange-feedback.ts';
import { createExchangeRecorder, type ExchangeRecorderDeps } from './exchange-recorder.ts';
import { askedTurn, type RecordingRules, recordedTurn } from './exchange-turn.ts';
import type { Sessions } from './sessions.ts';
import { createTalkAuthors } from './talk-authors.ts';
import { ownKeyId } from './talk-key.ts';
import { createTalks, type Talk } from './talks.ts';
import { createToolLoops, isShown, joinAnswer, nothingYet, type ToolLoop } from './tool-loops.ts';

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
}

export interface RunningExchangeDesk extends ExchangeDesk {
  /** Resolves when what is over by now is stored. Rejects with the storage error that keeps it from being. */
  flushed(): Promise<void>;
  /** Why nothing can be stored now, a sentence. */
  problem(): string | undefined;
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
  /** Whose words stood in the talk before. */
  readonly earlier: readonly PersonId[];
  /** The turn that this call goes on with. */
  readonly loop: ToolLoop | undefined;
  /** The same, or one that this call goes on from as a turn of its own. */
  readonly before: ToolLoop | undefined;
}

/** Of longer ones the rest is not looked at: it is what somebody pasted. */
const longestWords = 50_000;

function bounded(words: string): string {
  if (words.length <= longestWords) return ownText(words);
  return ownText(words.slice(0, longestWords).replace(/[\ud800-\udbff]$/, ''));
}

function audienceOf({ spaceId, personId }: ApiCaller, key: ConversationKey | undefined): SkillAudience {
  const conversation = key === undefined ? {} : { conversationKey: key };
  return { platform: platformOf(spaceId), spaceId, personId, isShared: false, ...conversation };
}

export function createExchangeDesk(deps: ExchangeDeskDeps): RunningExchangeDesk {
  const { clock, ids, logger, metrics } = deps;
  const recorder = createExchangeRecorder(deps);
  const authors = createTalkAuthors(deps.turns);
  const talks = createTalks({ ...deps, authors });
  const loops = createToolLoops();
  const feedback = createExchangeFeedback({ ...deps, talks, recorder });
  let underWay = 0;
  let allOver: (() => void) | undefined;

  function over(): void {
    underWay -= 1;
    if (underWay === 0) allOver?.();
  }

  async function prepare(start: ExchangeStart): Promise<Prepared> {
    const startedAt = clock.now();
    const { caller } = start;
    const talk = await talks.enter(start);
    const earlier = await authors.before(caller, [talk.known?.key, talk.reads], talk.isUnsure === true);
    const isMain = start.line === 'main';
    const written = bounded(start.words);
    const before = isMain ? loops.take(talk.sessionId, start, written) : undefined;
    const words = before?.turn.requestText ?? written;
    const skills = isMain ? await skillsOf(start, words, talk) : withoutSkills();
    // A turn tells what its whole answer was given.
    const loop = before !== undefined && isShown(before, skills.shown) ? before : undefined;
    const turnId = loop?.turn.turnId ?? asTurnId(ids.next('turn'));
    return { start, turnId, startedAt, words, talk, skills, earlier, loop, before };
  }

  function skillsOf(
    { caller, keepsSystem }: ExchangeStart,
    words: string,
    talk: Talk,
  ): SteadySkillsForTurn | Promise<SteadySkillsForTurn> {
    if (keepsSystem) return deps.skills.standing(talk.sessionId) ?? withoutSkills();
    return deps.skills.skillsFor(words, audienceOf(caller, talk.known?.key), talk.sessionId);
  }

  function withoutSkills(): SteadySkillsForTurn {
    return { generation: deps.generation(), shown: [], masked: [], block: '', authors: [] };
  }

  function spend({ keyId }: ApiCaller, tokens: number): void {
    if (keyId === undefined) return;
    recorder.spend(keyId, tokens);
    deps.onSpent?.(keyId, tokens);
  }

  /** A turn tells who gave its whole answer: where another does now the rest is a turn of its own. */
  function loopOf({ loop }: Prepared, { state, policy }: ExchangeEnd): ToolLoop | undefined {
    return state === 'done' && policy !== loop?.turn.policy ? undefined : loop;
  }

  function newTurn(
    { start, startedAt, words, talk, skills, earlier }: Prepared,
    turnId: TurnId,
    end: ExchangeEnd,
  ): NewTurn {
    const { conversation, key } = talk.settle(end.firstAnswer, turnId);
    const { sessionId: inSession } = talk;
    const promptAuthors = authors.add(key, [start.caller.personId, ...earlier, ...skills.authors]);
    const place = {
      conversationKey: key,
      conversation,
      sessionId: inSession,
      isHoldOut: deps.isHoldOut(key),
    };
    return askedTurn(start, { turnId, ...place, promptAuthors, requestText: words, startedAt }, skills, end);
  }

  function store(prepared: Prepared, end: ExchangeEnd): void {
    const { start, turnId: told, talk } = prepared;
    const { caller, ownKey, line } = start;
    const loop = loopOf(prepared, end);
    const isTold = prepared.loop === loop;
    const turn = loop?.turn ?? newTurn(prepared, isTold ? told : asTurnId(ids.next('turn')), end);
    const ownKeys = ownKey === undefined ? [] : [ownKeyId(caller.personId, ownKey)];
    const messageIds = [...new Set([...end.messageIds, told, turn.turnId, ...ownKeys])];
    const soFar = joinAnswer(loop?.soFar ?? nothingYet, end, messageIds);
    const { session } = talk.settle(end.firstAnswer, turn.turnId);
    const isWhole = end.state === 'done';
    // One that was cut off is asked for again.
    if (start.endsSession && isWhole) session.leave('command');
    recorder.add(recordedTurn(turn, soFar, end, clock.now(), deps), session);
    talks.answered(caller, messageIds, turn);
    if (line !== 'main') return;
    if (!isWhole) retryable(prepared);
    else {
      feedback.answered(turn);
      if (end.awaitsTools) loops.put({ turn, wordsIndex: start.wordsIndex, soFar });
    }
  }

  /** A call that failed is made again, as a rule: then the turn goes on from where it was before. */
  function retryable({ before }: Prepared): void {
    if (before !== undefined) loops.put(before);
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
          spend(start.caller, tokensOf(start.words, end));
          store(prepared, end);
          metrics.count('exchanges_total', end.state);
        } catch (error) {
          logger.error('exchange_not_recorded', { turnId, error });
        }
        over();
      },
      abandon(sent) {
        if (isOver) return;
        isOver = true;
        if (sent !== undefined) spend(start.caller, promptTokens(sent.promptBytes));
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
        if (leave()) spend(start.caller, tokensOf(start.words, end));
      },
      abandon(sent) {
        if (leave() && sent !== undefined) spend(start.caller, promptTokens(sent.promptBytes));
      },
    };
  }

  return {
    async begin(start) {
      underWay += 1;
      const behind = recorder.caughtUp();
      if (behind !== undefined) await behind;
      try {
        return exchangeOf(await prepare(start));
      } catch (error) {
        logger.warn('exchange_not_prepared', { error });
        return unlearned(start);
      }
    },
    async peek({ caller, line, talk, words, keepsSystem }) {
      if (line !== 'main' || keepsSystem) return '';
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
    flushed: recorder.flushed,
    problem: recorder.problem,
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
      await feedback.stop();
    },
  };
}
