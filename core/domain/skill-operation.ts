import type { SkillName } from './skill.ts';

/** The text of a skill as somebody drafts it, before anything was checked. */
export interface DraftText {
  readonly name: string;
  readonly description: string;
  readonly triggers: readonly string[];
  readonly body: string;
}

/**
 * One change that an evolver proposes; code applies it. `split` takes the place of one skill by several, `merge` the place
 * of several by one.
 */
export type SkillOperation =
  | { readonly op: 'add'; readonly draft: DraftText; readonly why: string }
  | { readonly op: 'edit'; readonly name: SkillName; readonly draft: DraftText; readonly why: string }
  | {
      readonly op: 'merge';
      readonly names: readonly SkillName[];
      readonly draft: DraftText;
      readonly why: string;
    }
  | {
      readonly op: 'split';
      readonly name: SkillName;
      readonly drafts: readonly DraftText[];
      readonly why: string;
    }
  | { readonly op: 'retire'; readonly name: SkillName; readonly why: string };

export type SkillOperationKind = SkillOperation['op'];

/** What it would put into the library. */
export function draftsOf(operation: SkillOperation): readonly DraftText[] {
  switch (operation.op) {
    case 'retire':
      return [];
    case 'split':
      return operation.drafts;
    default:
      return [operation.draft];
  }
}

/** Names that it takes out of the library or changes. */
export function targetsOf(operation: SkillOperation): readonly SkillName[] {
  switch (operation.op) {
    case 'add':
      return [];
    case 'merge':
      return operation.names;
    default:
      return [operation.name];
  }
}
