import type { SampledTokens } from '../../../core/domain/sampling.ts';
import type { EngineSampler, SamplerSource, TrainerPort } from '../../../core/ports/trainer.ts';
import { answerTokens, type ToyTalk } from './toy-talk.ts';

export const toyTokenizer = 'toy';

/** Draws answers from whatever weights; many at once, as each call is one over HTTP. */
export interface Drawer {
  /** The next answer of these weights to a kind of request. */
  next(source: SamplerSource, kind: number): Promise<SampledTokens>;
}

const atOnce = 64;

/** The same answers in the same order for the same seed. Answers are drawn before they are asked for: weights of a path never change. */
export function createDrawer(
  {
    trainer,
    talk,
    baseModel,
    seed,
  }: { trainer: TrainerPort; talk: ToyTalk; baseModel: string; seed: number },
  signal: AbortSignal,
): Drawer {
  const samplers = new Map<string, Promise<EngineSampler>>();
  const stocks = new Map<string, SampledTokens[]>();
  let calls = 0;

  function samplerOf(source: SamplerSource): Promise<EngineSampler> {
    const name = JSON.stringify(source);
    const made = samplers.get(name) ?? trainer.createSampler(source, signal);
    samplers.set(name, made);
    return made;
  }

  async function draw(source: SamplerSource, kind: number): Promise<SampledTokens[]> {
    calls += 1;
    const sampler = await samplerOf(source);
    const prompt = talk.prompt(kind);
    const params = {
      maxTokens: answerTokens,
      temperature: 1,
      topP: 1,
      topK: -1,
      seed: 100_000 * seed + calls,
    };
    const drawn = await sampler.sample({ prompt, count: atOnce, stopIds: [], params }, signal);
    return drawn.map((answer) => ({
      ...answer,
      prompt,
      params,
      tokenizerHash: toyTokenizer,
      baseModel,
      samplerVersion: sampler.version,
    }));
  }

  return {
    async next(source, kind) {
      const key = `${JSON.stringify(source)} ${kind}`;
      const stock = stocks.get(key) ?? [];
      stocks.set(key, stock);
      if (stock.length === 0) stock.push(...(await draw(source, kind)));
      const answer = stock.shift();
      if (answer === undefined) throw new Error('The engine drew nothing.');
      return answer;
    },
  };
}
