import { describe, expect, test } from 'vitest';
import { type ListedUpstream, upstreamModels } from '../../../adapters/proxy/upstream-models.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { Dialect } from '../../../core/domain/dialect.ts';
import { createPlayedUpstream } from '../../fakes/proxy/played-upstream.ts';
import { type CallParts, callOf } from './endpoints/json-call.ts';

const own = { keyMode: 'own' } as const;
const version = { 'anthropic-version': '2023-06-01' };

function listed(changes: Partial<ListedUpstream> & Pick<ListedUpstream, 'name'>): ListedUpstream {
  return {
    dialects: ['openai-chat'],
    origin: `https://${changes.name}.example`,
    isLoopback: false,
    hasOwnKey: false,
    isKeyless: false,
    upstream: createPlayedUpstream(),
    serves: (_, id) => id.startsWith('a'),
    ...changes,
  };
}

async function listing(
  dialect: Dialect,
  parts: CallParts = own,
  changes: Partial<ListedUpstream> = { hasOwnKey: true },
) {
  const upstream = createPlayedUpstream();
  const [source] = upstreamModels([listed({ name: 'one', dialects: [dialect], upstream, ...changes })]);
  const list = source?.askFor(callOf(parts))?.list();
  if (list === undefined) throw new Error('it is not asked');
  return { list, server: await upstream.nth(1) };
}

describe('the models of an upstream', () => {
  test('are those that it serves', async () => {
    const headers = {
      authorization: 'Bearer sk-mine',
      'x-api-key': 'mc_ours',
      'openai-project': 'p',
    };
    const { list, server } = await listing('openai-chat', { headers }, {});
    expect(server.request).toMatchObject({
      method: 'GET',
      path: '/models',
      headers: {},
      callerKey: { authorization: 'Bearer sk-mine', 'openai-project': 'p' },
      key: 'caller',
    });
    server.head();
    server.data('{"data":[{"id":"a1","x":1},{"id":"b1"},');
    server.data('{"id":7},null,{"id":"a2"}]}');
    server.end();
    expect(await list).toEqual([{ id: 'a1', x: 1 }, { id: 'a2' }]);
  });

  test('of Anthropic’s are asked for in its version, all at once', async () => {
    const { server } = await listing('anthropic', { ...own, headers: version });
    expect([server.request.path, server.request.headers]).toEqual(['/models?limit=1000', version]);
  });

  test.each([
    ['{"data":{}}', 'bad_reply'],
    ['<html>sk-secret', 'bad_reply'],
    ['null', 'bad_reply'],
  ])('are none in %s', async (body, code) => {
    const { list, server } = await listing('openai-chat');
    server.head();
    server.data(body);
    server.end();
    await expect(list).rejects.toMatchObject({ code, message: expect.not.stringContaining('secret') });
  });

  test('are not told where the server refuses, breaks or goes on for ever', async () => {
    const refused = await listing('openai-chat');
    refused.server.head(401);
    refused.server.data('{"data":[]}');
    refused.server.end();
    await expect(refused.list).rejects.toMatchObject({ code: 'peer_failed', details: { status: 401 } });

    const broken = await listing('openai-chat');
    broken.server.fail(new AppError('network', 'It broke.'));
    await expect(broken.list).rejects.toMatchObject({ code: 'network' });

    const endless = await listing('openai-chat');
    endless.server.head();
    for (let sent = 0; sent < 9; sent += 1) {
      if (!endless.server.isAborted()) endless.server.data(Buffer.alloc(1024 * 1024));
    }
    expect(endless.server.isAborted()).toBe(true);
    await expect(endless.list).rejects.toMatchObject({ code: 'aborted' });
  });
});

/** `name key` of those that are asked, with the headers that are shown. */
function asked(upstreams: readonly ListedUpstream[], parts: CallParts): readonly string[] {
  return upstreamModels(upstreams).flatMap(({ name, askFor }) => {
    const ask = askFor(callOf(parts));
    if (ask === undefined) return [];
    const [, key, shown] = JSON.parse(ask.account);
    return [[name, key, ...Object.keys(shown)].join(' ')];
  });
}

describe('a caller’s client', () => {
  const ways: readonly (readonly [string, Partial<ListedUpstream>])[] = [
    ['own', { hasOwnKey: true }],
    ['own', { isKeyless: true }],
    ['caller', { isLoopback: true }],
  ];
  const spoken: readonly (readonly [string, readonly Dialect[]])[] = [
    ['chat', ['openai-chat']],
    ['responses', ['openai-responses']],
    ['messages', ['anthropic']],
    ['both', ['anthropic', 'openai-responses']],
    ['none', []],
  ];

  test.each(ways)('is told of the servers that it can speak to: %s %j', (key, changes) => {
    const all = spoken.map(([name, dialects]) => listed({ name, dialects, ...changes }));
    expect(asked(all, {})).toEqual(['chat', 'responses', 'both'].map((name) => `${name} ${key}`));
    expect(asked(all, { headers: version })).toEqual(['messages', 'both'].map((name) => `${name} ${key}`));
  });

  test('has a server of several dialects asked in its own', async () => {
    const dialects: readonly Dialect[] = ['anthropic', 'openai-chat'];
    const asOpenAi = await listing('anthropic', own, { hasOwnKey: true, dialects });
    expect(asOpenAi.server.request).toMatchObject({ dialect: 'openai-chat', path: '/models', headers: {} });
    const asAnthropic = await listing(
      'openai-chat',
      { ...own, headers: version },
      { hasOwnKey: true, dialects },
    );
    expect(asAnthropic.server.request).toMatchObject({ dialect: 'anthropic', headers: version });
  });
});

describe('a caller’s key', () => {
  const openai = listed({ name: 'openai', dialects: ['openai-chat', 'openai-responses'] });
  const anthropic = listed({ name: 'anthropic', dialects: ['anthropic'] });
  const all: readonly ListedUpstream[] = [
    listed({ name: 'local', isLoopback: true }),
    listed({ name: 'found', isLoopback: true, isKeyless: true }),
    listed({ name: 'paid', hasOwnKey: true }),
    anthropic,
    openai,
    { ...openai, name: 'same' },
    listed({ name: 'other' }),
    listed({ name: 'claude-too', dialects: ['anthropic'] }),
  ];
  const remote = all.slice(1);
  const sk = { authorization: 'Bearer sk-mine' };
  const ant = { 'x-api-key': 'sk-ant-mine' };

  test.each<readonly [string, CallParts, readonly string[]]>([
    ['none', {}, ['found own', 'paid own']],
    [
      'OpenAI’s',
      { headers: sk },
      ['found own', 'paid own', 'openai caller authorization', 'same caller authorization'],
    ],
    ['Anthropic’s', { headers: { ...ant, ...version } }, ['anthropic caller x-api-key']],
    ['Anthropic’s, in a list of OpenAI’s', { headers: ant }, ['found own', 'paid own']],
    ['a login of Anthropic’s', { headers: { ...sk, ...version } }, ['anthropic caller authorization']],
    ['not to be shown', { headers: sk, ...own }, ['found own', 'paid own']],
    [
      'to be shown in place of ours',
      { headers: sk, keyMode: 'caller' },
      ['found own', 'paid caller authorization'],
    ],
    ['to be shown, and absent', { keyMode: 'caller' }, ['found own']],
  ])('%s: goes to one address that it is for, and who has no key is not asked', (_, parts, names) => {
    expect(asked(remote, parts)).toEqual(names);
  });

  test('is not needed on this machine, where the first server that takes it gets it', () => {
    expect(asked(all, {})).toEqual(['local caller', 'found own', 'paid own']);
    expect(asked(all, { headers: sk })).toEqual(['local caller authorization', 'found own', 'paid own']);
  });
});
