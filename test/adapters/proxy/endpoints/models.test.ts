import Anthropic, { NotFoundError as AnthropicNotFound } from '@anthropic-ai/sdk';
import OpenAI, { NotFoundError } from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import type { ListedModel, ModelSource } from '../../../../adapters/proxy/endpoints/model-list.ts';
import { modelsEndpoints } from '../../../../adapters/proxy/endpoints/models.ts';
import { personId } from '../../../../core/domain/ids.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { agent, type CallParts, callOf, refusalOf } from './json-call.ts';
import { type JsonServer, serveJson } from './json-server.ts';
import { validatorOf } from './openapi-validator.ts';

const gpt = { id: 'gpt-5-mini', object: 'model', created: 1_750_000_000, owned_by: 'openai' };
const claude = {
  type: 'model',
  id: 'claude-sonnet-4-5',
  display_name: 'Claude Sonnet 4.5',
  created_at: '2025-09-29T00:00:00Z',
  max_tokens: 64_000,
};
const own = ['metaclaw/current', 'metaclaw/base'];

function upstreams(lists: Readonly<Record<string, () => Promise<readonly ListedModel[]>>>) {
  const asked: string[] = [];
  const sources: ModelSource[] = Object.entries(lists).map(([name, list]) => ({
    name,
    askFor: ({ header, keyMode }) =>
      keyMode === 'caller' && header('authorization') === undefined
        ? undefined
        : {
            account: header('authorization') ?? '',
            list() {
              asked.push(name);
              return list();
            },
          },
  }));
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const endpoints = modelsEndpoints({ sources, clock, ids: createSequentialIds(), logger });
  const [list, one] = endpoints;
  return {
    asked,
    clock,
    logger,
    endpoints,
    list: async (parts: CallParts = {}) => (await list.run(callOf(parts))).body,
    one: async (rest: string, parts: CallParts = {}) => (await one.run(callOf({ ...parts, rest }))).body,
  };
}

const two = { openai: async () => [gpt], anthropic: async () => [claude] };
const asAnthropic = { headers: { 'anthropic-version': '2023-06-01' } };
const idsOf = (page: object): unknown =>
  'data' in page && Array.isArray(page.data) ? page.data.map((model: { id: string }) => model.id) : page;

describe('the list', () => {
  test('is as OpenAI tells it: ours first, then the upstreams’ in order, what came so as it came', async () => {
    const page = await upstreams(two).list();
    expect(idsOf(page)).toEqual([...own, 'gpt-5-mini', 'claude-sonnet-4-5']);
    expect(page).toMatchObject({ object: 'list' });
    expect(page).toHaveProperty('data.2', gpt);
    expect(page).toHaveProperty('data.3', {
      id: 'claude-sonnet-4-5',
      object: 'model',
      created: 1_759_104_000,
      owned_by: 'anthropic',
    });
    expect(validatorOf('ModelList')(page)).toBe(true);
  });

  test('is as Anthropic tells it where its version is named, without ours, which its clients cannot ask', async () => {
    const page = await upstreams(two).list(asAnthropic);
    expect(page).toMatchObject({
      has_more: false,
      first_id: 'gpt-5-mini',
      last_id: 'claude-sonnet-4-5',
    });
    expect(idsOf(page)).toEqual(['gpt-5-mini', 'claude-sonnet-4-5']);
    expect(page).toHaveProperty('data.1', claude);
    expect(page).toHaveProperty('data.0.display_name', 'gpt-5-mini');
    expect(page).toHaveProperty('data.0.created_at', '2025-06-15T15:06:40.000Z');
    expect(validatorOf('AnthropicModelList')(page)).toBe(true);
  });

  test('names a model once, by the first upstream that has it, and none of an upstream’s as ours', async () => {
    const other = { id: 'gpt-5-mini', object: 'model', created: 1, owned_by: 'other' };
    const { list } = upstreams({
      openai: async () => [gpt],
      other: async () => [other, { id: 'metaclaw/current' }, { id: 'metaclaw/more' }],
    });
    const page = await list();
    expect(idsOf(page)).toEqual([...own, 'gpt-5-mini']);
    expect(page).toHaveProperty('data.2.owned_by', 'openai');
  });

  test.each([
    { id: 'odd' },
    { id: 'odd', created: 'yesterday', created_at: 'never', owned_by: 7, display_name: '' },
    { id: 'odd', created: 1e15 },
    { id: 'odd', created: 1e12 },
    { id: 'odd', created: -1e11 },
  ])('tells in either shape what little is known: %j', async (odd) => {
    const { list } = upstreams({ odd: async () => [odd] });
    expect(validatorOf('ModelList')(await list())).toBe(true);
    expect(validatorOf('AnthropicModelList')(await list(asAnthropic))).toBe(true);
  });
});

describe('asking the upstreams', () => {
  test('is done once a minute', async () => {
    const { list, asked, clock } = upstreams(two);
    await list();
    await clock.advance(59_999);
    await list(asAnthropic);
    expect(asked).toHaveLength(2);
    await clock.advance(1);
    await list();
    expect(asked).toHaveLength(4);
  });

  test('is done once for requests at the same time', async () => {
    const { list, asked } = upstreams(two);
    await Promise.all([list(), list()]);
    expect(asked).toHaveLength(2);
  });

  test('is done again for another account, which may see others, not for another person', async () => {
    const { list, asked } = upstreams({ openai: async () => [gpt] });
    await list();
    await list({ caller: { ...agent, personId: personId('api', 'key_2') } });
    expect(asked).toHaveLength(1);
    await list({ headers: { authorization: 'Bearer sk-other' } });
    expect(asked).toHaveLength(2);
  });

  test('is not done where there is no key to ask with, and nothing is said to be missing', async () => {
    const { list, one, asked, logger } = upstreams(two);
    expect(idsOf(await list({ keyMode: 'caller' }))).toEqual(own);
    expect(await refusalOf(one('gpt-5-mini', { keyMode: 'caller' }))).toBe('not_found model');
    expect([asked, logger.entries]).toEqual([[], []]);
  });

  test('of a thousand accounts at once is remembered, not of more', async () => {
    const { list, asked } = upstreams({ openai: async () => [gpt] });
    const byAccount = (number: number) => list({ headers: { authorization: `Bearer sk-${number}` } });
    for (let number = 0; number <= 1_000; number += 1) await byAccount(number);
    await byAccount(1_000);
    await byAccount(1);
    expect(asked).toHaveLength(1_001);
    await byAccount(0);
    expect(asked).toHaveLength(1_002);
  });

  test('of one that fails is left out, said in the log, and tried again after ten seconds', async () => {
    let isAway = true;
    const { list, asked, clock, logger } = upstreams({
      openai: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve([gpt])),
      anthropic: async () => [claude],
    });
    expect(idsOf(await list())).toEqual([...own, 'claude-sonnet-4-5']);
    expect(logger.of('models_not_listed')).toMatchObject([{ level: 'warn', fields: { upstream: 'openai' } }]);
    isAway = false;
    await clock.advance(9_999);
    await list();
    expect(asked).toHaveLength(2);
    await clock.advance(1);
    expect(idsOf(await list())).toEqual([...own, 'gpt-5-mini', 'claude-sonnet-4-5']);
  });
});

describe('one model', () => {
  test('is told in the caller’s shape', async () => {
    const { one } = upstreams(two);
    expect(await one('gpt-5-mini')).toEqual(gpt);
    expect(await one('claude-sonnet-4-5', asAnthropic)).toEqual(claude);
  });

  test('of ours is told, where its client can ask for it, without asking anybody', async () => {
    const { one, asked } = upstreams(two);
    expect(await one('metaclaw/base')).toMatchObject({ id: 'metaclaw/base', owned_by: 'metaclaw' });
    expect(await refusalOf(one('metaclaw/base', asAnthropic))).toBe('not_found model');
    expect(await refusalOf(one('metaclaw/other'))).toBe('not_found model');
    expect(asked).toEqual([]);
  });

  test('that is not there is not found; one that may be is not said to be missing', async () => {
    expect(await refusalOf(upstreams(two).one('gpt-1'))).toBe('not_found model');
    const away = upstreams({ openai: () => Promise.reject(new Error('away')) });
    expect(await refusalOf(away.one('gpt-1'))).toBe('peer_failed -');
  });
});

describe('official clients', () => {
  let server: JsonServer | undefined;
  afterEach(async () => server?.close());

  test('openai lists, retrieves and is told of one that is missing', async () => {
    server = await serveJson(upstreams(two).endpoints);
    const client = new OpenAI({ apiKey: 'mc_x', baseURL: `${server.address}/v1`, maxRetries: 0 });
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual([...own, 'gpt-5-mini', 'claude-sonnet-4-5']);
    expect(await client.models.retrieve('metaclaw/current')).toMatchObject({ owned_by: 'metaclaw' });
    const missing = client.models.retrieve('gpt-1');
    await expect(missing).rejects.toBeInstanceOf(NotFoundError);
    await expect(missing).rejects.toMatchObject({ param: 'model', code: 'model_not_found' });
  });

  test('@anthropic-ai/sdk lists, retrieves and is told of one that is missing', async () => {
    server = await serveJson(upstreams(two).endpoints);
    const client = new Anthropic({ apiKey: 'mc_x', baseURL: server.address, maxRetries: 0 });
    const names: string[] = [];
    for await (const model of client.models.list()) names.push(`${model.type} ${model.display_name}`);
    expect(names).toHaveLength(2);
    expect(names.at(-1)).toBe('model Claude Sonnet 4.5');
    expect(await client.models.retrieve('claude-sonnet-4-5')).toMatchObject(claude);
    await expect(client.models.retrieve('metaclaw/base')).rejects.toBeInstanceOf(AnthropicNotFound);
  });
});
