import type { AppError } from '../domain/app-error.ts';
import type { ChannelCapabilities } from '../domain/capabilities.ts';
import type { ModelUsage } from '../domain/model.ts';
import type { AnswerNotes } from '../domain/outbound-message.ts';
import type { ShownSkill } from '../domain/skill.ts';
import type { TurnEnd } from '../ports/turn-store.ts';
import type { AbortReason } from './abort-reason.ts';
import { answerActions, retryActions } from './answer-actions.ts';
import {
  cutShortNotice,
  interruptedNotice,
  lengthNotice,
  modelFailureNotice,
  stoppedNotice,
} from './notices.ts';
import type { ReplyFinish } from './reply-stream.ts';

/** What came of asking the model, text aside. */
export interface ModelAnswer {
  readonly usage: ModelUsage | undefined;
  readonly truncated: boolean;
  readonly failure: AppError | undefined;
}

/** How a turn ends, and how that shows. */
export interface TurnEnding {
  readonly state: TurnEnd['state'];
  readonly finish: ReplyFinish;
  /** Nothing to show at all: the person stopped it before a word appeared. */
  readonly silent: boolean;
}

/** What a person interrupted outranks what the model did; a failure of the model outranks its text. */
export function endingOf(
  answer: ModelAnswer,
  text: string,
  reason: AbortReason | undefined,
  capabilities: ChannelCapabilities,
  notes: AnswerNotes,
): TurnEnding {
  const begun = text.trim() !== '';
  const actions = answerActions(capabilities);
  if (reason === 'stop') {
    return { state: 'stopped', finish: { suffix: stoppedNotice, actions, notes }, silent: !begun };
  }
  if (reason !== undefined) {
    const finish = { suffix: interruptedNotice, actions: retryActions(), notes };
    return { state: 'interrupted', finish, silent: false };
  }
  if (answer.failure !== undefined) {
    const suffix = begun ? cutShortNotice(answer.failure) : modelFailureNotice(answer.failure);
    return { state: 'failed', finish: { suffix, actions: retryActions(), notes }, silent: false };
  }
  const suffix = answer.truncated ? { suffix: lengthNotice } : {};
  return { state: 'done', finish: { ...suffix, actions, notes }, silent: false };
}

/** What stands under an answer about how it was made. */
export function notesOf(policy: string, skills: readonly ShownSkill[]): AnswerNotes {
  return {
    model: policy,
    skills: skills.map(({ name, version, score, because }) => ({ name, version, score, because })),
  };
}
