import { type ContentUse, contentUses } from '../domain/content-use.ts';
import { type PersonId, type Platform, platformOf } from '../domain/ids.ts';
import type { SkillProvenance } from '../domain/skill.ts';
import type { Turn } from '../domain/turn.ts';

/**
 * What a platform's terms say of a use. `never`: no setting and nobody's consent opens it. `consent`: each person whose
 * words are used must have agreed, and the operator must have switched it on. `setting`: the operator decides.
 */
export type UseTerm = 'never' | 'consent' | 'setting';

export interface PlatformPolicy {
  readonly terms: Readonly<Record<ContentUse, UseTerm>>;
  /** What the operator has switched on. */
  readonly isOn: Readonly<Record<ContentUse, boolean>>;
}

/** By platform. One that is not listed allows nothing. */
export type ContentPolicy = ReadonlyMap<Platform, PlatformPolicy>;

/** Where everything came from that stood in one prompt, or that would be used together with it. */
export interface Provenance {
  /** Where the turn was. */
  readonly platform: Platform;
  /** Everybody whose words are in it: request, history, quotes, memory, hints. */
  readonly authors: readonly PersonId[];
  /** Of the skills that stood in the prompt and were learned from talk. */
  readonly skills: readonly SkillProvenance[];
}

/** Why something may not be used: the platform's terms, a person's missing consent, the operator, or a skill in the prompt that any of these speak against. */
export type DoorReason = 'terms' | 'tainted_skill' | 'operator_off' | 'no_consent';

export type DoorAnswer =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: DoorReason; readonly platform: Platform };

/** Whether a person has agreed, and not taken it back, that their words are used so. */
export type HasConsent = (author: PersonId, use: ContentUse) => boolean;

const allowed: DoorAnswer = { allowed: true };

function refused(reason: DoorReason, platform: Platform): DoorAnswer {
  return { allowed: false, reason, platform };
}

/** What forbids the use of words from these platforms and people; what nobody can change comes first. */
function whyNot(
  use: ContentUse,
  platforms: readonly Platform[],
  authors: readonly PersonId[],
  policy: ContentPolicy,
  hasConsent: HasConsent,
): DoorAnswer {
  const places = [...new Set([...platforms, ...authors.map(platformOf)])];
  const termOf = (platform: Platform): UseTerm => policy.get(platform)?.terms[use] ?? 'never';
  const forbidding = places.find((platform) => termOf(platform) === 'never');
  if (forbidding !== undefined) return refused('terms', forbidding);
  const off = places.find((platform) => policy.get(platform)?.isOn[use] !== true);
  if (off !== undefined) return refused('operator_off', off);
  // A platform that asks for consent and a use that names nobody there: nobody can have agreed.
  const silent = places.find(
    (platform) =>
      termOf(platform) === 'consent' && !authors.some((author) => platformOf(author) === platform),
  );
  if (silent !== undefined) return refused('no_consent', silent);
  const unasked = authors.find(
    (author) => termOf(platformOf(author)) === 'consent' && !hasConsent(author, use),
  );
  return unasked === undefined ? allowed : refused('no_consent', platformOf(unasked));
}

/**
 * Whether all of a prompt may be put to this use: one author, or one skill learned where it may not be, is enough to
 * keep the whole out, as nothing can be taken out of an answer again.
 */
export function mayUse(
  use: ContentUse,
  provenance: Provenance,
  policy: ContentPolicy,
  hasConsent: HasConsent,
): DoorAnswer {
  const { platform, authors, skills } = provenance;
  // Skills first: those whom they were learned from are authors of the prompt too, and the skill tells more.
  for (const skill of skills) {
    const learned = whyNot(use, skill.platforms, skill.authors, policy, hasConsent);
    if (!learned.allowed) return refused('tainted_skill', learned.platform);
  }
  return whyNot(use, [platform], authors, policy, hasConsent);
}

/** Where a turn's prompt came from; `hintAuthors`: people whose words about the turn would be used with it. */
export function provenanceOf(
  turn: Pick<Turn, 'conversation' | 'askerId' | 'promptAuthors' | 'skills'>,
  hintAuthors: readonly PersonId[] = [],
): Provenance {
  return {
    platform: turn.conversation.platform,
    authors: [...new Set([turn.askerId, ...turn.promptAuthors, ...hintAuthors])],
    skills: turn.skills.flatMap(({ learnedFrom }) => learnedFrom ?? []),
  };
}

/** What a platform's people may expect, for `/privacy`: each use with its term and whether the operator has it on. */
export function usesOf(
  platform: Platform,
  policy: ContentPolicy,
): readonly { readonly use: ContentUse; readonly term: UseTerm; readonly isOn: boolean }[] {
  const place = policy.get(platform);
  return contentUses.map((use) => {
    const term = place?.terms[use] ?? 'never';
    return { use, term, isOn: term !== 'never' && place?.isOn[use] === true };
  });
}
