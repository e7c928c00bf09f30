import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server as SocketServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { discoverModel } from '../../../adapters/model-discovery/discover-model.ts';
import { firstChatModel } from '../../../adapters/model-discovery/model-list.ts';
import { startFakeOpenAi } from '../../fakes/openai/fake-openai.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

const ports = { Ollama: 11434, 'llama.cpp': 8080, 'LM Studio': 1234, vLLM: 8000 } as const;
type Name = keyof typeof ports;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: Server | SocketServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    const closed = once(server, 'close');
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener): Promise<number> => listen(createServer(listener));
const serveText =
  (type: string, text: string, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(text);
  };
const listOf = (...ids: readonly string[]): string =>
  JSON.stringify({ object: 'list', data: ids.map((id) => ({ id, object: 'model' })) });

/** A fetch for which the usual ports are the given ones; a port that is not given refuses, as on a bare machine. */
function loopback(served: Partial<Record<Name, number>>): { fetch: typeof fetch; urls: string[] } {
  const urls: string[] = [];
  return {
    urls,
    fetch: (input, init) => {
      const url = new URL(String(input));
      urls.push(url.href);
      const name = (Object.keys(ports) as Name[]).find((one) => ports[one] === Number(url.port));
      const port = name === undefined ? undefined : served[name];
      if (port === undefined) return Promise.reject(new TypeError('fetch failed'));
      url.port = String(port);
      return fetch(url, init);
    },
  };
}

describe('discovery', () => {
  test('asks the four usual ports on 127.0.0.1 for their models and nothing else', async () => {
    const { fetch, urls } = loopback({});
    const clock = createFakeClock();
    expect(await discoverModel({ fetch, clock })).toBeUndefined();
    expect(urls).toEqual([
      'http://127.0.0.1:11434/v1/models',
      'http://127.0.0.1:8080/v1/models',
      'http://127.0.0.1:1234/v1/models',
      'http://127.0.0.1:8000/v1/models',
    ]);
    expect(clock.waiting()).toBe(0);
  });

  test.each(Object.keys(ports) as Name[])('finds %s', async (name) => {
    const server = await startFakeOpenAi({ models: ['nomic-embed-text:latest', 'qwen3:8b', 'llama3'] });
    closing.push(() => server.close());
    const { fetch } = loopback({ [name]: server.port });
    expect(await discoverModel({ fetch, clock: createFakeClock() })).toEqual({
      name,
      baseUrl: `http://127.0.0.1:${ports[name]}/v1`,
      model: 'qwen3:8b',
    });
  });

  test('the order counts, not the speed', async () => {
    let answerNow: () => void = () => undefined;
    const slow = await serve((_request, response) => {
      answerNow = () => serveText('application/json', listOf('slow-model'))(_request, response);
      asked.resolve();
    });
    const asked = Promise.withResolvers<void>();
    const quick = await serve(serveText('application/json', listOf('quick-model')));
    const { fetch } = loopback({ Ollama: slow, vLLM: quick });
    const found = discoverModel({ fetch, clock: createFakeClock() });
    await asked.promise;
    answerNow();
    expect(await found).toMatchObject({ name: 'Ollama', model: 'slow-model' });
  });

  test('one that hangs is not waited for longer than the time, and the next one is taken', async () => {
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const hanging = await serve((request) => {
      request.socket.once('close', () => gone.resolve());
      asked.resolve();
    });
    const answered = Promise.withResolvers<void>();
    const quick = await serve((request, response) => {
      response.once('close', () => answered.resolve());
      serveText('application/json', listOf('quick-model'))(request, response);
    });
    const { fetch } = loopback({ Ollama: hanging, 'LM Studio': quick });
    const clock = createFakeClock();
    const found = discoverModel({ fetch, clock, timeoutMs: 300 });
    await Promise.all([asked.promise, answered.promise]);
    await clock.advance(299);
    expect(clock.waiting()).toBe(1);
    await clock.advance(1);
    expect(await found).toMatchObject({ name: 'LM Studio' });
    await gone.promise;
  });

  test('when all hang the answer is none, and nothing stays open', async () => {
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const hanging = await serve((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"object":"list","data":[');
      request.socket.once('close', () => gone.resolve());
      asked.resolve();
    });
    const clock = createFakeClock();
    const found = discoverModel({ fetch: loopback({ Ollama: hanging }).fetch, clock });
    await asked.promise;
    await clock.advance(300);
    expect(await found).toBeUndefined();
    await gone.promise;
  });

  test.each<[string, RequestListener]>([
    ['a web page', serveText('text/html', '<html><body>It works!</body></html>')],
    ['junk', serveText('application/json', '{"object":"list","data":')],
    ['another kind of JSON', serveText('application/json', '{"status":"up"}')],
    ['a list of another kind', serveText('application/json', '{"data":[{"id":"x"}]}')],
    ['ids that are no text', serveText('application/json', '{"object":"list","data":[{"id":7}]}')],
    ['an empty list', serveText('application/json', listOf())],
    ['embedding models only', serveText('application/json', listOf('nomic-embed-text', 'BAAI/bge-m3'))],
    ['a demand for a key', serveText('application/json', listOf('secret-model'), 401)],
    ['an error', serveText('application/json', listOf('broken-model'), 500)],
    [
      'a huge body',
      serveText('application/json', listOf(...Array.from({ length: 20_000 }, (_, n) => `model-${n}`))),
    ],
    [
      'a body without an end',
      (_request, response) => {
        response.writeHead(200);
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
    ],
    ['a torn connection', (request) => request.socket.destroy()],
  ])('%s is no candidate', async (_, listener) => {
    const other = await serve(listener);
    const good = await serve(serveText('application/json', listOf('good-model')));
    const { fetch } = loopback({ 'llama.cpp': other, vLLM: good });
    expect(await discoverModel({ fetch, clock: createFakeClock() })).toMatchObject({ model: 'good-model' });
    const alone = loopback({ 'llama.cpp': other });
    expect(await discoverModel({ fetch: alone.fetch, clock: createFakeClock() })).toBeUndefined();
  });

  test('a redirect is not followed', async () => {
    let asked = 0;
    const elsewhere = await serve((request, response) => {
      asked += 1;
      serveText('application/json', listOf('far-model'))(request, response);
    });
    const redirecting = await serve((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${elsewhere}/v1/models` });
      response.end();
    });
    const { fetch } = loopback({ Ollama: redirecting });
    expect(await discoverModel({ fetch, clock: createFakeClock() })).toBeUndefined();
    expect(asked).toBe(0);
  });

  test('something that does not speak HTTP is no candidate', async () => {
    const port = await listen(
      createSocketServer((socket) => {
        socket.on('error', () => undefined);
        socket.resume();
        socket.end('220 mail.example ESMTP\r\n', () => socket.destroy());
      }),
    );
    expect(
      await discoverModel({ fetch: loopback({ vLLM: port }).fetch, clock: createFakeClock() }),
    ).toBeUndefined();
  });
});

describe('which models chat', () => {
  test.each([
    ['text-embedding-3-small', false],
    ['nomic-embed-text:latest', false],
    ['mxbai-embed-large', false],
    ['BAAI/bge-reranker-v2', false],
    ['intfloat/e5-mistral-7b-instruct', false],
    ['all-minilm:l6-v2', false],
    ['whisper-large-v3', false],
    ['llama-guard', false],
    ['llama3.2:3b', true],
    ['qwen3-coder', true],
    ['mistral-small', true],
    ['phi-4', true],
    ['gpt-oss:20b', true],
    ['/models/gemma-3-4b-it-Q4_K_M.gguf', true],
  ])('%s: %s', (id, chats) => {
    expect(firstChatModel(listOf(id))).toBe(chats ? id : undefined);
  });
});
