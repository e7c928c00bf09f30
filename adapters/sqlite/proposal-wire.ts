import type {
  EvolveTrigger,
  Proposal,
  ProposalState,
  ReplayEvidence,
  ReplayVerdict,
} from '../../core/domain/proposal.ts';
import { isSkillName } from '../../core/domain/skill.ts';
import type { SkillOperation } from '../../core/domain/skill-operation.ts';
import type { EvolverRun } from '../../core/ports/proposal-store.ts';
import {
  isAbsentOr,
  isArrayOf,
  isErrorCode,
  isFields,
  isNumber,
  isProvenance,
  isSkillScope,
  isText,
  isTexts,
} from './wire.ts';

const isName = (value: unknown): boolean => isText(value) && isSkillName(value);

const isOneOf = (words: Readonly<Record<string, true>>, value: unknown): boolean =>
  isText(value) && Object.hasOwn(words, value);

const isDraft = (value: unknown): boolean =>
  isFields(value) &&
  isText(value['name']) &&
  isText(value['description']) &&
  isTexts(value['triggers']) &&
  isText(value['body']);

export const isOperation = (value: unknown): value is SkillOperation => {
  if (!isFields(value) || !isText(value['why'])) return false;
  switch (value['op']) {
    case 'add':
      return isDraft(value['draft']);
    case 'edit':
      return isName(value['name']) && isDraft(value['draft']);
    case 'merge':
      return isTexts(value['names']) && value['names'].every(isName) && isDraft(value['draft']);
    case 'split':
      return isName(value['name']) && Array.isArray(value['drafts']) && value['drafts'].every(isDraft);
    case 'retire':
      return isName(value['name']);
    default:
      return false;
  }
};

/** Every state of a proposal, with the number of proposals in it before any was counted. */
export const noProposals: Readonly<Record<ProposalState, number>> = {
  waiting: 0,
  applied: 0,
  refused: 0,
  rejected: 0,
  undone: 0,
  stale: 0,
};

export const isProposalState = (value: string): value is ProposalState => Object.hasOwn(noProposals, value);

const triggers: Readonly<Record<EvolveTrigger, true>> = {
  threshold: true,
  correction: true,
  session_end: true,
  command: true,
};

const verdicts: Readonly<Record<ReplayVerdict, true>> = {
  passed: true,
  failed: true,
  insufficient: true,
  none: true,
};

const outcomes: Readonly<Record<EvolverRun['outcome'], true>> = {
  proposed: true,
  nothing: true,
  failed: true,
};

const isTally = (value: unknown): boolean =>
  isFields(value) && isNumber(value['wins']) && isNumber(value['ties']) && isNumber(value['losses']);

const isReplay = (value: unknown): value is ReplayEvidence =>
  isFields(value) &&
  isOneOf(verdicts, value['verdict']) &&
  isTally(value['failures']) &&
  isTally(value['successes']) &&
  isTexts(value['weakBecause']) &&
  isFields(value['leftOut']) &&
  Object.values(value['leftOut']).every(isNumber);

const isCost = (value: unknown): boolean =>
  isFields(value) &&
  isNumber(value['calls']) &&
  isNumber(value['inputTokens']) &&
  isNumber(value['outputTokens']);

const isNotes = isArrayOf(
  (value): value is Proposal['notes'][number] =>
    isFields(value) &&
    isText(value['gate']) &&
    (value['severity'] === 'refuse' || value['severity'] === 'warn') &&
    isText(value['message']),
);

/** What of a proposal stands in no column of its own. */
export type ProposalContent = Omit<Proposal, 'number' | 'spaceId' | 'state' | 'revision' | 'card'>;

export const isProposalContent = (value: unknown): value is ProposalContent =>
  isFields(value) &&
  isSkillScope(value['scope']) &&
  isOperation(value['operation']) &&
  isText(value['draftHash']) &&
  isAbsentOr(value['reason'], isText) &&
  isOneOf(triggers, value['trigger']) &&
  isText(value['topic']) &&
  isTexts(value['support']) &&
  isTexts(value['withheld']) &&
  isTexts(value['people']) &&
  isProvenance(value['learnedFrom']) &&
  isNotes(value['notes']) &&
  isReplay(value['replay']) &&
  isCost(value['cost']) &&
  isText(value['model']) &&
  isNumber(value['createdAt']) &&
  isAbsentOr(value['decidedAt'], isNumber) &&
  isAbsentOr(value['decidedBy'], isText) &&
  isAbsentOr(value['generation'], isNumber) &&
  isAbsentOr(value['askedIn'], isText);

export const isRunContent = (value: unknown): value is Omit<EvolverRun, 'spaceId'> =>
  isFields(value) &&
  isNumber(value['at']) &&
  isSkillScope(value['scope']) &&
  isOneOf(triggers, value['trigger']) &&
  isText(value['topic']) &&
  isNumber(value['failures']) &&
  isOneOf(outcomes, value['outcome']) &&
  isAbsentOr(value['errorCode'], (code) => isText(code) && isErrorCode(code)) &&
  isAbsentOr(value['detail'], isText) &&
  isCost(value['cost']) &&
  Array.isArray(value['proposals']) &&
  value['proposals'].every(isNumber);
