import type { PersonId } from '../../core/domain/ids.ts';
import { isSkillName, type SkillOrigin, type SkillScope } from '../../core/domain/skill.ts';
import type { ChangeCause, ChangeKind, SkillEntry } from '../../core/ports/library-store.ts';
import {
  isAbsentOr,
  isArrayOf,
  isFields,
  isNumber,
  isSkillScope,
  isText,
  isTexts,
  parseColumn,
} from './wire.ts';

/** The scope that a column holds as its key. */
export function parseScope(column: string): SkillScope | undefined {
  return parseColumn(column, isSkillScope);
}

export const isSkillOrigin = (value: unknown): value is SkillOrigin => {
  if (!isFields(value)) return false;
  switch (value['kind']) {
    case 'files':
      return true;
    case 'person':
      return isText(value['by']);
    case 'learned':
      return (
        isText(value['model']) &&
        isNumber(value['proposal']) &&
        isTexts(value['evidence']) &&
        isAbsentOr(value['approvedBy'], isText)
      );
    default:
      return false;
  }
};

const entryStates: Readonly<Record<SkillEntry['state'], true>> = {
  candidate: true,
  canary: true,
  active: true,
  retired: true,
  hidden: true,
};

export const isEntryState = (value: unknown): value is SkillEntry['state'] =>
  isText(value) && Object.hasOwn(entryStates, value);

export const isEntry = (value: unknown): value is SkillEntry =>
  isFields(value) &&
  isSkillScope(value['scope']) &&
  isText(value['name']) &&
  isSkillName(value['name']) &&
  isNumber(value['version']) &&
  isEntryState(value['state']) &&
  typeof value['isProven'] === 'boolean' &&
  typeof value['isPinned'] === 'boolean' &&
  isTexts(value['maskedContexts']) &&
  isNumber(value['trial']) &&
  isNumber(value['since']);

const changeKinds: Readonly<Record<ChangeKind, true>> = {
  files: true,
  add: true,
  edit: true,
  merge: true,
  split: true,
  retire: true,
  enable: true,
  disable: true,
  remove: true,
  pin: true,
  scope: true,
  import: true,
  promote: true,
  prove: true,
  demote: true,
  mask: true,
  undo: true,
  restore: true,
};

export const isChangeCause = (value: unknown): value is ChangeCause =>
  isFields(value) &&
  isText(value['kind']) &&
  Object.hasOwn(changeKinds, value['kind']) &&
  isAbsentOr(value['by'], isText) &&
  isAbsentOr(value['proposal'], isNumber) &&
  isAbsentOr(value['reason'], isText) &&
  isAbsentOr(value['restores'], isNumber);

export const isNegatives = isArrayOf(
  (value): value is { readonly personId: PersonId; readonly votes: number } =>
    isFields(value) && isText(value['personId']) && isNumber(value['votes']),
);
