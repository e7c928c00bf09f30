import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import type { Skill } from '../../../core/domain/skill.ts';
import type { TakeTurn } from '../../../core/schedule/work-turns.ts';
import { createEmbeddingJob, type EmbeddingJob, embeddedText } from '../../../core/skills/embed-job.ts';
import {
  createHashEmbeddings,
  type HashEmbeddings,
  hashVector,
} from '../../fakes/embedding/hash-embeddings.ts';
import { createHeldTurns } from '../../fakes/schedule/held-turns.ts';
import { createMemoryVectorStore, type MemoryVectorStore } from '../../fakes/skills/memory-vector-store.ts';
import { sampleSkill, sampleText } from '../../fakes/skills/sample-skill.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

interface Rig {
  readonly job: EmbeddingJob;
  readonly embedding: HashEmbeddings;
  readonly vectors: MemoryVectorStore;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  /** What the job was told to keep vectors for. */
  skills: readonly Skill[];
  readonly told: [name: string, vector: Float32Array][];
  run(signal?: AbortSignal): Promise<void>;
  names(): readonly string[];
}

function rig(
  skills: readonly Skill[],
  with_: Partial<Pick<Rig, 'embedding' | 'vectors'>> & { readonly turn?: TakeTurn } = {},
): Rig {
  const embedding = with_.embedding ?? createHashEmbeddings();
  const vectors = with_.vectors ?? createMemoryVectorStore();
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const told: [string, Float32Array][] = [];
  const names = new Map<string, string>();
  const one: Rig = {
    embedding,
    vectors,
    clock,
    logger,
    skills,
    told,
    job: createEmbeddingJob({
      embedding,
      vectors,
      clock,
      logger,
      list: () => {
        for (const skill of one.skills) names.set(skill.contentHash, skill.name);
        return one.skills;
      },
      onVector: (contentHash, vector) => told.push([names.get(contentHash) ?? contentHash, vector]),
      ...(with_.turn === undefined ? {} : { turn: with_.turn }),
    }),
    run: (signal = new AbortController().signal) => one.job.run(signal),
    names: () => told.map(([name]) => name),
  };
  return one;
}

const some = (count: number, prefix = 'skill'): readonly Skill[] =>
  Array.from({ length: count }, (_, at) => sampleSkill(`${prefix}-${at}`));
const calledFor = ({ embedding }: Rig): readonly number[] => embedding.calls.map((texts) => texts.length);
const serverDown = new AppError('network', 'The server is away.', { retryable: true });

describe('what is embedded', () => {
  test('name, description, triggers and body', () => {
    const text = sampleText('write-sql', {
      description: 'Writes queries.',
      triggers: ['sql', 'slow query'],
      body: '# How\nWith care.\n',
    });
    expect(embeddedText(text)).toBe('write sql\nWrites queries.\nsql, slow query\n# How\nWith care.');
    expect(embeddedText(sampleText('a-b-c', { description: 'D.', body: '' }))).toBe('a b c\nD.');
  });

  test('of a long body its beginning', () => {
    const body = 'One sentence of a long body. '.repeat(400);
    const text = embeddedText(sampleText('long', { description: 'D.', body }));
    expect(text.length).toBeLessThanOrEqual('long\nD.\n'.length + 6_000);
    expect(text.length).toBeGreaterThan(5_900);
    expect(text).toMatch(/long body\.$/);
    const emoji = embeddedText(sampleText('long', { description: 'D.', body: `x${'👍'.repeat(4_000)}` }));
    expect(emoji.endsWith('👍')).toBe(true);
  });
});

describe('a run', () => {
  test('embeds what is missing, in batches, stores it and tells of it', async () => {
    const one = rig(some(150));
    expect(one.job.report()).toEqual({
      state: 'working',
      missing: 150,
      model: 'hashed words in 64 dimensions',
    });
    await one.run();
    expect(calledFor(one)).toEqual([64, 64, 22]);
    expect(one.names()).toEqual(one.skills.map(({ name }) => name));
    expect(one.told[7]?.[1]).toEqual(hashVector(embeddedText(one.skills[7] ?? sampleSkill('none'))));
    expect(
      await one.vectors.missing(
        'hash',
        one.skills.map(({ contentHash }) => contentHash),
      ),
    ).toEqual([]);
    expect(one.job.report()).toMatchObject({ state: 'working', missing: 0 });
  });

  test('embeds each text once, however often it runs and however many skills have it', async () => {
    const [first, second] = some(2);
    if (first === undefined || second === undefined) throw new Error('two skills were made');
    const one = rig([first, second, { ...first, version: 3 }]);
    await one.run();
    await one.run();
    expect(calledFor(one)).toEqual([2]);
    expect(one.names()).toEqual(['skill-0', 'skill-1']);
  });

  test('asks only for the text that changed', async () => {
    const one = rig(some(3));
    await one.run();
    const changed = sampleSkill('skill-1', { body: 'Quite another body.' });
    one.skills = one.skills.map((skill) => (skill.name === 'skill-1' ? changed : skill));
    expect(one.job.report().missing).toBe(1);
    await one.run();
    expect(one.embedding.calls.at(-1)).toEqual([embeddedText(changed)]);
    expect(one.names().at(-1)).toBe('skill-1');
  });

  test('after a restart tells of what is stored and asks for nothing', async () => {
    const before = rig(some(300));
    await before.run();
    const after = rig(before.skills, { vectors: before.vectors });
    await after.run();
    expect(after.embedding.calls).toEqual([]);
    expect(after.told).toEqual(before.told);
    expect(after.job.report().missing).toBe(0);
  });

  test('batches are full, wherever the missing ones stand', async () => {
    const before = rig(some(200).filter((_, at) => at % 2 === 0));
    await before.run();
    const after = rig(some(200), { vectors: before.vectors });
    await after.run();
    expect(calledFor(after)).toEqual([64, 36]);
    expect(new Set(after.names()).size).toBe(200);
  });

  test('another model has vectors of its own', async () => {
    const before = rig(some(2));
    await before.run();
    const after = rig(before.skills, {
      vectors: before.vectors,
      embedding: createHashEmbeddings({ modelId: 'other', dimensions: 8 }),
    });
    await after.run();
    expect(calledFor(after)).toEqual([2]);
    expect(after.told[0]?.[1].length).toBe(8);
  });

  test('what was gone and comes back is told of again, from the store', async () => {
    const one = rig(some(2));
    await one.run();
    const all = one.skills;
    one.skills = all.slice(1);
    await one.run();
    one.skills = all;
    await one.run();
    expect(one.names()).toEqual(['skill-0', 'skill-1', 'skill-0']);
    expect(calledFor(one)).toEqual([2]);
  });

  test('a call during a run shares it, and what is new by then is embedded too', async () => {
    const one = rig(some(1));
    one.embedding.hold();
    const first = one.run();
    await one.clock.advance(0);
    one.skills = [...one.skills, sampleSkill('newcomer')];
    const second = one.run();
    expect(one.embedding.held()).toBe(1);
    one.embedding.release();
    await Promise.all([first, second]);
    expect(one.names()).toEqual(['skill-0', 'newcomer']);
    expect(calledFor(one)).toEqual([1, 1]);
  });

  test('a call at whatever moment of a run’s end is not lost', async () => {
    for (let ticks = 0; ticks < 40; ticks++) {
      const one = rig(some(1));
      const first = one.run();
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      one.skills = [...one.skills, sampleSkill('newcomer')];
      await one.run();
      await first;
      expect([ticks, one.names()]).toEqual([ticks, ['skill-0', 'newcomer']]);
    }
  });

  test('an abort ends it without a word, and the next run goes on', async () => {
    const one = rig(some(100));
    one.embedding.hold();
    const controller = new AbortController();
    const running = one.run(controller.signal);
    await one.clock.advance(0);
    controller.abort();
    await running;
    expect(one.told).toEqual([]);
    expect(one.job.report().state).toBe('working');
    expect(one.logger.entries).toEqual([]);
    one.embedding.release();
    await one.run(AbortSignal.abort());
    expect(one.told).toEqual([]);
    await one.run();
    expect(one.told).toHaveLength(100);
  });
});

describe('failures', () => {
  test('are said, and nothing is asked for a minute and then ever longer', async () => {
    const one = rig(some(2));
    one.embedding.failWhen(() => serverDown);
    await one.run();
    expect(one.job.report()).toMatchObject({ state: 'down', detail: 'The server is away.', missing: 2 });
    await one.run();
    await one.clock.advance(59_999);
    await one.run();
    expect(calledFor(one)).toHaveLength(1);
    await one.clock.advance(1);
    await one.run();
    expect(calledFor(one)).toHaveLength(2);
    await one.clock.advance(119_999);
    await one.run();
    expect(calledFor(one)).toHaveLength(2);
    one.embedding.failWhen(() => undefined);
    await one.clock.advance(1);
    await one.run();
    expect(one.job.report()).toEqual({ state: 'working', missing: 0, model: one.embedding.description });
    expect(one.logger.entries.map(({ event }) => event)).toEqual(['embedding_down', 'embedding_up']);
  });

  test('a server that says how long to wait is left alone so long', async () => {
    const one = rig(some(1));
    one.embedding.failWhen(() => new AppError('rate_limited', 'Too many.', { retryAfterMs: 300_000 }));
    await one.run();
    await one.clock.advance(299_999);
    await one.run();
    expect(calledFor(one)).toHaveLength(1);
    await one.clock.advance(1);
    await one.run();
    expect(calledFor(one)).toHaveLength(2);
  });

  test('what was embedded before the failure stays', async () => {
    const one = rig(some(100));
    one.embedding.failWhen((texts) => (texts.length < 64 ? serverDown : undefined));
    await one.run();
    expect(one.told).toHaveLength(64);
    expect(one.job.report()).toMatchObject({ state: 'down', missing: 36 });
    one.embedding.failWhen(() => undefined);
    await one.clock.advance(60_000);
    await one.run();
    expect(calledFor(one)).toEqual([64, 36, 36]);
  });

  test('stored vectors are told of while the server is down', async () => {
    const before = rig(some(1, 'stored'));
    await before.run();
    const one = rig(some(1, 'fresh'), { vectors: before.vectors });
    one.embedding.failWhen(() => serverDown);
    await one.run();
    one.skills = [...one.skills, ...before.skills];
    await one.run();
    expect(one.names()).toEqual(['stored-0']);
    expect(one.job.report()).toMatchObject({ state: 'down', missing: 1 });
  });

  test('nothing is down any more when nothing is wanted', async () => {
    const one = rig(some(1));
    one.embedding.failWhen(() => serverDown);
    await one.run();
    one.skills = [];
    await one.run();
    expect(one.job.report()).toMatchObject({ state: 'working', missing: 0 });
  });

  test('a failing store is said too, and what it did not keep is told of nowhere', async () => {
    const one = rig(some(1));
    one.vectors.failWith(new AppError('storage_full', 'The disk is full.'));
    await one.run();
    expect(one.told).toEqual([]);
    expect(one.job.report()).toMatchObject({ state: 'down', detail: 'The disk is full.' });
    one.vectors.failWith(undefined);
    await one.clock.advance(60_000);
    await one.run();
    expect(one.names()).toEqual(['skill-0']);
  });

  test('a listener that throws is a failure like others', async () => {
    const logger = createMemoryLogger();
    const job = createEmbeddingJob({
      embedding: createHashEmbeddings(),
      vectors: createMemoryVectorStore(),
      clock: createFakeClock(),
      logger,
      list: () => some(1),
      onVector: () => {
        throw new TypeError('no room');
      },
    });
    await job.run(new AbortController().signal);
    expect(job.report()).toMatchObject({ state: 'down', missing: 1 });
    expect(logger.of('embedding_down')).toHaveLength(1);
  });
});

describe('a text that no vector can be had of', () => {
  const badRequest = new AppError('refused_by_peer', 'It was refused.', {
    details: { reason: 'bad_request' },
  });
  const poison = sampleSkill('poison');
  const refuses =
    (...names: readonly string[]) =>
    (texts: readonly string[]): AppError | undefined =>
      texts.some((text) => names.some((name) => text.startsWith(name))) ? badRequest : undefined;

  test('keeps the others from nothing and is not asked about again', async () => {
    const one = rig([...some(3), poison, ...some(3, 'later')]);
    one.embedding.failWhen(refuses('poison'));
    await one.run();
    expect(one.names()).toHaveLength(6);
    expect(one.names()).not.toContain('poison');
    expect(one.job.report()).toMatchObject({ state: 'working', missing: 1 });
    expect(one.logger.of('embedding_refused')[0]?.fields).toMatchObject({ skill: 'poison', version: 1 });
    const calls = one.embedding.calls.length;
    await one.clock.advance(60 * 60_000);
    await one.run();
    expect(one.embedding.calls).toHaveLength(calls);
  });

  test('is found when it stands alone', async () => {
    const one = rig([poison]);
    one.embedding.failWhen(refuses('poison'));
    await one.run();
    expect(one.job.report()).toMatchObject({ state: 'working', missing: 1 });
    one.skills = [poison, sampleSkill('newcomer')];
    await one.run();
    expect(one.names()).toEqual(['newcomer']);
  });

  test('is asked about again when it changes', async () => {
    const one = rig([poison]);
    one.embedding.failWhen(refuses('poison'));
    await one.run();
    one.embedding.failWhen(() => undefined);
    one.skills = [sampleSkill('poison', { body: 'Quite another body.' })];
    await one.run();
    expect(one.names()).toEqual(['poison']);
  });

  test('a server that refuses everything is down, and no text is blamed', async () => {
    const one = rig(some(64));
    one.embedding.failWhen(() => badRequest);
    await one.run();
    expect(calledFor(one)).toEqual([64, 1]);
    expect(one.job.report()).toMatchObject({ state: 'down', missing: 64 });
    expect(one.logger.of('embedding_refused')).toEqual([]);
  });
});

describe('where turns are taken', () => {
  test('embedding waits for its turn, and gives it back', async () => {
    const turns = createHeldTurns();
    const one = rig(some(100), { turn: turns.take });
    const running = one.run();
    await one.clock.advance(3_600_000);
    expect([calledFor(one), turns.waiting(), one.job.report().missing]).toEqual([[], 1, 100]);
    turns.give();
    await running;
    expect([calledFor(one), turns.given(), turns.taken()]).toEqual([[64, 36], 1, 0]);
  });

  test('no turn is taken where there is nothing to embed, or the server is left alone', async () => {
    const turns = createHeldTurns();
    const before = rig(some(3));
    await before.run();
    await rig(before.skills, { vectors: before.vectors, turn: turns.take }).run();
    const down = rig(some(1), { turn: turns.take });
    down.embedding.failWhen(() => serverDown);
    const running = down.run();
    await down.clock.advance(0);
    turns.give();
    await running;
    await down.run();
    expect([turns.given(), turns.taken(), turns.waiting()]).toEqual([1, 0, 0]);
    expect(down.job.report().state).toBe('down');
  });

  test('what is listed meanwhile and stored is told of at once; the rest is embedded in the same turn', async () => {
    const before = rig(some(1, 'stored'));
    await before.run();
    const turns = createHeldTurns();
    const one = rig(some(1, 'fresh'), { vectors: before.vectors, turn: turns.take });
    const running = one.run();
    await one.clock.advance(0);
    one.skills = [...one.skills, ...before.skills, sampleSkill('newcomer')];
    void one.run();
    await one.clock.advance(0);
    expect(one.names()).toEqual(['stored-0']);
    turns.give();
    await running;
    expect(one.names()).toEqual(['stored-0', 'fresh-0', 'newcomer']);
    expect([calledFor(one), turns.given(), turns.waiting()]).toEqual([[2], 1, 0]);
  });

  test('what nobody lists any more when the turn comes is not embedded', async () => {
    const turns = createHeldTurns();
    const one = rig(some(1), { turn: turns.take });
    const running = one.run();
    await one.clock.advance(0);
    one.skills = [];
    turns.give();
    await running;
    expect([calledFor(one), turns.taken()]).toEqual([[], 0]);
  });

  test('a stop while it waits ends it at once and without a word', async () => {
    const turns = createHeldTurns();
    const one = rig(some(1), { turn: turns.take });
    const controller = new AbortController();
    const running = one.run(controller.signal);
    await one.clock.advance(0);
    controller.abort();
    await running;
    expect([turns.waiting(), turns.taken(), one.logger.entries]).toEqual([0, 0, []]);
  });

  test('a store that fails meanwhile leaves nobody waiting for a turn', async () => {
    const turns = createHeldTurns();
    const one = rig(some(1), { turn: turns.take });
    const running = one.run();
    await one.clock.advance(0);
    one.vectors.failWith(new AppError('storage_failed', 'The disk is gone.'));
    void one.run();
    await running;
    expect([turns.waiting(), turns.taken(), one.job.report().state]).toEqual([0, 0, 'down']);
  });
});
