import { request } from 'undici';
import type { BenchSize } from '../bench-report.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { resultOf } from '../statistics.ts';
import type { Answered } from './answered.ts';
import { chatBody } from './chat-body.ts';
import type { Contender } from './contender.ts';
import { chatPath } from './run-load.ts';
import { type PrefixHits, prefixHits } from './shared-prefix.ts';
import { stubTalks } from './stub-counts.ts';

interface Size {
  readonly talks: number;
  readonly turns: number;
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: { talks: 20, turns: 20 },
  smoke: { talks: 1, turns: 3 },
};

/** What people write between their requests; it leads to no skill. */
const goOn = ['Yes, go on.', 'No, the other one.', 'And now?'] as const;
const kinds = ['one matter', 'another matter each turn'] as const;
type Kind = (typeof kinds)[number];

/** What a person writes in one talk, turn by turn. */
function wordsOf(kind: Kind, turns: number, messages: readonly string[], seed: number): readonly string[] {
  const random = createSeededRandom(seed);
  const matter = random.pick(messages);
  return Array.from({ length: turns }, (_, turn) => {
    if (turn % 3 === 2) return random.pick(goOn);
    return `${kind === 'one matter' ? matter : random.pick(messages)} (${turn + 1})`;
  });
}

function answerIn(text: string): string {
  const { choices }: { readonly choices: readonly { readonly message: { readonly content: string } }[] } =
    JSON.parse(text);
  return choices[0]?.message.content ?? '';
}

/** Has one talk, whole each turn, as agents send it. `sessionOf`: what it calls itself in a turn, if it does. */
async function talk(
  { address }: Contender,
  name: string,
  words: readonly string[],
  sessionOf?: (turn: number) => string,
): Promise<void> {
  const messages: object[] = [];
  for (const [turn, content] of words.entries()) {
    messages.push({ role: 'user', content });
    const named = sessionOf === undefined ? {} : { 'x-session-id': sessionOf(turn) };
    const { statusCode, body } = await request(`${address}${chatPath}?talk=${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...named },
      body: chatBody(messages),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`Answered with ${statusCode}: ${text}`);
    messages.push({ role: 'assistant', content: answerIn(text) });
  }
}

function promptOf(body: string): string {
  const { messages }: { readonly messages: unknown } = JSON.parse(body);
  return JSON.stringify(messages);
}

/**
 * Which share of a talk's prompts a provider's prefix cache would have had: with our steady block, with one that is
 * chosen anew each turn (each turn a session of its own), and without a proxy.
 */
export async function measurePrefixes(
  stub: Contender,
  ours: Contender,
  messages: readonly string[],
  size: BenchSize,
): Promise<Answered> {
  const { talks, turns } = sizes[size];
  const names = (kind: Kind, way: string): readonly string[] =>
    Array.from({ length: talks }, (_, at) => `${kind.replaceAll(' ', '-')}-${way}-${at}`);
  for (const kind of kinds) {
    for (let at = 0; at < talks; at += 1) {
      const words = wordsOf(kind, turns, messages, at);
      const name = (way: string): string => names(kind, way)[at] ?? '';
      await talk(stub, name('none'), words);
      await talk(ours, name('steady'), words);
      await talk(ours, name('anew'), words, (turn) => `${name('anew')}-${turn}`);
    }
  }
  const seen = await stubTalks(stub.address);
  const of = (kind: Kind, way: string, pick: (hits: PrefixHits) => number): readonly number[] =>
    names(kind, way).map((name) => pick(prefixHits((seen[name] ?? []).map(promptOf))));
  const share = ({ hit, all }: PrefixHits): number => hit / all;
  const fresh = ({ hit, all }: PrefixHits): number => (all - hit) / turns;
  return {
    results: kinds.flatMap((kind) => {
      const beside = (name: string, way: string, pick: (hits: PrefixHits) => number) => ({
        name,
        runs: of(kind, way, pick),
      });
      const metric = `prompt-cache hits, ${kind}`;
      const steady = of(kind, 'steady', share);
      const anew = beside('chosen anew each turn', 'anew', share);
      const missed = `characters of a prompt that no cache had, ${kind}`;
      return [
        resultOf(`${metric}, beside a block chosen anew`, 'share', steady, anew),
        resultOf(`${metric}, beside no skills`, 'share', steady, beside('no proxy', 'none', share)),
        resultOf(missed, 'characters', of(kind, 'steady', fresh), beside('no proxy', 'none', fresh)),
      ];
    }),
    answered: kinds.length * 2 * talks * turns,
  };
}
