import { afterEach, describe, expect, test } from 'vitest';
import { createOpenAiTuning } from '../../../adapters/openai-tuning/openai-tuning.ts';
import type { OpenAiTuningOptions } from '../../../adapters/openai-tuning/options.ts';
import type { TuningPort } from '../../../core/ports/tuning.ts';
import type { FakeTuningOptions, TuningFault, TuningRoute } from '../../fakes/openai/fake-tuning-server.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { chatLines, createTuningSubject, failureOf, type TuningSubject, tuningSpec } from './subject.ts';

const open: TuningSubject[] = [];
afterEach(async () => {
  for (const { server, clock } of open.splice(0)) {
    await server.close();
    expect(clock.waiting()).toBe(0);
  }
});

async function subjectWith(
  serverOptions?: FakeTuningOptions,
  options?: Partial<OpenAiTuningOptions>,
): Promise<TuningSubject> {
  const subject = await createTuningSubject(serverOptions, options);
  open.push(subject);
  return subject;
}

const never = new AbortController().signal;

/** Each call of the port as it is made where everything is right. */
const calls: Readonly<Record<TuningRoute, (tuning: TuningPort) => Promise<unknown>>> = {
  upload: (tuning) => tuning.upload('b.jsonl', chatLines(10), never),
  files: (tuning) => tuning.findFile('a.jsonl', never),
  delete: (tuning) => tuning.deleteFile('file-1', never),
  create: (tuning) => tuning.createJob(tuningSpec('file-1', { runId: 'run-2' }), never),
  job: (tuning) => tuning.job('ftjob-1', never),
  jobs: (tuning) => tuning.findJob('run-1', never),
  cancel: (tuning) => tuning.cancel('ftjob-1', never),
};
const routes: readonly TuningRoute[] = ['upload', 'files', 'delete', 'create', 'job', 'jobs', 'cancel'];
/** What may be made again whatever became of the first. */
const repeatable: readonly TuningRoute[] = ['files', 'delete', 'job', 'jobs', 'cancel'];

/** A server on which `a.jsonl` and a job for `run-1` stand. */
async function furnished(
  serverOptions?: FakeTuningOptions,
  options?: Partial<OpenAiTuningOptions>,
): Promise<TuningSubject> {
  const subject = await subjectWith(serverOptions, options);
  const fileId = await subject.tuning.upload('a.jsonl', chatLines(10), never);
  await subject.tuning.createJob(tuningSpec(fileId), never);
  return subject;
}

const asked = ({ server }: TuningSubject, route: TuningRoute): number =>
  server.requests.filter((one) => one === route).length;

describe('the life of a job', () => {
  test('from the upload to the model, on a strict server', async () => {
    const { server, tuning } = await subjectWith();
    expect(tuning.description).toBe(`gpt-tiny at ${server.host}`);
    const train = await tuning.upload('train.jsonl', chatLines(10), never);
    const check = await tuning.upload('check.jsonl', chatLines(12).split('\n').slice(10).join('\n'), never);
    expect(server.files()).toMatchObject([{ filename: 'train.jsonl', text: chatLines(10) }, { id: check }]);
    const made = await tuning.createJob(tuningSpec(train, { validationFileId: check }), never);
    expect(made).toEqual({ jobId: 'ftjob-1', state: 'queued' });
    expect(server.jobs()[0]?.request).toEqual({
      model: 'gpt-tiny',
      training_file: train,
      validation_file: check,
      suffix: 'metaclaw-1',
      metadata: { metaclaw_run: 'run-1' },
      method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 2 } } },
    });
    const states: string[] = [];
    for (let look = 0; look < 3; look += 1) {
      server.advance();
      states.push((await tuning.job(made.jobId, never)).state);
    }
    expect(states).toEqual(['queued', 'running', 'succeeded']);
    expect(await tuning.job(made.jobId, never)).toEqual({
      jobId: 'ftjob-1',
      state: 'succeeded',
      model: 'ft:gpt-tiny:org::metaclaw-11',
      trainedTokens: expect.any(Number),
    });
    expect(server.refused).toEqual([]);
  });

  test('preferences are trained with their beta, also on a tuned model', async () => {
    const { server, tuning } = await furnished();
    for (let step = 0; step < 3; step += 1) server.advance();
    const { model = '' } = await tuning.job('ftjob-1', never);
    const row = {
      input: { messages: [{ role: 'user', content: 'Hi' }] },
      preferred_output: [{ role: 'assistant', content: 'Hello' }],
      non_preferred_output: [{ role: 'assistant', content: 'What?' }],
    };
    const fileId = await tuning.upload('p.jsonl', `${JSON.stringify(row)}\n`.repeat(10), never);
    const spec = tuningSpec(fileId, { method: 'dpo', beta: 0.1, baseModel: model });
    const { jobId } = await tuning.createJob(spec, never);
    expect(server.jobs()[1]?.request.method).toEqual({
      type: 'dpo',
      dpo: { hyperparameters: { n_epochs: 2, beta: 0.1 } },
    });
    for (let step = 0; step < 3; step += 1) server.advance();
    expect((await tuning.job(jobId, never)).state).toBe('succeeded');
  });

  test('a failure has the provider’s words, on one line and without keys', async () => {
    const { server, tuning } = await furnished();
    server.fail('Bad data\n in line 3, see sk-live-1234567890.');
    expect(await tuning.job('ftjob-1', never)).toEqual({
      jobId: 'ftjob-1',
      state: 'failed',
      error: 'Bad data in line 3, see [secret]',
    });
  });

  test('a cancelled job can be cancelled again, as one that has succeeded; one under way that refuses is an error', async () => {
    const subject = await furnished();
    const { server, tuning } = subject;
    await tuning.cancel('ftjob-1', never);
    await tuning.cancel('ftjob-1', never);
    expect((await tuning.job('ftjob-1', never)).state).toBe('cancelled');
    await tuning.createJob(tuningSpec('file-1', { runId: 'run-2' }), never);
    server.fault({ route: 'cancel', kind: 'status', status: 400 });
    expect((await failureOf(tuning.cancel('ftjob-2', never))).code).toBe('invalid_input');
    expect((await failureOf(tuning.cancel('ftjob-9', never))).code).toBe('not_found');
  });

  test('a file that is gone can be deleted', async () => {
    const { server, tuning } = await furnished();
    await tuning.deleteFile('file-1', never);
    expect(server.files()).toEqual([]);
    await tuning.deleteFile('file-1', never);
  });

  test('a status nobody knows is one of a job under way', async () => {
    const { server, tuning } = await furnished();
    const body = { id: 'ftjob-1', status: 'paused', fine_tuned_model: null, error: null };
    server.fault({ route: 'job', kind: 'status', status: 200, body });
    expect(await tuning.job('ftjob-1', never)).toEqual({ jobId: 'ftjob-1', state: 'running' });
  });
});

describe('what was made before', () => {
  test.each([{ pageSize: 2 }, { pageSize: 2, ignoresMetadata: true }])(
    'is found, however far back: %o',
    async (options) => {
      const { tuning } = await subjectWith(options);
      for (let number = 1; number <= 5; number += 1) {
        const fileId = await tuning.upload(`${number}.jsonl`, chatLines(10), never);
        await tuning.createJob(tuningSpec(fileId, { runId: `run-${number}` }), never);
      }
      for (const number of [1, 3, 5]) {
        expect(await tuning.findFile(`${number}.jsonl`, never)).toBe(`file-${number}`);
        expect((await tuning.findJob(`run-${number}`, never))?.jobId).toBe(`ftjob-${number}`);
      }
      expect(await tuning.findFile('6.jsonl', never)).toBeUndefined();
      expect(await tuning.findJob('run-6', never)).toBeUndefined();
    },
  );

  test('twice is the first of them', async () => {
    const { tuning } = await furnished();
    await tuning.createJob(tuningSpec('file-1'), never);
    expect((await tuning.findJob('run-1', never))?.jobId).toBe('ftjob-1');
  });

  test('a list without an end is a bad reply', async () => {
    const endless = async (): Promise<Response> => Response.json({ data: [], has_more: true });
    const { tuning } = await subjectWith({}, { fetch: endless });
    expect(await tuning.findFile('a', never)).toBeUndefined();
    let count = 0;
    const longer = await subjectWith(
      {},
      {
        fetch: async () => {
          count += 1;
          return Response.json({ data: [{ id: `file-${count}` }], has_more: true });
        },
      },
    );
    expect((await failureOf(longer.tuning.findFile('a', never))).code).toBe('bad_reply');
  });
});

describe('what goes wrong', () => {
  const statuses: readonly (readonly [number, string, boolean])[] = [
    [400, 'invalid_input', false],
    [401, 'auth_failed', false],
    [402, 'refused_by_peer', false],
    [403, 'auth_failed', false],
    [405, 'unsupported', false],
    [408, 'timeout', true],
    [409, 'conflict', true],
    [422, 'invalid_input', false],
    [429, 'rate_limited', true],
    [500, 'peer_failed', true],
    [503, 'peer_failed', true],
  ];
  test.each(statuses)('status %i is %s', async (status, code, retryable) => {
    const { server, tuning } = await furnished({}, { attempts: 1 });
    const body = { error: { message: 'Because.', type: 't', param: null, code: null } };
    for (const route of routes.filter((one) => one !== 'cancel')) {
      server.fault({ route, kind: 'status', status, body });
      const error = await failureOf(calls[route](tuning));
      expect(error).toMatchObject({ code, retryable, details: { status } });
      expect(error.message).toContain('Because.');
    }
  });

  test('no credit left is not waited for', async () => {
    const { server, tuning, waits } = await furnished();
    const body = { error: { message: 'You exceeded your current quota.', code: 'insufficient_quota' } };
    server.fault({ route: 'create', kind: 'status', status: 429, body });
    const error = await failureOf(calls.create(tuning));
    expect(error).toMatchObject({ code: 'refused_by_peer', details: { reason: 'no_credit' } });
    expect(waits).toEqual([]);
  });

  test('a model that cannot be tuned is our mistake', async () => {
    const { tuning } = await furnished();
    const error = await failureOf(tuning.createJob(tuningSpec('file-1', { baseModel: 'gpt-huge' }), never));
    expect(error.code).toBe('invalid_input');
    expect(error.message).toContain('gpt-huge');
  });

  test.each(repeatable)('%s is made again, with growing waits, up to four times', async (route) => {
    const subject = await furnished();
    const before = asked(subject, route);
    const cut: TuningFault = { route, kind: 'cut', after: 'nothing' };
    subject.server.fault(cut, { route, kind: 'status', status: 503 }, { route, kind: 'status', status: 429 });
    await calls[route](subject.tuning);
    expect(asked(subject, route) - before).toBe(4);
    expect(subject.waits).toEqual([1_000, 2_000, 4_000]);
    subject.server.fault(cut, cut, cut, cut);
    expect((await failureOf(calls[route](subject.tuning))).code).toBe('network');
  });

  test.each(['cancel', 'delete'] as const)(
    '%s whose answer is lost has taken effect, and is no error',
    async (route) => {
      const { server, tuning } = await furnished();
      server.fault({ route, kind: 'cut', after: 'effect' });
      await calls[route](tuning);
    },
  );

  test.each(['upload', 'create'] as const)(
    '%s is never made again where it may have taken effect',
    async (route) => {
      const subject = await furnished();
      const made = (): number =>
        route === 'upload' ? subject.server.uploads().length : subject.server.jobs().length;
      const before = asked(subject, route);
      const [cut, page, status]: readonly TuningFault[] = [
        { route, kind: 'cut', after: 'effect' },
        { route, kind: 'page' },
        { route, kind: 'status', status: 502 },
      ];
      for (const [fault, code] of [
        [cut, 'network'],
        [page, 'bad_reply'],
        [status, 'peer_failed'],
      ] as const) {
        if (fault !== undefined) subject.server.fault(fault);
        expect((await failureOf(calls[route](subject.tuning))).code).toBe(code);
      }
      expect(asked(subject, route) - before).toBe(3);
      expect(made()).toBe(3);
      const refusal = { route, kind: 'status' } as const;
      subject.server.fault({ ...refusal, status: 429 }, { ...refusal, status: 409 });
      await calls[route](subject.tuning);
      expect(subject.waits).toEqual([1_000, 2_000]);
      expect(made()).toBe(4);
    },
  );

  test('a server that asks for a little time gets it; one that asks for long is left to the caller', async () => {
    const { server, tuning, waits } = await furnished();
    const busy = { route: 'create', kind: 'status', status: 429 } as const;
    server.fault(
      { ...busy, headers: { 'retry-after': '7' } },
      { ...busy, headers: { 'retry-after-ms': '250' } },
    );
    await calls.create(tuning);
    expect(waits).toEqual([7_000, 250]);
    server.fault({ ...busy, headers: { 'retry-after': '600' } });
    expect(await failureOf(calls.create(tuning))).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 600_000,
    });
    server.fault({ ...busy, headers: { 'retry-after': '-1' } });
    await calls.create(tuning);
    expect(waits).toEqual([7_000, 250, 1_000]);
  });

  test('a silent server is given up after the time-out, an upload later than the rest', async () => {
    const { server, tuning, clock } = await furnished(
      {},
      { timeoutMs: 100, uploadTimeoutMs: 400, attempts: 1 },
    );
    server.fault({ route: 'upload', kind: 'hang' }, { route: 'job', kind: 'hang' });
    const upload = failureOf(calls.upload(tuning));
    const job = failureOf(calls.job(tuning));
    await server.hanging();
    await clock.advance(100);
    expect(await job).toMatchObject({ code: 'timeout', retryable: true });
    expect(clock.waiting()).toBe(1);
    await clock.advance(300);
    expect(await upload).toMatchObject({ code: 'timeout', details: { timeoutMs: 400 } });
  });

  test('an abort ends a request at once, and makes none', async () => {
    const subject = await furnished();
    subject.server.fault({ route: 'job', kind: 'hang' });
    const stop = new AbortController();
    const job = failureOf(subject.tuning.job('ftjob-1', stop.signal));
    await subject.server.hanging();
    stop.abort();
    expect((await job).code).toBe('aborted');
    const before = subject.server.requests.length;
    expect((await failureOf(subject.tuning.job('ftjob-1', stop.signal))).code).toBe('aborted');
    expect(subject.server.requests).toHaveLength(before);
  });

  test('a page for people or another JSON is a bad reply', async () => {
    const { server, tuning } = await furnished();
    for (const route of ['files', 'job', 'jobs'] as const) {
      server.fault({ route, kind: 'page' });
      expect((await failureOf(calls[route](tuning))).code).toBe('bad_reply');
      server.fault({ route, kind: 'status', status: 200, body: { ok: true } });
      expect((await failureOf(calls[route](tuning))).code).toBe('bad_reply');
    }
  });

  test('neither the key nor people’s words stand in an error', async () => {
    const { server, tuning } = await furnished();
    const message = 'Line 1 "What is 0?"},{"role":"assistant" is wrong, sk-tuning.';
    server.fault({ route: 'upload', kind: 'status', status: 400, body: { error: { message } } });
    const upload = await failureOf(calls.upload(tuning));
    expect(upload.message).toContain('(a complaint that repeats the data)');
    server.fault({ route: 'job', kind: 'status', status: 400, body: { error: { message } } });
    const job = await failureOf(calls.job(tuning));
    expect(job.message).not.toContain('sk-tuning');
    const torn = await subjectWith(
      {},
      { fetch: () => Promise.reject(new TypeError('to http://me:pw@x with sk-tuning')) },
    );
    const error = await failureOf(calls.create(torn.tuning));
    expect(error.code).toBe('network');
    expect(String(error.cause)).not.toMatch(/sk-tuning|me:pw/);
  });

  test('a wrong key names where it is set', async () => {
    const { tuning } = await subjectWith({}, { apiKey: 'sk-wrong-key-1234' });
    const error = await failureOf(calls.upload(tuning));
    expect(error.code).toBe('auth_failed');
    expect(error.message).toContain('OPENAI_API_KEY');
    expect(error.message).not.toContain('sk-wrong');
  });

  test('an address that is none is refused at once', () => {
    const make = (baseUrl: string): TuningPort =>
      createOpenAiTuning({
        model: 'm',
        apiKey: 'k',
        baseUrl,
        fetch: globalThis.fetch,
        clock: createFakeClock(),
        logger: createMemoryLogger(),
      });
    for (const address of ['', 'nowhere', 'ftp://x', 'http://me:pw@x/v1']) {
      expect(() => make(address)).toThrow('OPENAI_BASE_URL');
    }
  });
});

test('nothing but the fetch it is given is asked, and only the server', async () => {
  const urls: string[] = [];
  const { tuning, server } = await furnished(
    {},
    {
      fetch: (input, init) => {
        urls.push(String(input instanceof Request ? input.url : input));
        return globalThis.fetch(input, init);
      },
    },
  );
  await tuning.findFile('a.jsonl', never);
  expect(urls).toHaveLength(3);
  expect(urls.every((url) => url.startsWith(server.baseUrl))).toBe(true);
});
