import { afterEach, describe, expect, test } from 'vitest';
import type { UpstreamRequest } from '../../../core/ports/upstream.ts';
import {
  answer,
  createFakeUpstream,
  type FakeUpstream,
  type Script,
} from '../../fakes/upstream/fake-upstream.ts';
import { at, createSubject, type NamedUpstream, type Subject, turn } from './subject.ts';

const open: FakeUpstream[] = [];
const ports: Subject[] = [];
afterEach(async () => {
  for (const subject of ports.splice(0)) await subject.port.close();
  for (const server of open.splice(0)) await server.close();
});

const ownKey = 'sk-operator-1';
const stars = '*'.repeat(ownKey.length);

async function serving(...scripts: readonly Script[]): Promise<FakeUpstream> {
  const server = await createFakeUpstream(...scripts);
  open.push(server);
  return server;
}

async function asking(
  scripts: readonly Script[],
  changes: Partial<NamedUpstream> = { ownKey },
  options: Parameters<typeof createSubject>[1] = { maxRetries: 0 },
): Promise<{ readonly server: FakeUpstream; readonly subject: Subject }> {
  const server = await serving(...scripts);
  const subject = createSubject([{ ...at(server), ...changes }], options);
  ports.push(subject);
  return { server, subject };
}

/** Writes each piece once the one before it has come. */
const inPieces = (status: number, pieces: readonly string[]): Script => [
  { do: 'head', status },
  ...pieces.flatMap((bytes): Script => [{ do: 'hold' }, { do: 'write', bytes }]),
  { do: 'hold' },
  { do: 'end' },
];

describe('an error that quotes the operator’s key', () => {
  test.each([400, 401, 429, 500])(
    'is told without it, in body and headers, as long as it was: %i',
    async (status) => {
      const body = `{"error":"${ownKey} is no key, ${ownKey}"}`;
      const headers = {
        'content-length': String(body.length),
        'www-authenticate': [`Bearer ${ownKey}`, 'Basic'],
        'x-other': 'sk-operator-2',
      };
      const { subject } = await asking([answer(status, body, headers)]);
      const told = subject.ask();
      await told.done;
      expect(told.text()).toBe(`{"error":"${stars} is no key, ${stars}"}`);
      expect(told.heads).toMatchObject([{ status }]);
      expect(told.heads[0]?.headers).toEqual(
        expect.arrayContaining([
          ['content-length', String(body.length)],
          ['www-authenticate', `Bearer ${stars}`],
          ['www-authenticate', 'Basic'],
          ['x-other', 'sk-operator-2'],
        ]),
      );
      expect([told.ends(), told.failures]).toEqual([1, []]);
    },
  );

  test('is so also where the key comes in pieces', async () => {
    const pieces = ['a sk-op', 'erat', 'or-1', ' b sk-operator-', '2 sk-operator'];
    const { server, subject } = await asking([inPieces(400, pieces)]);
    const told = subject.ask();
    for (let piece = 0; piece <= pieces.length; piece += 1) {
      await server.held();
      server.release();
      await turn();
    }
    await told.done;
    expect(told.text()).toBe(`a ${stars} b sk-operator-2 sk-operator`);
    expect(told.ends()).toBe(1);
  });

  test('is so after further attempts', async () => {
    const refusals = ['first', 'second', 'third'].map((name) => answer(503, `${name} ${ownKey}`));
    const { subject } = await asking(refusals, { ownKey }, { maxRetries: 2 });
    const told = subject.ask();
    await subject.passWaits(2);
    await told.done;
    expect(told.text()).toBe(`third ${stars}`);
  });

  test('is so where it is held for the next server, which is not there', async () => {
    const server = await serving(answer(503, `busy ${ownKey}`, { 'x-why': ownKey, 'retry-after': '60' }));
    const subject = createSubject([{ ...at(server), ownKey }, { name: 'second' }], { maxRetries: 0 });
    ports.push(subject);
    const told = subject.ask();
    await told.done;
    expect(told.text()).toBe(`busy ${stars}`);
    expect(told.heads[0]?.headers).toContainEqual(['x-why', stars]);
  });

  test('and breaks off within it shows none of it', async () => {
    const script: Script = [
      { do: 'head', status: 400 },
      { do: 'write', bytes: `bad: ${ownKey.slice(0, -1)}` },
      { do: 'hold' },
      { do: 'cut' },
    ];
    const { server, subject } = await asking([script]);
    const told = subject.ask();
    await told.begun;
    server.release();
    await told.done;
    expect(told.text()).toBe('bad: ');
    expect(told.failures).toMatchObject([{ code: 'network' }]);
  });

  test('ends no sooner than the caller takes its last bytes', async () => {
    const { subject } = await asking([answer(400, 'bad: sk-op')]);
    const told = subject.ask({}, (so) => so.text() !== 'bad: sk-op');
    while (told.text() !== 'bad: sk-op') await turn();
    for (let round = 0; round < 5; round += 1) await turn();
    expect(told.ends()).toBe(0);
    told.flow.resume();
    await told.done;
    told.flow.resume();
    expect([told.ends(), told.failures]).toEqual([1, []]);
  });
});

describe('an answer is as it came', () => {
  test.each([200, 201, 399])('where it is no error: %i', async (status) => {
    const { server, subject } = await asking([inPieces(status, [`here: sk-op`, 'erator-1'])]);
    const told = subject.ask();
    await server.held();
    server.release();
    await told.begun;
    // Nothing of it is kept back.
    expect(told.text()).toBe('here: sk-op');
    for (let piece = 0; piece < 2; piece += 1) {
      await server.held();
      server.release();
    }
    await told.done;
    expect(told.text()).toBe(`here: ${ownKey}`);
  });

  const callerKey = { authorization: `Bearer ${ownKey}` };
  test.each<readonly [string, Partial<UpstreamRequest>, Partial<NamedUpstream>]>([
    ['the caller’s key was shown', { key: 'caller', callerKey }, { ownKey }],
    ['the caller’s key was, as there is none of the operator’s', { key: 'own_or_caller', callerKey }, {}],
    ['no key was shown', { key: 'caller' }, { ownKey }],
    ['the key is a word that is no secret', {}, { ownKey: 'sk-' }],
  ])('where %s', async (_, request, upstream) => {
    const { subject } = await asking([answer(401, `no ${ownKey}`, { 'x-why': ownKey })], upstream);
    const told = subject.ask(request);
    await told.done;
    expect(told.text()).toBe(`no ${ownKey}`);
    expect(told.heads[0]?.headers).toContainEqual(['x-why', ownKey]);
  });
});
