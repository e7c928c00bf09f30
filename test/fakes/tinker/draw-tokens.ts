import { type Adapter, type BaseModel, nextToken } from './policy.ts';
import { createRandom, mixSeeds, type Random } from './random.ts';

export interface DrawSettings {
  readonly maxTokens: number;
  /** 1 draws from the policy as it is; 0 takes the likeliest. */
  readonly temperature: number;
  /** −1 is off. */
  readonly topK: number;
  /** 1 is off. */
  readonly topP: number;
  readonly stopIds: readonly number[];
  readonly seed: number;
  /**
   * Of which distribution the log-probabilities are: `raw` of the policy, before temperature, top-k and top-p;
   * `tempered` of the one that was drawn from.
   */
  readonly logprobsOf: 'raw' | 'tempered';
}

export interface DrawnAnswer {
  /** The stop token, where one ended it, is the last. */
  readonly tokens: readonly number[];
  readonly logprobs: readonly number[];
  readonly stopReason: 'stop' | 'length';
}

interface Choice {
  readonly token: number;
  readonly probability: number;
}

/** What is drawn from: in order of ids, or the likeliest first where some may be left out. */
function choices(probabilities: ArrayLike<number>, vocabulary: number, settings: DrawSettings): Choice[] {
  const rows = probabilities.length;
  const { temperature, topK, topP } = settings;
  if (temperature === 1 && topK <= 0 && topP >= 1) {
    return Array.from({ length: vocabulary }, (_, token) => ({
      token,
      probability: probabilities[token % rows]!,
    }));
  }
  const all: Choice[] = Array.from({ length: vocabulary }, (_, token) => {
    const probability = probabilities[token % rows]!;
    return { token, probability: temperature > 0 ? probability ** (1 / temperature) : probability };
  });
  const sorted = all.sort((x, y) => y.probability - x.probability || x.token - y.token);
  const kept = temperature === 0 ? sorted.slice(0, 1) : topK > 0 ? sorted.slice(0, topK) : sorted;
  const total = kept.reduce((sum, choice) => sum + choice.probability, 0);
  let before = 0;
  const inNucleus = kept.filter((choice) => {
    const isIn = topP >= 1 || before < topP * total;
    before += choice.probability;
    return isIn;
  });
  const mass = inNucleus.reduce((sum, choice) => sum + choice.probability, 0);
  return inNucleus.map(({ token, probability }) => ({ token, probability: probability / mass }));
}

function draw(from: readonly Choice[], random: Random): Choice {
  let left = random();
  for (const choice of from) {
    left -= choice.probability;
    if (left < 0) return choice;
  }
  return from[from.length - 1]!;
}

/** One answer to a prompt; the same seed gives the same one. */
export function drawTokens(
  base: BaseModel,
  adapter: Adapter | undefined,
  prompt: ArrayLike<number>,
  settings: DrawSettings,
): DrawnAnswer {
  const random = createRandom(mixSeeds(settings.seed, 23));
  const tokens: number[] = [];
  const logprobs: number[] = [];
  let state = base.readAll(prompt).at(-1) ?? base.start;
  while (tokens.length < settings.maxTokens) {
    const next = nextToken(base, adapter, state.hidden);
    const chosen = draw(choices(next.probabilities, base.vocabulary, settings), random);
    tokens.push(chosen.token);
    logprobs.push(settings.logprobsOf === 'raw' ? next.logprob(chosen.token) : Math.log(chosen.probability));
    if (settings.stopIds.includes(chosen.token)) return { tokens, logprobs, stopReason: 'stop' };
    state = base.read(state, chosen.token);
  }
  return { tokens, logprobs, stopReason: 'length' };
}
