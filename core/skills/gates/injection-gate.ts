import { isSkillName } from '../../domain/skill.ts';
import type { DraftText } from '../../domain/skill-operation.ts';
import { renderSkill } from '../inject.ts';
import { type DraftField, draftFields, placeIn } from './draft-fields.ts';
import { excerptAt } from './excerpt.ts';
import { foldText, foldTwins } from './fold-word.ts';
import type { GateFinding } from './gate-finding.ts';
import { englishConcepts } from './injection-concepts.ts';
import { englishPhrases, type PhraseGroup } from './injection-phrases.ts';
import { phrasesAbroad } from './injection-phrases-abroad.ts';
import { injectionShapes, linkShape, mixedWord } from './injection-shapes.ts';
import { type SecretSpan, secretSpans } from './secret-spans.ts';
import { createPhraseIndex, type Exemption, findPhrase, type PhraseRule, phraseRule } from './word-rules.ts';
import { wordsOf } from './word-stream.ts';

type Severity = GateFinding['severity'];

/** Something that a field says, and where, as far as that is known. */
interface Sighting {
  readonly says: string;
  readonly severity: Severity;
  readonly offset: number | undefined;
}

interface CompiledGroup {
  readonly group: PhraseGroup;
  readonly rules: readonly PhraseRule[];
  readonly exemptions: ReadonlySet<Exemption>;
}

interface Rules {
  readonly groups: readonly CompiledGroup[];
  readonly startsOf: ReturnType<typeof createPhraseIndex>;
}

let known: Rules | undefined;

/** Made with the first text that is checked: many bots check none for days, and these take megabytes and a tenth of a second. */
function rulesOnce(): Rules {
  if (known === undefined) {
    const groups: readonly CompiledGroup[] = [
      ...[...englishPhrases, ...phrasesAbroad].map((group) => compiled(group, true)),
      // What is known by its kind alone would be found in many a long name of code: without gaps only wordings are.
      ...englishConcepts.map((group) => compiled(group, false)),
    ];
    known = { groups, startsOf: createPhraseIndex(groups.flatMap(({ rules }) => rules)) };
  }
  return known;
}

const escapes = 'holds markup that could end the block of skills';
const links = 'holds a link';
const mixes = 'mixes letters of different alphabets in one word';

/**
 * What in a draft could turn the bot against the people it answers. It knows common wordings in several languages and
 * common disguises, not every one: what passes is advice of lower rank all the same. `isLearned`: a model wrote it, so
 * that a person is told of every link.
 */
export function injectionFindings(draft: DraftText, isLearned: boolean): readonly GateFinding[] {
  return draftFields(draft).flatMap((field) => {
    const sightings = sightingsIn(field.text, isLearned);
    if (sightings.length === 0) return [];
    const secrets = secretSpans(field.text);
    return sightings.map((sighting) => findingOf(field, sighting, secrets));
  });
}

function compiled(group: PhraseGroup, isGapless: boolean): CompiledGroup {
  return {
    group,
    rules: group.phrases.map((phrase) => phraseRule(phrase, isGapless)),
    exemptions: new Set(group.exempt),
  };
}

function findingOf(
  field: DraftField,
  { says, severity, offset }: Sighting,
  secrets: readonly SecretSpan[],
): GateFinding {
  const excerpt = offset === undefined ? undefined : excerptAt(field.text, offset, secrets);
  const somewhere = field.kind === 'body' ? 'A line of the instructions' : field.title;
  const place = offset === undefined ? somewhere : placeIn(field, offset);
  return {
    gate: 'injection',
    severity,
    message: `${place} ${says}; ${severity === 'refuse' ? 'take that out' : 'check that it is meant'}.`,
    ...(excerpt === undefined ? {} : { excerpt }),
  };
}

/** At most one for each thing that a group says, refusals first. */
function sightingsIn(text: string, isLearned: boolean): readonly Sighting[] {
  const all = [...blockSightings(text), ...phraseSightings(text), ...shapeSightings(text, isLearned)];
  const firsts = new Map<string, Sighting>();
  for (const sighting of all) if (!firsts.has(sighting.says)) firsts.set(sighting.says, sighting);
  const distinct = [...firsts.values()];
  return [
    ...distinct.filter(({ severity }) => severity === 'refuse'),
    ...distinct.filter(({ severity }) => severity === 'warn'),
  ];
}

/** Markup that `renderSkill` would have to write otherwise, so that it cannot end its block. */
function* blockSightings(text: string): Generator<Sighting> {
  const plain = foldTwins(foldText(text));
  const isTouched = (body: string): boolean =>
    ['any']
      .filter(isSkillName)
      .some((name) => !renderSkill({ name, version: 1, body }).includes(body.trim()));
  if (isTouched(text) || isTouched(plain)) yield { says: escapes, severity: 'refuse', offset: undefined };
}

function* phraseSightings(text: string): Generator<Sighting> {
  const words = wordsOf(text);
  const { groups, startsOf } = rulesOnce();
  const starts = startsOf(words);
  for (const { group, rules, exemptions } of groups) {
    for (const rule of rules) {
      const at = findPhrase(rule, words, starts.get(rule) ?? [], exemptions);
      if (at === undefined) continue;
      yield { says: group.says, severity: group.severity, offset: words[at]?.from };
      break;
    }
  }
}

function* shapeSightings(text: string, isLearned: boolean): Generator<Sighting> {
  const folded = foldText(text);
  const readings = [...new Set([folded, foldTwins(folded)])];
  const find = (pattern: RegExp): { readonly offset: number | undefined } | undefined => {
    for (const reading of readings) {
      const at = reading.search(pattern);
      // A folded text of the same length has its letters in the same places, near enough for an excerpt.
      if (at !== -1) return { offset: reading.length === text.length ? at : undefined };
    }
    return undefined;
  };
  for (const { says, severity, patterns } of injectionShapes) {
    const hit = patterns.map(find).find((found) => found !== undefined);
    if (hit !== undefined) yield { says, severity, offset: hit.offset };
  }
  const link = isLearned ? find(linkShape) : undefined;
  if (link !== undefined) yield { says: links, severity: 'warn', offset: link.offset };
  const mixed = foldText(text).search(mixedWord);
  if (mixed !== -1) yield { says: mixes, severity: 'warn', offset: undefined };
}
