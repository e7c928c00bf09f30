import { join } from 'node:path';
import MiniSearch from 'minisearch';
import { isSkillName, type Skill, type SkillText } from '../core/domain/skill.ts';
import { renderSkillBlock } from '../core/skills/inject.ts';
import { queryTerms } from '../core/skills/query-terms.ts';
import { selectSkills } from '../core/skills/select-skills.ts';
import { createSkillIndex } from '../core/skills/skill-index.ts';
import type { BenchOutcome, BenchResult, BenchSize } from './lib/bench-report.ts';
import { readProse } from './lib/prose.ts';
import { createSeededRandom, type SeededRandom } from './lib/seeded-random.ts';
import { percentile, resultOf } from './lib/statistics.ts';
import { timed, timedEach } from './lib/stopwatch.ts';

interface Size {
  readonly skills: number;
  readonly runs: number;
  readonly queries: number;
  readonly edits: number;
  /** minisearch is slow at the upper end; its share is kept small so that the whole takes about two minutes. */
  readonly otherRuns: number;
  readonly otherQueries: number;
}

const fullSizes: readonly Size[] = [
  { skills: 100, runs: 5, queries: 2000, edits: 100, otherRuns: 5, otherQueries: 500 },
  { skills: 1_000, runs: 5, queries: 2000, edits: 200, otherRuns: 5, otherQueries: 300 },
  { skills: 10_000, runs: 5, queries: 2000, edits: 500, otherRuns: 3, otherQueries: 200 },
  { skills: 100_000, runs: 3, queries: 2000, edits: 300, otherRuns: 1, otherQueries: 150 },
];

const smokeSizes: readonly Size[] = [
  { skills: 20, runs: 1, queries: 5, edits: 2, otherRuns: 1, otherQueries: 5 },
];

const found = 10;
const descriptionWords = 40;
const fragmentWords = 8;
const other = 'minisearch 7.2.0';

/** Talk around a request; the last ones also occur in the texts. */
const filler =
  `hey could you please maybe help me with this thing today because our team really wants it done before
lunch and nobody knows how anymore thanks again quickly someone yesterday project meeting work problem idea simple
better question people start change number`.split(/\s+/);

interface Query {
  readonly text: string;
  readonly source: string;
}

function makeSkills(prose: readonly string[], count: number, random: SeededRandom): SkillText[] {
  const longer = prose.filter((word) => /^[a-z]{5,20}$/.test(word));
  return Array.from({ length: count }, (_, at) => {
    const words: string[] = [];
    while (words.length < descriptionWords) {
      const from = random.below(prose.length - fragmentWords);
      words.push(...prose.slice(from, from + fragmentWords));
    }
    const name = `${random.pick(longer)}-${random.pick(longer)}-${at}`;
    if (!isSkillName(name)) throw new TypeError(`Not a skill's name: ${name}`);
    const description = words.slice(0, descriptionWords).join(' ');
    return { name, description, triggers: [], body: '', source: '' };
  });
}

/** 4 to 7 different words of one description, of at least four letters, among 5 words of filler. */
function makeQueries(skills: readonly SkillText[], count: number, random: SeededRandom): readonly Query[] {
  return Array.from({ length: count }, () => {
    const skill = random.pick(skills);
    const words = [...new Set(skill.description.split(' ').filter((word) => word.length >= 4))];
    const wanted = new Set<string>();
    const size = Math.min(words.length, 4 + random.below(4));
    while (wanted.size < size) wanted.add(random.pick(words));
    const mixed = [...wanted, ...Array.from({ length: 5 }, () => random.pick(filler))];
    for (let at = mixed.length - 1; at > 0; at--) {
      const to = random.below(at + 1);
      [mixed[at], mixed[to]] = [mixed[to] ?? '', mixed[at] ?? ''];
    }
    return { text: mixed.join(' '), source: skill.name };
  });
}

/** One engine under measurement. */
interface Engine {
  put(skill: SkillText): void;
  find(text: string): readonly string[];
  /** The whole way of a turn, where there is one: from the message to the block in the prompt. */
  retrieve?(text: string): string;
}

const asStored: Omit<Skill, keyof SkillText> = {
  version: 1,
  contentHash: '',
  scope: { kind: 'global' },
  origin: { kind: 'files' },
  standing: { state: 'active', isProven: false, isPinned: false, maskedContexts: [], trial: 1, since: 0 },
};

function ownEngine(): Engine {
  const index = createSkillIndex();
  const skills = new Map<string, Skill>();
  return {
    put(skill) {
      index.put(skill);
      skills.set(skill.name, { ...skill, ...asStored });
    },
    retrieve(text) {
      const candidates = index.find(queryTerms(text), 32).flatMap(({ name, score, because }) => {
        const skill = skills.get(name);
        return skill === undefined ? [] : [{ skill, score, because }];
      });
      const { chosen } = selectSkills(candidates, { topK: 6, budgetTokens: 1200 });
      return renderSkillBlock(chosen.map(({ skill }) => skill));
    },
    find: (text) => index.find(queryTerms(text), found).map(({ name }) => name),
  };
}

function otherEngine(): Engine {
  const search = new MiniSearch<SkillText>({ idField: 'name', fields: ['name', 'description'] });
  return {
    put(skill) {
      if (search.has(skill.name)) search.replace(skill);
      else search.add(skill);
    },
    find: (text) =>
      search
        .search(text)
        .slice(0, found)
        .map(({ id }) => String(id)),
  };
}

interface RunNumbers {
  readonly buildMs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly recall: number;
  readonly retrieveP50Us: number;
  readonly retrieveP99Us: number;
  readonly editP50Us: number;
  readonly editP99Us: number;
}

function measureRun(
  engine: Engine,
  skills: readonly SkillText[],
  queries: readonly Query[],
  edited: readonly SkillText[],
): RunNumbers {
  const buildMs = timed(() => {
    for (const skill of skills) engine.put(skill);
  });
  // The first queries compile the code; they are not counted.
  for (const { text } of queries.slice(0, 50)) engine.find(text);
  let hits = 0;
  const times = queries.map(({ text, source }) => {
    let names: readonly string[] = [];
    const ms = timed(() => {
      names = engine.find(text);
    });
    if (names.includes(source)) hits += 1;
    return ms * 1000;
  });
  const whole = timedEach(queries, ({ text }) => void engine.retrieve?.(text)).map((ms) => ms * 1000);
  const edits = timedEach(edited, (skill) => engine.put(skill)).map((ms) => ms * 1000);
  return {
    buildMs,
    p50Us: percentile(times, 0.5),
    p99Us: percentile(times, 0.99),
    recall: hits / queries.length,
    retrieveP50Us: percentile(whole, 0.5),
    retrieveP99Us: percentile(whole, 0.99),
    editP50Us: percentile(edits, 0.5),
    editP99Us: percentile(edits, 0.99),
  };
}

/** Half of them new skills, half new texts for known ones. */
function makeEdits(
  prose: readonly string[],
  skills: readonly SkillText[],
  count: number,
  random: SeededRandom,
): readonly SkillText[] {
  return makeSkills(prose, count, random).map((skill, at) =>
    at % 2 === 0 ? { ...skill, name: random.pick(skills).name } : skill,
  );
}

function measureSize(prose: readonly string[], size: Size): readonly BenchResult[] {
  const own: RunNumbers[] = [];
  const others: RunNumbers[] = [];
  for (let run = 0; run < size.runs; run++) {
    const random = createSeededRandom(size.skills + run);
    const skills = makeSkills(prose, size.skills, random);
    const queries = makeQueries(skills, size.queries, random);
    const edits = makeEdits(prose, skills, size.edits, random);
    own.push(measureRun(ownEngine(), skills, queries, edits));
    if (run < size.otherRuns) {
      others.push(measureRun(otherEngine(), skills, queries.slice(0, size.otherQueries), edits.slice(0, 50)));
    }
  }
  const at = `${size.skills.toLocaleString('en')} skills`;
  const result = (metric: string, unit: string, pick: (numbers: RunNumbers) => number): BenchResult =>
    resultOf(`${metric}, ${at}`, unit, own.map(pick), { name: other, runs: others.map(pick) });
  return [
    result('index build', 'ms', ({ buildMs }) => buildMs),
    result('query p50', 'us', ({ p50Us }) => p50Us),
    result('query p99', 'us', ({ p99Us }) => p99Us),
    result('recall@10', 'share', ({ recall }) => recall),
    resultOf(
      `message to prompt block p50, ${at}`,
      'us',
      own.map(({ retrieveP50Us }) => retrieveP50Us),
    ),
    resultOf(
      `message to prompt block p99, ${at}`,
      'us',
      own.map(({ retrieveP99Us }) => retrieveP99Us),
    ),
    result('add or edit one skill p50', 'us', ({ editP50Us }) => editP50Us),
    result('add or edit one skill p99', 'us', ({ editP99Us }) => editP99Us),
  ];
}

/** Skill retrieval by itself: index build, query time, recall of the source skill, and changing one skill. */
export async function measure(progress: (line: string) => void, benchSize: BenchSize): Promise<BenchOutcome> {
  const sizes = benchSize === 'smoke' ? smokeSizes : fullSizes;
  const prose = readProse(join(import.meta.dirname, '..'), benchSize);
  const vocabulary = new Set(prose.map((word) => word.toLowerCase())).size;
  // Compiles both engines before anything is counted.
  measureSize(prose, {
    ...(sizes[0] ?? { skills: 100, edits: 50 }),
    runs: 1,
    queries: 500,
    otherRuns: 1,
    otherQueries: 100,
  });
  const results: BenchResult[] = [];
  for (const size of sizes) {
    progress(`retrieval: ${size.skills.toLocaleString('en')} skills`);
    results.push(...measureSize(prose, size));
  }
  return {
    results,
    notes: [
      `texts: names of two words, descriptions of ${descriptionWords} words in fragments of ${fragmentWords} from the installed packages' Markdown and type comments (${prose.length.toLocaleString('en')} words, ${vocabulary.toLocaleString('en')} different)`,
      'queries: 4 to 7 words (of four letters or more) of one description among 5 of filler; the time includes reading the words out of the text; recall@10 is the share of queries that find that description among ten',
      'message to prompt block: the query with 32 candidates, then floor, diversity, budget and rendering',
      'ratio: ours divided by minisearch (name and description, default settings), same texts in the same process; under 1 is better for times, over 1 for recall',
      `minisearch answers fewer queries: ${sizes.map(({ skills, otherRuns, otherQueries }) => `${otherRuns} x ${otherQueries} at ${skills.toLocaleString('en')}`).join(', ')}; 50 edits a run`,
    ],
  };
}
