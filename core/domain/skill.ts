import type { Brand } from './brand.ts';
import { type PersonId, type Platform, platformOf, type SpaceId, unknownAuthor } from './ids.ts';

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
  /** Absent where a person wrote it for the library and no talk went into it, as with the shipped ones. */
  readonly learnedFrom?: SkillProvenance;
}

/** Who gets it. Later scopes override earlier ones of the same name. */
export type SkillScope =
  | { readonly kind: 'global' }
  | { readonly kind: 'space'; readonly platform: Platform; readonly spaceId: SpaceId };

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
}
