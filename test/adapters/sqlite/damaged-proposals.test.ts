import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOperation, isProposalContent, isRunContent } from '../../../adapters/sqlite/proposal-wire.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import { sampleAt, sampleScopes, skillName } from '../../contract/store-samples.ts';
import { openAt } from './rig.ts';

const draft = { name: 'a', description: 'd', triggers: [], body: 'b' };
const cost = { calls: 1, inputTokens: 1, outputTokens: 1 };
const tally = { wins: 0, ties: 0, losses: 0 };
const content = {
  scope: sampleScopes.global,
  operation: { op: 'add', draft, why: 'w' },
  draftHash: 'h',
  trigger: 'command',
  topic: 't',
  support: [],
  withheld: [],
  people: [],
  learnedFrom: { platforms: [], authors: [] },
  notes: [{ gate: 'g', severity: 'warn', message: 'm' }],
  replay: { verdict: 'none', failures: tally, successes: tally, weakBecause: [], leftOut: { tools: 1 } },
  cost,
  model: 'm',
  createdAt: sampleAt,
} as const;
const run = {
  at: sampleAt,
  scope: sampleScopes.global,
  trigger: 'threshold',
  topic: 't',
  failures: 1,
  outcome: 'failed',
  cost,
  proposals: [1],
} as const;

/** Every path to a value inside. */
function pathsOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    [key],
    ...pathsOf(part).map((path) => [key, ...path]),
  ]);
}

function without(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((part, at) => (String(at) === key ? without(part, rest) : part));
  const entries = Object.entries(Object(value));
  if (rest.length === 0) return Object.fromEntries(entries.filter(([name]) => name !== key));
  return Object.fromEntries(entries.map(([name, part]) => [name, name === key ? without(part, rest) : part]));
}

/** The name of a path in a record whose keys may be any. */
const mayLack = (path: readonly string[]): boolean =>
  path.includes('leftOut') && path.length > 2 ? true : /^\d+$/.test(path.at(-1) ?? '');

test('a proposal or a run of which any part is missing is none', () => {
  expect(isProposalContent(content)).toBe(true);
  expect(isRunContent(run)).toBe(true);
  for (const path of pathsOf(content).filter((one) => !mayLack(one))) {
    expect([path, isProposalContent(without(content, path))]).toEqual([path, false]);
  }
  for (const path of pathsOf(run).filter((one) => !mayLack(one))) {
    expect([path, isRunContent(without(run, path))]).toEqual([path, false]);
  }
});

test.each([
  { reason: 1 },
  { decidedAt: '1' },
  { decidedBy: 1 },
  { generation: '1' },
  { askedIn: 1 },
  { trigger: 'whim' },
  { notes: [{ gate: 'g', severity: 'fatal', message: 'm' }] },
  { replay: { ...content.replay, verdict: 'perhaps' } },
  { replay: { ...content.replay, leftOut: { tools: 'two' } } },
])('a proposal with a part of another kind is none: %o', (changes) => {
  expect(isProposalContent({ ...content, ...changes })).toBe(false);
});

test.each([
  { errorCode: 'nonsense' },
  { errorCode: 1 },
  { detail: 1 },
  { outcome: 'perhaps' },
  { proposals: ['1'] },
])('a run with a part of another kind is none: %o', (changes) => {
  expect(isRunContent({ ...run, ...changes })).toBe(false);
});

const why = 'w';
test.each([
  { op: 'edit', name: 'a', draft, why },
  { op: 'merge', names: ['a', 'b'], draft, why },
  { op: 'split', name: 'a', drafts: [draft], why },
  { op: 'retire', name: 'a', why },
])('an operation $op needs all of its parts, and names that are names', (operation) => {
  expect(isOperation(operation)).toBe(true);
  for (const path of pathsOf(operation).filter((one) => !mayLack(one))) {
    expect([path, isOperation(without(operation, path))]).toEqual([path, false]);
  }
  const misnamed = { ...operation, name: 'Not a name', names: ['Not a name'] };
  expect(isOperation(misnamed)).toBe(false);
  expect(isOperation({ ...operation, op: 'rewrite' })).toBe(false);
});

test('nothing that JSON can hold breaks the guards', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const guard of [isOperation, isProposalContent, isRunContent]) expect(guard(value)).toBe(false);
    }),
  );
});

test('a damaged proposal or run is left out with a log entry, and its neighbours stay', async () => {
  const { database, stores, logger } = openAt(':memory:');
  const { proposals } = stores;
  const space = spaceId('web', 'team');
  const operation = { op: 'retire', name: skillName('a'), why } as const;
  for (let count = 0; count < 2; count += 1) {
    await proposals.create({ ...content, operation, spaceId: space, state: 'waiting' });
    await proposals.record({ ...run, spaceId: space });
  }
  for (const table of ['proposals', 'evolver_runs']) {
    const key = table === 'proposals' ? 'number' : 'sequence';
    const damage = database.statement<[]>(`UPDATE ${table} SET content = '{' WHERE ${key} = 1`);
    expect(database.attempt(() => damage.run())).toBe(1);
  }
  expect(await proposals.get(1)).toBeUndefined();
  expect((await proposals.list([], 9)).map(({ number }) => number)).toEqual([2]);
  expect(await proposals.runs(9)).toHaveLength(1);
  await expect(proposals.update(1, 0, { state: 'applied' })).rejects.toMatchObject({ code: 'not_found' });
  expect(new Set(logger.of('storage_row_skipped').map(({ fields }) => Object(fields).table))).toEqual(
    new Set(['proposals', 'evolver_runs']),
  );
  database.close();
});
