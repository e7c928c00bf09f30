import { describe, expect, test } from 'vitest';
import { fusedCandidates } from '../../../core/skills/fused-mode.ts';
import type { SkillLibrary, SkillLibraryDeps } from '../../../core/skills/library.ts';
import { type RetrievalMode, retrievalModes } from '../../../core/skills/retrieval-modes.ts';
import { createVectorIndex } from '../../../core/skills/vector-index.ts';
import { sampleSkill } from '../../fakes/skills/sample-skill.ts';
import {
  annInTalk,
  byAnn,
  entry,
  forAnn,
  garden,
  inTeam,
  ledger,
  libraryRig,
  piano,
  texted,
} from './library-rig.ts';

const vector = (...numbers: number[]): Float32Array => {
  const length = Math.hypot(...numbers);
  return Float32Array.from(numbers, (number) => number / length);
};

/** Which way each skill points; `piano` lies between garden and nothing else. */
const directions: Readonly<Record<string, Float32Array>> = {
  'garden-care': vector(1, 0, 0),
  'book-keeping': vector(0, 1, 0),
  'piano-lessons': vector(0, 0, 1),
};

async function libraryOf(
  retrieval: RetrievalMode,
  changes: Partial<SkillLibraryDeps> = {},
): Promise<SkillLibrary> {
  const { library } = libraryRig([garden, ledger, piano], { retrieval, ...changes });
  await library.reload();
  giveVectors(library);
  return library;
}

function giveVectors(library: SkillLibrary): void {
  for (const { name, contentHash } of library.active()) {
    const direction = directions[name];
    if (direction !== undefined) library.vectors.put(contentHash, direction);
  }
}

const names = (library: SkillLibrary, words: string, queryVector?: Float32Array): readonly string[] =>
  library
    .retrieve(words, annInTalk, queryVector === undefined ? {} : { queryVector })
    .shown.map(({ name }) => name);

test('there are four, the first the default', async () => {
  expect(retrievalModes).toEqual(['lexical', 'fused', 'embedding', 'template']);
  const { library } = libraryRig([garden]);
  await library.reload();
  giveVectors(library);
  expect(names(library, 'nothing of that', vector(1, 0, 0))).toEqual([]);
});

describe('fused', () => {
  test('adds what is near in meaning to what the words lead to', async () => {
    const library = await libraryOf('fused');
    expect(names(library, 'my invoices', vector(1, 0.9, 0))).toEqual(['book-keeping', 'garden-care']);
    const found = library.retrieve('please help', annInTalk, { queryVector: vector(1, 0.2, 0) }).shown;
    expect(found).toMatchObject([{ name: 'garden-care', because: [] }]);
    expect(found[0]?.score).toBeCloseTo(0.98, 2);
  });

  test('a skill without a word in common needs a cosine of a half, or what is set', async () => {
    const far = vector(0.49, Math.sqrt(1 - 0.49 ** 2) / 2, -Math.sqrt(1 - 0.49 ** 2) / 2);
    expect(names(await libraryOf('fused'), 'please help', vector(0.45, 0.1, -1))).toEqual([]);
    expect(names(await libraryOf('fused', { meaningFloor: 0.2 }), 'please help', far)).toContain(
      'garden-care',
    );
  });

  test('what words lead to keeps its score and its floor', async () => {
    const lexical = (await libraryOf('lexical')).retrieve('my invoices', annInTalk).shown[0];
    const library = await libraryOf('fused');
    const queryVector = vector(0, 0, -1);
    expect(library.retrieve('my invoices', annInTalk, { queryVector }).shown).toEqual([lexical]);
    const weak = 'something or other about a long trip to faraway mountains, slowly, with friends and family';
    expect(names(await libraryOf('lexical'), weak)).toEqual([]);
    expect(names(library, weak, queryVector)).toEqual([]);
    expect(names(library, weak, vector(0, 0, 1))).toEqual(['piano-lessons']);
  });

  test('the order is that of both rankings', () => {
    const index = createVectorIndex();
    const [a, b, c] = ['aa', 'bb', 'cc'].map((name) => sampleSkill(name));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no skills');
    index.put(a.contentHash, vector(1, 0.8));
    index.put(b.contentHash, vector(1, 0.1));
    index.put(c.contentHash, vector(-1, 0));
    const skills = new Map([a, b, c].map((skill) => [skill.contentHash, skill]));
    const byWords = [
      { skill: c, score: 0.9, because: ['see'] },
      { skill: b, score: 0.6, because: ['bee'] },
      { skill: a, score: 0.1, because: ['eh'] },
    ];
    const found = fusedCandidates({ byWords, floor: 0.37, query: vector(1, 0), limit: 10 }, index, (hash) =>
      skills.get(hash),
    );
    expect(found.map(({ skill }) => skill.name)).toEqual(['bb', 'cc', 'aa']);
    expect(found.map(({ score }) => score)).toEqual([0.6, 0.9, expect.closeTo(0.78, 2)]);
    expect(found.map(({ byMeaning }) => byMeaning)).toEqual([
      { wordScore: 0.6 },
      undefined,
      { wordScore: 0.1 },
    ]);
  });
});

describe('embedding', () => {
  test('goes by nearness alone, nearest first, above the floor', async () => {
    const library = await libraryOf('embedding');
    expect(names(library, 'my invoices', vector(1, 0.9, 0.1))).toEqual(['garden-care', 'book-keeping']);
    expect(names(library, 'my invoices', vector(1, 0, 0.2))).toEqual(['garden-care']);
    expect(names(await libraryOf('embedding', { meaningFloor: 0.9 }), 'x', vector(1, 0.9, 0))).toEqual([]);
  });
});

describe.each(['fused', 'embedding'] as const)('%s', (retrieval) => {
  test('goes by the words where there is no vector', async () => {
    const library = await libraryOf(retrieval);
    const lexical = await libraryOf('lexical');
    for (const words of ['my invoices', 'tomatoes and scales', 'hello']) {
      expect(library.retrieve(words, annInTalk)).toEqual(lexical.retrieve(words, annInTalk));
    }
  });

  test('finds only what the audience has, in the text it has', async () => {
    const library = await libraryOf(retrieval);
    const mine = texted('garden-care', { description: 'Waters tomatoes.', body: 'My way.' }, forAnn, {
      isPrivate: true,
    });
    await library.change({
      cause: byAnn,
      entries: [mine, texted('garden-care', { body: 'Team way.' }, inTeam)],
    });
    giveVectors(library);
    const bodies = (audience = annInTalk): readonly string[] =>
      library
        .retrieve('please help', audience, { queryVector: vector(1, 0, 0) })
        .chosen.map(({ skill }) => skill.body);
    expect(bodies()).toEqual(['Team way.']);
    expect(bodies({ ...annInTalk, isShared: false })).toEqual(['My way.']);
    await library.change({ cause: byAnn, entries: [entry('garden-care', { state: 'retired' }, inTeam)] });
    expect(bodies()).toEqual(['Water at dawn.']);
    await library.change({ cause: byAnn, entries: [entry('garden-care', { state: 'retired' })] });
    expect(bodies()).toEqual([]);
    await library.restore(1);
    expect(bodies()).toEqual(['Water at dawn.']);
  });

  test('a text that another hides there brings nothing by its own meaning', async () => {
    const library = await libraryOf(retrieval);
    await library.change({ cause: byAnn, entries: [texted('garden-care', { body: 'Team way.' }, inTeam)] });
    const team = library.get('garden-care', annInTalk);
    library.vectors.put(team?.contentHash ?? '', vector(0, -1, 0));
    expect(names(library, 'please help', vector(1, 0, 0))).toEqual([]);
    expect(library.retrieve('please help', undefined, { queryVector: vector(1, 0, 0) }).shown).toHaveLength(
      1,
    );
    expect(names(library, 'please help', vector(0, -1, 0))).toEqual(['garden-care']);
  });

  test('leaves out what is masked here', async () => {
    const library = await libraryOf(retrieval);
    const queryVector = vector(1, 0, 0);
    await library.change({
      cause: { kind: 'mask' },
      entries: [entry('garden-care', { maskedContexts: ['web|group'] })],
    });
    expect(names(library, 'please help', queryVector)).toEqual([]);
    const direct = { ...annInTalk, isShared: false };
    expect(library.retrieve('please help', direct, { queryVector }).shown).toHaveLength(1);
  });

  test('a vector of other dimensions is not taken, and says so', async () => {
    const rig = libraryRig([garden], { retrieval });
    await rig.library.reload();
    rig.library.vectors.put('one', vector(1, 0, 0));
    rig.library.vectors.put('two', vector(1, 0));
    expect(rig.logger.of('vector_not_taken')).toHaveLength(1);
  });
});

describe('template', () => {
  test('brings the skills of the kind of task that the words name, of this audience', async () => {
    const { library } = libraryRig([], { retrieval: 'template' });
    await library.reload();
    await library.change({
      cause: byAnn,
      entries: [
        texted('coding-habits', { description: 'Writes code with tests.', triggers: ['python', 'code'] }),
        texted('my-code', { description: 'Style of code in python.' }, forAnn),
      ],
    });
    const all = names(library, 'a python function please');
    expect(all.toSorted()).toEqual(['coding-habits', 'my-code']);
    expect(library.retrieve('a python function please').shown.map(({ name }) => name)).toEqual([
      'coding-habits',
    ]);
    const masked = entry('coding-habits', { maskedContexts: ['web|group|python'] });
    await library.change({ cause: { kind: 'mask' }, entries: [masked] });
    expect(names(library, 'a python function please')).toEqual(['my-code']);
  });
});
