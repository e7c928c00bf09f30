import type { GateNote } from '../../domain/proposal.ts';
import {
  isSkillName,
  type Skill,
  type SkillName,
  type SkillScope,
  type SkillText,
  skillScopeKey,
} from '../../domain/skill.ts';
import { type DraftText, draftsOf, type SkillOperation, targetsOf } from '../../domain/skill-operation.ts';
import { isNearDuplicate } from '../near-duplicate.ts';
import { type CheckDraft, checkOperation } from './check-operation.ts';
import { audienceOf, type EvolverLibrary } from './evolver-library.ts';

export interface FittingContext {
  readonly scope: Exclude<SkillScope, { kind: 'global' }>;
  readonly isPrivate: boolean;
  readonly library: Pick<EvolverLibrary, 'list' | 'entry' | 'at'>;
  readonly check: CheckDraft;
  /** Names that earlier operations of the same reply put into the scope or change there. */
  readonly taken: ReadonlySet<string>;
}

/** An operation as it may be proposed, or why it may not; then as it was meant. */
export interface FittedOperation {
  readonly operation: SkillOperation;
  readonly notes: readonly GateNote[];
  /** A clause for people. */
  readonly refusal?: string;
}

/**
 * Makes of what the evolver wants what may be done in this scope: what would add a text that is there already edits that
 * one, what would edit a wider skill puts one of the same name into this scope, a taken name gets a number. The gates have
 * the last word.
 */
export function fitOperation(meant: SkillOperation, context: FittingContext): FittedOperation {
  const told = { ...meant, why: shownWhy(meant.why, context.check) };
  const fitted = adapted(told, context);
  if (typeof fitted === 'string') return { operation: told, notes: [], refusal: fitted };
  const { notes, refusal } = checkOperation(fitted, besides(fitted, context), context.check);
  return { operation: fitted, notes, ...(refusal === undefined ? {} : { refusal }) };
}

/** A reason goes to people only: it must hold nothing that is not theirs to see. */
function shownWhy(why: string, check: CheckDraft): string {
  const { findings } = check({ name: 'why', description: why, triggers: [], body: why }, []);
  return findings.some(({ gate }) => gate === 'secret')
    ? 'The reason that the model gave held something private and is not shown.'
    : why;
}

/** The operation, or why it may not be, as a clause. */
function adapted(meant: SkillOperation, context: FittingContext): SkillOperation | string {
  const elsewhere = targetsOf(meant).find((name) => context.taken.has(name));
  if (elsewhere !== undefined) return `another draft of the same run changes “${elsewhere}” already`;
  switch (meant.op) {
    case 'add':
      return fitAddition(meant, context);
    case 'edit':
      return fitEdit(meant, context);
    default:
      return fitRearrangement(meant, context);
  }
}

function fitAddition(
  { draft, why }: Extract<SkillOperation, { op: 'add' }>,
  context: FittingContext,
): SkillOperation | string {
  const same = sameText(draft, context);
  if (same !== undefined) {
    if (!isOwn(same, context)) return `“${same.name}” already says this to everybody concerned`;
    if (context.taken.has(same.name)) return `another draft of the same run changes “${same.name}” already`;
    return fitEdit({ op: 'edit', name: same.name, draft: { ...draft, name: same.name }, why }, context);
  }
  return { op: 'add', draft: freelyNamed(draft, [], context), why };
}

function fitEdit(
  { name, draft, why }: Extract<SkillOperation, { op: 'edit' }>,
  context: FittingContext,
): SkillOperation | string {
  const old = ownSkill(name, context);
  if (old !== undefined) {
    return isSame(old, draft) ? `“${name}” reads so already` : { op: 'edit', name, draft, why };
  }
  const wider = visible(context).find((skill) => skill.name === name);
  if (wider === undefined) return `there is no skill “${name}” here`;
  if (isSame(wider, draft)) return `“${name}” reads so already`;
  // In this scope it is a new text, which takes the wider one's place for those concerned and for nobody else.
  if (context.library.entry(context.scope, wider.name) !== undefined) {
    return `“${name}” was put aside in this scope`;
  }
  return { op: 'add', draft, why };
}

function fitRearrangement(
  meant: Extract<SkillOperation, { op: 'merge' | 'split' | 'retire' }>,
  context: FittingContext,
): SkillOperation | string {
  const targets = targetsOf(meant);
  for (const name of targets) {
    const skill = ownSkill(name, context);
    if (skill === undefined) return `“${name}” does not belong to this scope alone`;
    if (skill.origin.kind === 'files') return `“${name}” comes from a file, and only its file may remove it`;
    if (skill.standing.isPinned) return `“${name}” is pinned`;
  }
  if (meant.op === 'retire') return meant;
  if (meant.op === 'merge') return { ...meant, draft: freelyNamed(meant.draft, targets, context) };
  const drafts: DraftText[] = [];
  for (const draft of meant.drafts) {
    const others = new Set([...context.taken, ...drafts.map(({ name }) => name)]);
    drafts.push(freelyNamed(draft, targets, { ...context, taken: others }));
  }
  return { ...meant, drafts };
}

function visible({ library, scope, isPrivate }: FittingContext): readonly Skill[] {
  return library.list(audienceOf(scope, isPrivate));
}

function isOwn({ scope }: Skill, context: FittingContext): boolean {
  return skillScopeKey(scope) === skillScopeKey(context.scope);
}

function ownSkill(name: SkillName, context: FittingContext): Skill | undefined {
  return visible(context).find((skill) => skill.name === name && isOwn(skill, context));
}

/** The one that a new text would say again; one of this scope first. */
function sameText(draft: DraftText, context: FittingContext): Skill | undefined {
  const { name } = draft;
  if (!isSkillName(name)) return undefined;
  const text: SkillText = { ...draft, name, source: 'draft' };
  const skills = visible(context);
  const { duplicateOf } = context.check(draft, skills);
  // A mere namesake is another matter: the new one gets a name of its own.
  const found = skills.filter(
    (skill) => (skill.name === duplicateOf && skill.name !== name) || isNearDuplicate(text, skill),
  );
  return found.find((skill) => isOwn(skill, context)) ?? found[0];
}

function isSame(skill: Skill, { description, triggers, body }: DraftText): boolean {
  return (
    skill.description === description &&
    skill.body.trim() === body.trim() &&
    skill.triggers.join('\n') === triggers.join('\n')
  );
}

const longestName = 64;

/** The draft under its name or, where that is taken here or by a wider skill, with a number after it. */
function freelyNamed(draft: DraftText, own: readonly string[], context: FittingContext): DraftText {
  const names = new Set(visible(context).map(({ name }): string => name));
  const isFree = (name: string): boolean => {
    if (context.taken.has(name)) return false;
    if (own.includes(name)) return true;
    return isSkillName(name) && !names.has(name) && context.library.entry(context.scope, name) === undefined;
  };
  // What is no name at all is left for the gates to refuse.
  if (!isSkillName(draft.name) || isFree(draft.name)) return draft;
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`;
    const name = `${draft.name.slice(0, longestName - suffix.length).replace(/-+$/, '')}${suffix}`;
    if (isFree(name)) return { ...draft, name };
  }
}

/** What a text will stand beside: without what it takes the place of, here or in a wider scope. */
function besides(operation: SkillOperation, context: FittingContext): readonly Skill[] {
  const replaced = new Set<string>([...targetsOf(operation), ...draftsOf(operation).map(({ name }) => name)]);
  return visible(context).filter(({ name }) => !replaced.has(name));
}
