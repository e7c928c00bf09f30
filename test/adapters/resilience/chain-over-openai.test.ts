import { afterEach, expect, test } from 'vitest';
import { createModelChain } from '../../../adapters/resilience/model-chain.ts';
import { createMetrics } from '../../../adapters/system/metrics.ts';
import type { ModelEvent } from '../../../core/domain/model.ts';
import { collect, expectWellFormed, plainRequest, textOf } from '../../contract/model.ts';
import { type Behaviour, refuse, say } from '../../fakes/openai/behaviours.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSubject, type Subject, type SubjectOptions } from '../openai/subject.ts';

const open: Subject[] = [];
afterEach(async () => {
  for (const subject of open.splice(0)) await subject.server.close();
});

interface Chained {
  readonly subjects: readonly Subject[];
  readonly waits: () => readonly unknown[];
  ask(): Promise<readonly ModelEvent[]>;
}

async function chained(...servers: readonly [readonly Behaviour[], SubjectOptions?][]): Promise<Chained> {
  const subjects: Subject[] = [];
  for (const [behaviours, options] of servers) subjects.push(await createSubject(behaviours, options));
  open.push(...subjects);
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const chain = createModelChain({
    models: subjects.map((subject) => subject.model),
    clock,
    logger,
    metrics: createMetrics(),
  });
  return {
    subjects,
    waits: () => logger.of('model_retry').map((entry) => entry.fields['delayMs']),
    async ask() {
      let done = false;
      const events = collect(chain.stream(plainRequest, new AbortController().signal)).finally(() => {
        done = true;
      });
      while (!done) await clock.advance(100);
      expectWellFormed(await events);
      return events;
    },
  };
}

test('a busy server is asked again after the wait it wants', async () => {
  const { ask, subjects, waits } = await chained([
    [refuse(429, undefined, { 'retry-after': '7' }), say('ok')],
  ]);
  expect(textOf(await ask())).toBe('ok');
  expect(waits()).toEqual([7_000]);
  subjects[0]?.server.assertComplete();
});

test.each<[string, Behaviour]>([
  ['empty', say('')],
  ['garbled', { kind: 'stream', acts: [{ do: 'raw', bytes: 'data: }{\n\n' }] }],
  ['cut', { ...say(), finishReason: null, end: 'cut' }],
  ['a failure of the server', refuse(503)],
])('an answer that is %s before its first word is asked for again', async (_, behaviour) => {
  const { ask, subjects } = await chained([[behaviour, say('second time')]], [[]]);
  expect(textOf(await ask())).toBe('second time');
  for (const subject of subjects) subject.server.assertComplete();
});

test('a server with the wrong key, one that is gone and one without the model leave it to the fourth', async () => {
  const { ask, subjects } = await chained(
    [[], { apiKey: 'right', sendKey: 'wrong' }],
    [[]],
    [[], { name: 'unknown-model' }],
    [[say('from the fourth')]],
  );
  await subjects[1]?.server.close();
  open.splice(1, 1);
  expect(textOf(await ask())).toBe('from the fourth');
});
