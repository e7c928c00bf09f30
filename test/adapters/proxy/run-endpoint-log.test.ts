import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { ApiRequest } from '../../../adapters/proxy/api-request.ts';
import { openAiError } from '../../../adapters/proxy/dialects/openai-error.ts';
import { runEndpoint } from '../../../adapters/proxy/run-endpoint.ts';
import { AppError, type ErrorCode } from '../../../core/domain/app-error.ts';
import { createMemoryDesk } from '../../fakes/proxy/memory-desk.ts';
import { createMemoryLogger, type LoggedEntry } from '../../fakes/system/memory-logger.ts';
import { agent } from './endpoints/json-call.ts';
import { hello, openProxy } from './proxy-rig.ts';

/** What is logged, and answered, where an endpoint rejects. */
async function failing(
  thrown: unknown,
): Promise<{ readonly status: number; readonly logged: readonly LoggedEntry[] }> {
  const logger = createMemoryLogger();
  const incoming = new IncomingMessage(new Socket());
  const outgoing = new ServerResponse(incoming);
  const request: ApiRequest = {
    incoming,
    outgoing,
    path: '/v1/feedback',
    query: '',
    admitted: {
      kind: 'admitted',
      caller: agent,
      isAdmin: false,
      upstreamKey: 'own',
      reserve: () => undefined,
      release() {},
    },
    callerKey: {},
    keyMode: 'own',
    error: openAiError,
  };
  const endpoint = {
    method: 'POST',
    path: '/v1/feedback',
    needsAdmin: false,
    run: () => Promise.reject(thrown),
  } as const;
  await runEndpoint(request, { endpoint, rest: '' }, Buffer.from('{}'), logger);
  return { status: outgoing.statusCode, logged: logger.entries };
}

test.each<readonly [ErrorCode, status: number, level: LoggedEntry['level']]>([
  ['storage_busy', 503, 'error'],
  ['storage_full', 503, 'error'],
  ['storage_failed', 503, 'error'],
  ['internal', 500, 'error'],
  ['unsupported', 500, 'error'],
  ['overloaded', 503, 'debug'],
  ['peer_failed', 502, 'debug'],
  ['timeout', 504, 'debug'],
  ['invalid_input', 400, 'debug'],
  ['not_found', 404, 'debug'],
  ['conflict', 409, 'debug'],
])('%s is answered with %i and logged as %s', async (code, status, level) => {
  const found = await failing(new AppError(code, 'the words'));
  expect(found.status).toBe(status);
  expect(found.logged).toEqual([
    {
      level,
      event: 'proxy_endpoint_failed',
      fields: { path: '/v1/feedback', error: expect.objectContaining({ code }) },
    },
  ]);
});

test('a bug is logged as an error, with what was thrown', async () => {
  const thrown = new TypeError('x is undefined');
  const { status, logged } = await failing(thrown);
  expect(status).toBe(500);
  expect(logged).toMatchObject([{ level: 'error', fields: { error: thrown } }]);
});

test.each([
  [new AppError('storage_full', 'the words'), 503, 'error'],
  [new Error('insides'), 500, 'error'],
  [new AppError('not_found', 'the words'), 404, 'debug'],
] as const)(
  'a request to a model that breaks with %s is logged the same way',
  async (error, status, level) => {
    const { post, logger } = await openProxy({
      desk: { ...createMemoryDesk(), begin: () => Promise.reject(error) },
    });
    expect((await post('/v1/chat/completions', hello)).status).toBe(status);
    expect(logger.of('proxy_request_failed')).toMatchObject([
      { level, fields: { path: '/v1/chat/completions', error } },
    ]);
  },
);
