import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startProxyBot } from './proxy-bot.ts';

interface Watched {
  readonly baseUrl: string;
  /** Headers of whoever came, each as one text. */
  readonly came: readonly string[];
}

/** A server that lists one model, of whichever name. */
async function watched(id: string): Promise<Watched> {
  const came: string[] = [];
  const server = createServer((incoming, outgoing) => {
    came.push(JSON.stringify(incoming.headers));
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ data: [{ id }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, came };
}

test('a caller’s key is shown to one provider when models are listed', async () => {
  const [openai, other, claude] = await Promise.all([watched('a'), watched('b'), watched('c')]);
  const upstream = (name: string, dialect: string, { baseUrl }: Watched) => ({
    name,
    dialects: [dialect],
    baseUrl,
    models: ['*'],
  });
  const bot = await startProxyBot({
    settings: {
      proxy: {
        upstreams: [
          upstream('claude', 'anthropic', claude),
          upstream('openai', 'openai-chat', openai),
          upstream('other', 'openai-chat', other),
        ],
      },
    },
  });
  const list = (headers: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${bot.baseUrl}/models`, { headers });
  await list({ authorization: 'Bearer sk-caller' });
  await list({ 'x-api-key': 'sk-ant-caller', 'anthropic-version': '2023-06-01' });
  const saw = ({ came }: Watched): readonly string[] =>
    ['sk-caller', 'sk-ant-caller'].filter((key) => came.join().includes(key));
  expect([saw(openai), saw(other), saw(claude)]).toEqual([['sk-caller'], [], ['sk-ant-caller']]);
});

test('nobody is asked for models while there is no key for them', async () => {
  const bot = await startProxyBot({ settings: { proxy: { upstreams: [] } } });
  const page = await (await fetch(`${bot.baseUrl}/models`)).json();
  expect(page).toMatchObject({ data: [{ id: 'metaclaw/current' }, { id: 'metaclaw/base' }] });
  expect((await fetch(`${bot.baseUrl}/models/gpt-5`)).status).toBe(404);
  expect(bot.logger.of('models_not_listed')).toEqual([]);
});

test('a client whose address lacks /v1, or has it twice, is told the right one', async () => {
  const bot = await startProxyBot({});
  const { origin } = new URL(bot.baseUrl);
  const post = async (path: string): Promise<string> => {
    const response = await fetch(`${origin}${path}`, { method: 'POST', body: '{}' });
    return `${response.status} ${await response.text()}`;
  };
  expect(await post('/chat/completions')).toContain(`404 {"error":{"message":"There is nothing`);
  expect(await post('/responses')).toContain(`${origin}/v1`);
  expect(await post('/messages')).toMatch(/^404 \{"type":"error".*without \/v1/);
  expect(await post('/v1/v1/messages')).toMatch(/^404 \{"type":"error".*without \/v1/);
});

test('a machine whose programs are to show a key asks them for it', async () => {
  const bot = await startProxyBot({ settings: { proxy: { asksKeyHere: true } } });
  expect((await fetch(`${bot.baseUrl}/models`)).status).toBe(401);
  const key = await bot.metaclaw('key create crm');
  expect((await fetch(`${bot.baseUrl}/models`, { headers: { 'x-metaclaw-key': key } })).status).toBe(200);
});
