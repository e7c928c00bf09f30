import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { IncomingMessage } from 'node:http';
import { expect, onTestFinished } from 'vitest';
import type { Reply } from '../fakes/upstream-server/reply.ts';
import type { FakeVendor, VendorRequest } from '../fakes/upstream-server/vendor-server.ts';
import { behind, type ProxyBot, type StoredTurn, startProxyBot, vendor } from './proxy-bot.ts';

/** Where an agent is pointed at. */
export interface Server {
  readonly origin: string;
  /** The same with `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly fetch: typeof fetch;
}

/** What takes the requests for a vendor. */
export interface Front extends Pick<FakeVendor, 'baseUrl'> {
  readonly requests: readonly Pick<VendorRequest, 'headers' | 'text'>[];
}

/** Two equal vendors, one of them behind a bot that has a skill. */
export interface AgentRig {
  readonly bot: ProxyBot;
  /** What both say next. */
  say(...replies: readonly Reply[]): void;
  /**
   * Has an agent do the same at both and gives what it told. What it told must be equal, and each request but for the block of
   * skills: bytes, address, headers other than those of a connection and a key. The block must be the same in all requests so far;
   * those that go on with a thread have none, as the server keeps their system message.
   */
  run<T>(agent: (server: Server) => Promise<T>): Promise<T>;
  /** The one turn that is stored of all that ran, once its answer is `reply`; of it each of these ids finds feedback. */
  oneTurn(reply: string, answerIds: readonly string[]): Promise<StoredTurn>;
  /** The turn that feedback finds by an id of an answer. */
  turnOf(answerId: string): Promise<string>;
}

/** What a person asks for so that the skill fits. */
export const question = 'Give me the rain reports of Kiel and Bern';
export const guidance = 'Name the town first, then what “falls” there.\nThen stop.';

/** Asked for in one step, then a third town, then all is told. */
export const steps: readonly [Reply, Reply, Reply] = [
  {
    text: 'I will look.',
    calls: [
      { id: 'call_1', name: 'weather', arguments: '{"city":"Kiel"}' },
      { id: 'call_2', name: 'weather', arguments: '{"city":"Bern"}' },
    ],
  },
  { calls: [{ id: 'call_3', name: 'weather', arguments: '{"city":"Oslo"}' }] },
  { text: 'Kiel: rain. Bern: rain. Oslo: rain.' },
];

/** What is stored of them. */
export const wholeReply = [
  'I will look.\n→ weather({"city":"Kiel"})\n→ weather({"city":"Bern"})',
  '→ weather({"city":"Oslo"})',
  'Kiel: rain. Bern: rain. Oslo: rain.',
].join('\n\n');

const block = String.raw`Guidance chosen(?:[^"\\]|\\.)*</skills>`;
/** The block with what it is wrapped in, in each of the places that there are for it. */
const placed = new RegExp(
  [
    String.raw`\\n\\n${block}`,
    String.raw`,\{"type":"text","text":"${block}"\}`,
    `"(?:system|instructions)":"${block}",`,
    String.raw`\{"role":"system","content":"${block}"\},`,
  ].join('|'),
  'g',
);

/** Of a connection, of a key, of whom the vendor is called, or of a client that is no server. */
const ofTheHop = ['host', 'connection', 'content-length', 'authorization', 'x-api-key', 'sec-fetch-mode'];

function headersOf({ headers }: Pick<VendorRequest, 'headers'>): unknown {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofTheHop.includes(name)));
}

/** The vendor speaks without packing only. */
const unpacked: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('accept-encoding', 'identity');
  return fetch(input, { ...init, headers });
};

/** What this server of this process is asked for, with queries, from now on. */
function addressesAt({ baseUrl }: Front): readonly string[] {
  const port = Number(new URL(baseUrl).port);
  const addresses: string[] = [];
  const note = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('request' in message)) return;
    const { request } = message;
    if (request instanceof IncomingMessage && request.socket.localPort === port) {
      addresses.push(`${request.method} ${request.url}`);
    }
  };
  subscribe('http.server.request.start', note);
  onTestFinished(() => void unsubscribe('http.server.request.start', note));
  return addresses;
}

const takesBlock = ({ text }: Pick<VendorRequest, 'text'>): boolean =>
  !text.includes('"thread":{"type":"continue"');

/** `frontOf`: what stands before a vendor, if anything does. */
export async function agentRig(
  frontOf: (fake: FakeVendor) => Promise<Front> = async (fake) => fake,
): Promise<AgentRig> {
  const [fake, other] = await Promise.all([vendor(), vendor()]);
  const [through, direct] = await Promise.all([frontOf(fake), frontOf(other)]);
  const { baseUrl } = through;
  const bot = await startProxyBot({
    ...behind({ ...fake, baseUrl }),
    skills: { 'rain-reports': guidance },
  });
  const asked = { direct: addressesAt(direct), through: addressesAt(through) };
  const serverAt = (baseUrl: string, apiKey: string, fetchIt: typeof fetch): Server => ({
    origin: new URL(baseUrl).origin,
    baseUrl,
    apiKey,
    fetch: fetchIt,
  });

  async function turnOf(answerId: string): Promise<string> {
    const response = await bot.post('/feedback', { message_id: answerId, rating: 'up' });
    const { turn_id: turnId, error } = Object(await response.json());
    expect([answerId, response.status, error]).toEqual([answerId, 200, undefined]);
    return String(turnId);
  }

  return {
    bot,
    say(...replies) {
      fake.say(...replies);
      other.say(...replies);
    },
    async run(agent) {
      const expected = await agent(serverAt(direct.baseUrl, other.key, unpacked));
      const got = await agent(serverAt(bot.baseUrl, 'unused', fetch));
      expect(got).toEqual(expected);
      expect(asked.through).toEqual(asked.direct);
      expect(through.requests.map(headersOf)).toEqual(direct.requests.map(headersOf));
      expect(
        through.requests.map((one) => (takesBlock(one) ? one.text.replace(placed, '') : one.text)),
      ).toEqual(direct.requests.map(({ text }) => text));
      const blocks = through.requests.filter(takesBlock).map(({ text }) => text.match(placed)?.join());
      expect(blocks[0]).toContain('Name the town first');
      expect(new Set(blocks).size).toBe(1);
      return got;
    },
    async oneTurn(reply, answerIds) {
      const end = reply.slice(reply.lastIndexOf('\n') + 1);
      await expect.poll(() => bot.turns().at(-1)?.reply, { timeout: 10_000 }).toContain(end);
      const [turn, ...more] = bot.turns();
      if (turn === undefined) throw new Error('No turn is stored.');
      expect(more).toEqual([]);
      expect(turn).toMatchObject({ state: 'done', request: question, reply, skills: ['rain-reports'] });
      for (const id of answerIds) expect(await turnOf(id)).toBe(turn.turnId);
      return turn;
    },
    turnOf,
  };
}
