import { expect, test } from 'vitest';
import { embeddingsWithoutServer } from '../../config/compose-embeddings.ts';
import { judgeWithoutServer } from '../../config/compose-judge.ts';
import { type ComposeStatusDeps, composeStatus } from '../../config/compose-status.ts';
import { spaceId } from '../../core/domain/ids.ts';
import type { JudgeReport } from '../../core/feedback/judge-worker.ts';
import { mustLoad } from './settings-folder.ts';

const here = spaceId('web', 'here');
const helpersSet = 'judge: {model: judge-9}\nembeddings: {model: vectors-3}';
const calibration = { labels: 0, positive: 0, negative: 0, weight: 0 };
const judged: JudgeReport = {
  state: 'working',
  isUnreadable: false,
  model: 'judge-9',
  waiting: 7,
  spentToday: 3,
  dailyCalls: 9,
  views: { alone: calibration, with_next: calibration },
};
const embedded = { state: 'working', missing: 2, model: 'vectors-3' } as const;
const judge = { worker: { report: async () => judged } };
const embeddings = { report: () => embedded };
const proxied = { servers: [], requests: 9, agentKeys: 0, asksHere: true };
const waiting = { window: 'shut', problems: [] };

function status(yaml: string, changes: Partial<ComposeStatusDeps> = {}) {
  return composeStatus({
    loaded: mustLoad({ yaml }),
    judge: undefined,
    embeddings: undefined,
    model: { problem: () => undefined },
    skills: { report: async () => ({}), problems: [] },
    training: { report: async (space) => ({ run: `run of ${space}` }) },
    schedule: { status: async () => waiting },
    proxy: () => undefined,
    problems: () => [],
    ...changes,
  });
}

test('nothing is wrong where nothing is set', () => {
  expect(status('').problems()).toEqual([]);
});

test('helpers that are set and not there are told of, those that are there are not', () => {
  expect(status(helpersSet).problems()).toEqual([judgeWithoutServer, embeddingsWithoutServer]);
  expect(status(helpersSet, { judge }).problems()).toEqual([embeddingsWithoutServer]);
  expect(status(helpersSet, { embeddings }).problems()).toEqual([judgeWithoutServer]);
});

test('what is wrong is told worst first: outside, the model, learning, the proxy', () => {
  const { problems } = status('judge: {model: judge-9}', {
    problems: () => ['outside'],
    model: { problem: () => 'the model' },
    skills: { report: async () => ({}), problems: ['skills'] },
    proxy: () => ({ problems: () => ['the proxy'], report: () => proxied }),
  });
  expect(problems()).toEqual(['outside', 'the model', judgeWithoutServer, 'skills', 'the proxy']);
});

test('what is wrong is what is so at the moment, also with a proxy that was opened later', () => {
  let outside = ['before'];
  let model: string | undefined = 'it failed';
  let proxy: ReturnType<ComposeStatusDeps['proxy']>;
  const { problems } = status('', {
    problems: () => outside,
    model: { problem: () => model },
    proxy: () => proxy,
  });
  expect(problems()).toEqual(['before', 'it failed']);
  outside = [];
  model = undefined;
  proxy = { problems: () => ['a server is away'], report: () => proxied };
  expect(problems()).toEqual(['a server is away']);
});

test('of what is not there nothing is told, of the rest how it is in the space that asks', async () => {
  const bare = status('');
  expect(bare.judge).toBeUndefined();
  expect(await bare.learning?.(here)).toEqual({ training: { run: `run of ${here}` }, schedule: waiting });

  const all = status('', {
    judge,
    embeddings,
    proxy: () => ({ problems: () => [], report: () => proxied }),
  });
  expect(await all.judge?.()).toBe(judged);
  expect(await all.learning?.(here)).toMatchObject({ embeddings: embedded, proxy: proxied });
});
