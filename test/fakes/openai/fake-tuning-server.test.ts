import { afterEach, describe, expect, test } from 'vitest';
import { type FakeTuningServer, startFakeTuning } from './fake-tuning-server.ts';

const open: FakeTuningServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function started(): Promise<FakeTuningServer> {
  const server = await startFakeTuning();
  open.push(server);
  return server;
}

function ask(server: FakeTuningServer, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${server.apiKey}`);
  return fetch(`${server.baseUrl}${path}`, { ...init, headers });
}

function upload(
  server: FakeTuningServer,
  text: string,
  { name = 'a.jsonl', purpose = 'fine-tune' } = {},
): Promise<Response> {
  const form = new FormData();
  form.set('purpose', purpose);
  form.set('file', new File([text], name));
  return ask(server, '/files', { method: 'POST', body: form });
}

function create(server: FakeTuningServer, job: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return ask(server, '/fine_tuning/jobs', { method: 'POST', headers, body: JSON.stringify(job) });
}

const row = (number: number, answer: object = {}): object => ({
  messages: [
    { role: 'user', content: `What is ${number}?` },
    { role: 'assistant', content: 'A number.', ...answer },
  ],
});
const lines = (rows: readonly unknown[]): string => rows.map((one) => `${JSON.stringify(one)}\n`).join('');
const tenRows = Array.from({ length: 10 }, (_, at) => row(at));
const pair = {
  input: { messages: [{ role: 'user', content: 'Hi' }] },
  preferred_output: [{ role: 'assistant', content: 'Hello' }],
  non_preferred_output: [{ role: 'assistant', content: 'What?' }],
};
const dpo = { type: 'dpo', dpo: { hyperparameters: { beta: 0.1 } } };

/** The state of a job on these rows once its files were validated. */
async function verdict(
  rows: readonly unknown[],
  job: object = {},
  check?: readonly unknown[],
): Promise<string> {
  const server = await started();
  await upload(server, lines(rows));
  if (check !== undefined) await upload(server, lines(check));
  const files = { training_file: 'file-1', ...(check !== undefined && { validation_file: 'file-2' }) };
  expect((await create(server, { model: 'gpt-tiny', ...files, ...job })).status).toBe(200);
  server.advance();
  const [made] = server.jobs();
  return made?.error?.message ?? made?.status ?? '';
}

describe('refuses', () => {
  test('uploads for another purpose, of another kind, or that are no lines of JSON', async () => {
    const server = await started();
    const answers = [
      await upload(server, lines(tenRows), { purpose: 'assistants' }),
      await upload(server, lines(tenRows), { name: 'a.txt' }),
      await upload(server, '{"messages": []}\nnot json\n'),
      await upload(server, `${lines(tenRows)}\n\n`),
      await upload(server, ''),
      await ask(server, '/files', { method: 'POST', body: lines(tenRows) }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400]);
    expect(server.files()).toEqual([]);
    expect(server.refused).toHaveLength(6);
  });

  test('jobs with fields it does not know, on files it does not have, of models it cannot tune', async () => {
    const server = await started();
    await upload(server, lines(tenRows));
    const job = { model: 'gpt-tiny', training_file: 'file-1' };
    const statuses: number[] = [];
    for (const wrong of [
      { epochs: 3 },
      { training_file: 'file-9' },
      { suffix: 'x'.repeat(65) },
      { metadata: { key: 1 } },
      { method: { type: 'supervised', supervised: { hyperparameters: { beta: 1 } } } },
      { method: { type: 'dpo', dpo: { hyperparameters: { beta: 3 } } } },
      { model: 'gpt-huge' },
    ]) {
      statuses.push((await create(server, { ...job, ...wrong })).status);
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 404]);
    expect(server.jobs()).toEqual([]);
  });

  test('a wrong key, and paths that are not there', async () => {
    const server = await started();
    expect((await fetch(`${server.baseUrl}/files`)).status).toBe(401);
    expect((await ask(server, '/fine-tunes')).status).toBe(404);
    expect((await ask(server, '/fine_tuning/jobs?limit=101')).status).toBe(400);
    expect((await ask(server, '/files?name=a')).status).toBe(400);
  });
});

describe('the validation of files', () => {
  test('lets right ones pass', async () => {
    expect(await verdict(tenRows)).toBe('queued');
    expect(await verdict([row(0, { weight: 1 }), ...tenRows.slice(1)], {}, [row(11)])).toBe('queued');
    expect(await verdict(Array(10).fill(pair), { method: dpo })).toBe('queued');
  });

  test.each([
    ['nine examples', tenRows.slice(1), {}],
    ['another weight', [...tenRows, row(10, { weight: 0.5 })], {}],
    ['nothing to learn', [...tenRows, row(10, { weight: 0 })], {}],
    ['a blank answer', [...tenRows, row(10, { content: '' })], {}],
    ['no answer at the end', [...tenRows, { messages: [{ role: 'user', content: 'x' }] }], {}],
    ['pairs for learning by heart', Array(10).fill(pair), {}],
    ['talks for preferences', tenRows, { method: dpo }],
    ['a pair without its other side', Array(10).fill({ ...pair, non_preferred_output: [] }), { method: dpo }],
    ['the same data in both files', tenRows, {}, [row(3)]],
  ])('fails with %s', async (_, rows: readonly unknown[], job, check?: readonly unknown[]) => {
    expect(await verdict(rows, job, check)).toContain('invalid training file');
  });
});
