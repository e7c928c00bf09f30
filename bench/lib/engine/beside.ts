import type { EngineFacts } from '../../../core/domain/engine-facts.ts';
import type { ModelMessage } from '../../../core/domain/model.ts';
import type { TokenizerPort } from '../../../core/ports/tokenizer.ts';
import { timed } from '../stopwatch.ts';
import { type EngineAddress, openTrainer } from './open-trainer.ts';
import { makeBatch, type StreamPlan, streamLoss } from './sample-stream.ts';

/** Milliseconds of the same work, ours and the bare one's, in turn. */
export interface Pairs {
  readonly ours: readonly number[];
  readonly bare: readonly number[];
}

/** Prompts by the chat template beside the same texts, which the tokenizer alone makes ids of. */
export function besideEncode(
  tokenizer: TokenizerPort,
  nextTalk: () => readonly ModelMessage[],
  count: number,
): Pairs {
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let at = 0; at < count; at += 1) {
    const talk = nextTalk();
    const text = talk.map((message) => message.text).join('\n');
    const render = () => ours.push(timed(() => void tokenizer.renderPrompt(talk, [])));
    const encode = () => bare.push(timed(() => void tokenizer.encode(text)));
    // Words that were met before are quicker: who comes second has an advantage.
    for (const work of at % 2 === 0 ? [render, encode] : [encode, render]) work();
  }
  return { ours, bare };
}

interface SentCall {
  readonly address: string;
  readonly init: RequestInit;
}

async function send({ address, init }: SentCall): Promise<void> {
  const response = await fetch(address, init);
  await response.arrayBuffer();
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

export interface BesideFetch {
  readonly address: EngineAddress;
  planFor(facts: EngineFacts): Omit<StreamPlan, 'model' | 'samples'>;
  readonly pairs: number;
}

/** Batches through the client, from datums to results, beside the same requests again by fetch alone. */
export async function besideFetch({ address, planFor, pairs }: BesideFetch): Promise<Pairs> {
  let sent: SentCall[] = [];
  const trainer = openTrainer(address, (input, { signal: _, ...init } = {}) => {
    sent.push({ address: String(input), init });
    return fetch(input, init);
  });
  const { signal } = new AbortController();
  const model = await trainer.createModel({ baseModel: 'null', rank: 8 }, signal);
  const plan = planFor(trainer.facts);
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let at = 0; at <= pairs; at += 1) {
    const batch = makeBatch(plan);
    sent = [];
    const ownMs = await elapsed(() => model.forwardBackward(batch, streamLoss, signal));
    const calls = sent;
    const bareMs = await elapsed(async () => {
      for (const call of calls) await send(call);
    });
    // The first one compiles the code.
    if (at === 0) continue;
    ours.push(ownMs);
    bare.push(bareMs);
  }
  await trainer.close();
  return { ours, bare };
}
