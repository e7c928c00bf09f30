import { nativeId } from '../domain/ids.ts';
import type { Turn } from '../domain/turn.ts';
import { dueTimes, type QuietTimes } from '../feedback/settlement.ts';
import type { ExchangeEnd, ExchangeStart } from '../ports/exchange-desk.ts';
import type { NewTurn, RecordedTurn } from '../ports/turn-store.ts';
import type { SteadySkillsForTurn } from '../skills/steady-skills.ts';
import type { AnswerSoFar } from './tool-loops.ts';

export interface RecordingRules {
  readonly quietTimes: QuietTimes;
  /** Whether a judge looks at answers. */
  readonly isJudged: boolean;
  /** As `RunTurnDeps.keepsSampled`. */
  keepsSampled(
    turn: Pick<Turn, 'conversation' | 'askerId' | 'promptAuthors' | 'skills' | 'isHoldOut'>,
  ): boolean;
}

/** An answer that ends with tool calls goes on, as a rule, before anybody should judge it. */
const toolsMs = 60 * 60_000;

type Asked = Pick<
  NewTurn,
  | 'turnId'
  | 'conversationKey'
  | 'conversation'
  | 'sessionId'
  | 'isHoldOut'
  | 'promptAuthors'
  | 'requestText'
  | 'startedAt'
>;

/** What was asked, and what it was given. */
export function askedTurn(
  { caller, line }: Pick<ExchangeStart, 'caller' | 'line'>,
  asked: Asked,
  { generation, shown, masked }: Pick<SteadySkillsForTurn, 'generation' | 'shown' | 'masked'>,
  { policy, promptHash }: Pick<ExchangeEnd, 'policy' | 'promptHash'>,
): NewTurn {
  return {
    ...asked,
    askerId: caller.personId,
    askerName: caller.name,
    eventIds: [],
    requestRefs: [],
    line,
    generation,
    skills: shown,
    maskedSkills: masked,
    policy,
    promptHash,
  };
}

/**
 * One turn as it is stored. `now`: epoch milliseconds, when its answer ended. Its quiet times begin with the first word about it, a
 * caller's or the judge's: most answers of programs never get one, and there is nothing to settle in silence.
 */
export function recordedTurn(
  turn: NewTurn,
  { replyText, messageIds, usage, sampled }: AnswerSoFar,
  { state, errorCode, awaitsTools }: ExchangeEnd,
  now: number,
  { quietTimes, isJudged, keepsSampled }: RecordingRules,
): RecordedTurn {
  const { platform, spaceId } = turn.conversation;
  const channelId = nativeId(spaceId);
  const isWhole = state === 'done';
  const looksAt = dueTimes(now, quietTimes).skills + (awaitsTools ? toolsMs : 0);
  return {
    turn,
    replyText,
    replyRefs: messageIds.map((messageId) => ({ platform, channelId, messageId })),
    end: {
      state,
      endedAt: now,
      ...(usage === undefined ? {} : { usage }),
      ...(errorCode === undefined ? {} : { errorCode }),
      ...(turn.line === 'main' && isWhole && isJudged ? { judgeAt: looksAt } : {}),
    },
    // None in place of what an earlier call left.
    sampled: isWhole && sampled.length > 0 && keepsSampled(turn) ? sampled : [],
  };
}
