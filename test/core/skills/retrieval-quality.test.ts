import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { queryTerms } from '../../../core/skills/query-terms.ts';
import { defaultFloor, type SkillCandidate, selectSkills } from '../../../core/skills/select-skills.ts';
import { createShelves } from '../../../core/skills/shelves.ts';
import { sampleSkill } from '../../fakes/skills/sample-skill.ts';
import { loadShippedBank, shippedLimits } from '../../fakes/skills/shipped-bank.ts';
import { heldOutQueries, type LabelledQuery, tuningQueries } from './labelled-queries.ts';

const { skills } = await loadShippedBank();
const bank = skills.map((text) => sampleSkill(text.name, text));
const shelves = createShelves();
shelves.replaceAll(bank);

const given = (message: string): readonly SkillCandidate[] =>
  selectSkills(shelves.find(queryTerms(message), 32), shippedLimits).chosen;
const namesFor = (message: string): readonly string[] => given(message).map(({ skill }) => skill.name);

interface Quality {
  /** Share of requests that get the skill they want. */
  readonly recall: number;
  /** Share of requests whose first skill is the one they want. */
  readonly first: number;
  /** Share of all given skills that were wanted. */
  readonly precision: number;
  /** Messages that get a skill and should not. */
  readonly falseAlarms: readonly string[];
}

function judge(queries: readonly LabelledQuery[]): Quality {
  let requests = 0;
  let hits = 0;
  let firsts = 0;
  let shown = 0;
  let right = 0;
  const falseAlarms: string[] = [];
  for (const { text, wants, minds = [] } of queries) {
    const names = namesFor(text);
    shown += names.length;
    right += names.filter((name) => name === wants || minds.includes(name)).length;
    if (wants === undefined) {
      if (names.length > 0) falseAlarms.push(`${text}: ${names.join(', ')}`);
      continue;
    }
    requests += 1;
    if (names.includes(wants)) hits += 1;
    if (names[0] === wants) firsts += 1;
  }
  return { recall: hits / requests, first: firsts / requests, precision: right / shown, falseAlarms };
}

describe('the right skill for what people write', () => {
  test('the queries cover every shipped skill and much that none is for, in both halves', () => {
    for (const half of [tuningQueries, heldOutQueries]) {
      for (const { name } of skills) {
        expect(half.filter(({ wants }) => wants === name).length).toBeGreaterThanOrEqual(3);
      }
      expect(half.filter(({ wants }) => wants === undefined).length).toBeGreaterThanOrEqual(20);
    }
    const known = new Set<string>(skills.map(({ name }) => name));
    const named = [...tuningQueries, ...heldOutQueries].flatMap(({ wants, minds = [] }) =>
      [wants ?? [], minds].flat(),
    );
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test('on the half that floor and weights were chosen on', () => {
    const { recall, first, precision, falseAlarms } = judge(tuningQueries);
    expect(falseAlarms).toEqual([]);
    expect(recall).toBeGreaterThanOrEqual(0.95);
    expect(first).toBeGreaterThanOrEqual(0.93);
    expect(precision).toBeGreaterThanOrEqual(0.94);
  });

  test('on the half that was held out', () => {
    const { recall, first, precision, falseAlarms } = judge(heldOutQueries);
    expect(falseAlarms.length).toBeLessThanOrEqual(1);
    expect(recall).toBeGreaterThanOrEqual(0.9);
    expect(first).toBeGreaterThanOrEqual(0.85);
    expect(precision).toBeGreaterThanOrEqual(0.85);
  });

  test('the documentation tells these numbers', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../../docs/skills.md'), 'utf8');
    const row = (label: string, queries: readonly LabelledQuery[]): string => {
      const { recall, precision, falseAlarms } = judge(queries);
      const none = queries.filter(({ wants }) => wants === undefined).length;
      const percent = (share: number): string => `${Math.round(share * 100)} %`;
      return `| ${label} | ${percent(recall)} | ${percent(precision)} | ${falseAlarms.length} of ${none} |`;
    };
    expect(docs).toContain(row('chosen on', tuningQueries));
    expect(docs).toContain(row('held out', heldOutQueries));
    expect(docs).toContain(`none under the floor of ${defaultFloor}`);
    expect(docs).toContain(`at most \`skills.topK\` (${shippedLimits.topK})`);
  });

  test.each([
    'hello there',
    'Hello there!!',
    'thanks!',
    'ok cool',
    'what is up',
    "what's up?",
    "what's the latest news?",
    'capital of France',
    'digit',
    'how do plants grow in a browser',
    'good night',
    '',
    '   ',
    '\u{1f44d}',
    'root',
    'How do I log in as root on Ubuntu?',
    'What is the square root of 2?',
    'What causes hiccups?',
    'how many customers does Apple have',
    'the cover of the book',
  ])('none for %j', (message) => {
    expect(namesFor(message)).toEqual([]);
  });

  test.each([
    ['incident-update', 'root cause analysis of last night'],
    ['incident-update', 'postmortem'],
    ['plan-work', 'we need a roadmap'],
    ['translate-text', 'and in Japanese?'],
    ['check-figures', 'what is 17% of that?'],
  ])('%s for %j: a whole trigger, or a word of its description', (name, message) => {
    expect(namesFor(message)).toContain(name);
  });

  test('words inside code, quotes, mentions and links bring none', () => {
    const message =
      '@reviewer <@U123SQL>\n> please review this pull request\n```sql\nSELECT error FROM translations\n```\nhttps://x.org/incident-outage `stack trace`';
    expect(namesFor(message)).toEqual([]);
  });

  test('two requests in one message bring both skills, the reasons in the own words of the person', () => {
    const found = given(
      'Translate the outage announcement into French and write the status page incident update',
    );
    expect(found.map(({ skill }) => skill.name)).toEqual(
      expect.arrayContaining(['incident-update', 'translate-text']),
    );
    const incident = found.find(({ skill }) => skill.name === 'incident-update');
    expect(incident?.because).toEqual(expect.arrayContaining(['outage', 'incident']));
    expect(incident?.because).not.toContain('French');
  });

  test.each([
    ['summarise-discussion', 'please summarise this for me:'],
    ['translate-text', 'translate this into German please:'],
    ['write-sql', 'write a SQL query for this report, grouped by region:'],
  ])('a pasted page after or before the request does not hide %s', (name, request) => {
    const page = `The river rises in the hills above the old mill and runs south past three villages before it
      joins the sea. Herons stand in the shallows through the winter, and otters have come back since the weirs were
      opened. In the eighteenth century barges carried wool to the harbour; the towpath is now a footpath, muddy after
      rain, with two inns and a chapel along it. Every summer a fair is held in the meadow, with music, cheese and a
      race of paper boats that no child has ever admitted to losing. `.repeat(3);
    expect(namesFor(`${request}\n\n${page}`)[0]).toBe(name);
    expect(namesFor(`${page}\n\n${request}`)[0]).toBe(name);
    expect(namesFor(page)).toEqual([]);
  });

  test('the same holds in a library of thousands of other skills', () => {
    const crowded = createShelves();
    const others = Array.from({ length: 5_000 }, (_, at) =>
      sampleSkill(`other-${at}`, {
        description: `Covers zq${at.toString(36)}x and vk${(at * 7).toString(36)}j.`,
        body: `See xj${at}.`,
      }),
    );
    crowded.replaceAll([...bank, ...others]);
    const decide = (message: string): readonly string[] =>
      selectSkills(crowded.find(queryTerms(message), 32), shippedLimits).chosen.map(
        ({ skill }) => skill.name,
      );
    const differing = [...tuningQueries, ...heldOutQueries].filter(
      ({ text }) => decide(text)[0] !== namesFor(text)[0],
    );
    expect(differing.length / (tuningQueries.length + heldOutQueries.length)).toBeLessThan(0.06);
  });
});
