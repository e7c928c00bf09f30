import type { Brand } from './brand.ts';
import type { ConversationKey } from './conversation.ts';
import { type PersonId, type Platform, platformOf, type SpaceId, type TurnId, unknownAuthor } from './ids.ts';

/** A skill's name is its identity inside its scope: lower-case letters, digits, hyphens, 1 to 64 characters (agentskills.io). */
export type SkillName = Brand<'SkillName'>;

const skillNamePattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Whether a text may be a skill's name: 1 to 64 of a-z and 0-9, single hyphens between, none at an end. */
export function isSkillName(value: string): value is SkillName {
  return value.length <= 64 && skillNamePattern.test(value);
}

/** What a SKILL.md says, before the library gave it a version. */
export interface SkillText {
  readonly name: SkillName;
  /** When it applies, 1 to 1,024 characters. */
  readonly description: string;
  /** Further words and phrases that should find it (`metadata.triggers`). */
  readonly triggers: readonly string[];
  /** The instructions, Markdown. */
  readonly body: string;
  /** Where it was read from, for diagnostics. */
  readonly source: string;
}

/** Whose words a skill was learned from. The terms of those platforms, and what those people allow, go with its text. */
export interface SkillProvenance {
  readonly platforms: readonly Platform[];
  readonly authors: readonly PersonId[];
  /** Some of it was said where only one person and the bot read: the skill never goes where others do. Absent: none of it. */
  readonly isPrivate?: true;
}

/** Everybody whose words may come back with text that was written with these skills. A platform none of whose people is known stands for somebody unknown there. */
export function skillAuthors(skills: readonly Pick<ShownSkill, 'learnedFrom'>[]): readonly PersonId[] {
  return skills.flatMap(({ learnedFrom }) => {
    if (learnedFrom === undefined) return [];
    const { platforms, authors } = learnedFrom;
    const nameless = platforms.filter(
      (platform) => !authors.some((author) => platformOf(author) === platform),
    );
    return [...authors, ...nameless.map(unknownAuthor)];
  });
}

export interface Skill extends SkillText {
  /** 1 for the first text under this name; +1 for each different text after it. */
  readonly version: number;
  /** Digest of name, description, triggers and body. */
  readonly contentHash: string;
  readonly scope: SkillScope;
  readonly origin: SkillOrigin;
  readonly standing: SkillStanding;
  /** Absent where a person wrote it for the library and no talk went into it, as with the shipped ones. */
  readonly learnedFrom?: SkillProvenance;
}

/** Who gets it. Later scopes override earlier ones of the same name. A person's skills apply to that person's turns only. */
export type SkillScope =
  | { readonly kind: 'global' }
  | { readonly kind: 'space'; readonly platform: Platform; readonly spaceId: SpaceId }
  | {
      readonly kind: 'conversation';
      readonly platform: Platform;
      readonly spaceId: SpaceId;
      readonly conversationKey: ConversationKey;
    }
  | {
      readonly kind: 'user';
      readonly platform: Platform;
      readonly spaceId: SpaceId;
      readonly personId: PersonId;
    };

/** Narrowest last, as precedence goes. */
export const skillScopeKinds = ['global', 'space', 'conversation', 'user'] as const;
export type SkillScopeKind = (typeof skillScopeKinds)[number];

/** A scope as one text: equal scopes, and only they, have equal keys. */
export function skillScopeKey(scope: SkillScope): string {
  switch (scope.kind) {
    case 'global':
      return JSON.stringify({ kind: 'global' });
    case 'space':
      return JSON.stringify({ kind: 'space', platform: scope.platform, spaceId: scope.spaceId });
    case 'conversation':
      return JSON.stringify({
        kind: 'conversation',
        platform: scope.platform,
        spaceId: scope.spaceId,
        conversationKey: scope.conversationKey,
      });
    case 'user':
      return JSON.stringify({
        kind: 'user',
        platform: scope.platform,
        spaceId: scope.spaceId,
        personId: scope.personId,
      });
  }
}

/** One name in one scope as one text, as `skillScopeKey`. */
export function skillSlotKey({ scope, name }: { readonly scope: SkillScope; readonly name: string }): string {
  return `${skillScopeKey(scope)} ${name}`;
}

/** Who wrote a version. `learned`: a model, from the failures named. */
export type SkillOrigin =
  | { readonly kind: 'files' }
  | { readonly kind: 'person'; readonly by: PersonId }
  | {
      readonly kind: 'learned';
      readonly model: string;
      readonly proposal: number;
      readonly evidence: readonly TurnId[];
      /** Absent where the space's policy let it in. */
      readonly approvedBy?: PersonId;
    };

/**
 * `candidate`: waits for approval, or fell back to it. `canary`: shown in about half of the sessions it fits. `active`:
 * shown. `retired`: kept, not shown; it may come back. Only `canary` and `active` can be retrieved.
 */
export type SkillState = 'candidate' | 'canary' | 'active' | 'retired';

export function isRetrievable(state: SkillState | 'hidden'): boolean {
  return state === 'canary' || state === 'active';
}

/** Where a skill stands in its scope, beside its text. */
export interface SkillStanding {
  readonly state: SkillState;
  /** Its present trial was won by the test; never true of one that is not active. */
  readonly isProven: boolean;
  /** Neither retired by itself nor masked by chance. */
  readonly isPinned: boolean;
  /** Keys of contexts in which it is not shown, as it hurt there. */
  readonly maskedContexts: readonly string[];
  /** Which hypothesis of its scope it is at present, from 1: each edit and each comeback is a further one. */
  readonly trial: number;
  /** When that trial began, epoch milliseconds. */
  readonly since: number;
}

/** A problem with one skill file. `error`: the file was left out. `warning`: it was taken. */
export interface SkillDiagnostic {
  readonly severity: 'error' | 'warning';
  readonly source: string;
  /** A sentence that says what is wrong and how to mend it. */
  readonly message: string;
}

/** One skill as it was put before the model in one turn. */
export interface ShownSkill {
  readonly name: SkillName;
  readonly version: number;
  readonly contentHash: string;
  /** Relevance to the person's words, 0 to 1. */
  readonly score: number;
  /** Probability with which the selection policy showed it; 1 where nothing was randomised. */
  readonly propensity: number;
  /** The person's words that led to it, most telling first. */
  readonly because: readonly string[];
  /** As `Skill.learnedFrom`, of the version that was shown. */
  readonly learnedFrom?: SkillProvenance;
  /** Absent in turns from before skills had scopes beside the global one. */
  readonly scope?: SkillScope;
  /** As `SkillStanding.trial`; absent in turns from before there were trials. */
  readonly trial?: number;
  /** An earlier turn of the session brought it into the prompt, where it stays; the words of this one did not lead to it. */
  readonly isCarried?: true;
}
