import type { Datum } from '../../domain/datum.ts';
import type { SampledAnswer } from '../../domain/sampling.ts';
import type { EngineSampler } from '../../ports/trainer.ts';
import { buildDatum, joined } from '../build-datum.ts';
import { type LogprobAgreement, logprobAgreement } from '../kl.ts';
import type { EngineFinding } from './engine-finding.ts';
import { answerTokens, type OpenProbe } from './engine-probe.ts';

/** Answers with what they were sampled with, as training will get them. */
export interface ProbeSamples {
  readonly prompt: Int32Array;
  readonly answers: readonly SampledAnswer[];
  readonly datums: readonly Datum[];
}

export interface SamplingOutcome {
  readonly findings: readonly EngineFinding[];
  /** Absent where nothing can be trained by ratios. */
  readonly samples?: ProbeSamples;
}

const answersWanted = 4;
/** Mean differences in nats a token. */
const agrees = 0.01;
const agreesRoughly = 0.05;

/** Whether the same seed gives the same answer. */
async function repeatsSeeds(
  sampler: EngineSampler,
  prompt: Int32Array,
  signal: AbortSignal,
): Promise<boolean> {
  const params = { maxTokens: answerTokens, temperature: 1, topP: 1, topK: -1, seed: 7 };
  const draw = (): Promise<readonly SampledAnswer[]> =>
    sampler.sample({ prompt, count: 1, stopIds: [], params }, signal);
  const [[first], [second]] = [await draw(), await draw()];
  return String(first?.tokens) === String(second?.tokens);
}

function agreementFinding(
  check: 'scoring' | 'agreement',
  what: string,
  found: LogprobAgreement | undefined,
): EngineFinding {
  if (found === undefined) {
    return {
      check,
      state: 'problem',
      message: `The engine gives no log-probabilities to compare with ${what}.`,
    };
  }
  const { meanAbsolute, maxAbsolute, klV1, klV2, tokens, missing } = found;
  const numbers = { meanAbsolute, maxAbsolute, klV1, klV2, tokens, missing };
  if (missing > 0) {
    const message = `Of ${tokens + missing} tokens, ${missing} have no log-probability in sampling or in ${what}: nothing that is trained there can be relied on.`;
    return { check, state: 'problem', message, numbers };
  }
  const measured = `Log-probabilities of sampling and ${what} differ by ${meanAbsolute.toExponential(1)} on the mean and ${maxAbsolute.toExponential(1)} at most, over ${tokens} tokens`;
  if (meanAbsolute <= agrees) return { check, state: 'ok', message: `${measured}.`, numbers };
  if (meanAbsolute <= agreesRoughly) {
    const message = `${measured}, which is more than the ${agrees} that is healthy: look for another precision.`;
    return { check, state: 'warning', message, numbers };
  }
  const message = `${measured}: ratios would be wrong. Do not train with them on this engine.`;
  return { check, state: 'problem', message, numbers };
}

/** Answers to one prompt: whether they come with log-probabilities, and whether scoring says the same of them. */
export async function probeSampling(probe: OpenProbe, signal: AbortSignal): Promise<SamplingOutcome> {
  const [prompt] = probe.prompts;
  if (prompt === undefined) return { findings: [] };
  const sampler = await probe.model.currentSampler(signal);
  const params = { maxTokens: answerTokens, temperature: 1, topP: 1, topK: -1 };
  const request = { prompt, count: answersWanted, stopIds: [], params };
  const answers = await sampler.sample(request, signal);
  const isTooLong = answers.some(({ tokens }) => tokens.length > answerTokens || tokens.length === 0);
  if (isTooLong) {
    const message = `An answer has not between 1 and ${answerTokens} tokens, as was asked for.`;
    return { findings: [{ check: 'sampling', state: 'problem', message }] };
  }
  const datums = answers.flatMap(({ tokens, logprobs }) => {
    if (logprobs === undefined) return [];
    const built = buildDatum({ prompt, answer: tokens, logprobs, advantages: 1 });
    return built.kind === 'datum' ? [built.datum] : [];
  });
  if (datums.length < answers.length) {
    const message =
      'The engine gives no usable log-probabilities with its answers: they can train by preference only, not by ratios.';
    return { findings: [{ check: 'sampling', state: 'warning', message }] };
  }
  const seeds = (await repeatsSeeds(sampler, prompt, signal))
    ? 'a seed repeats an answer'
    : 'a seed does not repeat an answer';
  const sampling: EngineFinding = {
    check: 'sampling',
    state: 'ok',
    message: `${answers.length} answers with log-probabilities; ${seeds}.`,
  };
  const scoring = await probeScoring(sampler, prompt, answers, signal);
  return { findings: [sampling, scoring], samples: { prompt, answers, datums } };
}

async function probeScoring(
  sampler: EngineSampler,
  prompt: Int32Array,
  answers: readonly SampledAnswer[],
  signal: AbortSignal,
): Promise<EngineFinding> {
  const sampled: number[] = [];
  const scored: number[] = [];
  for (const { tokens, logprobs } of answers) {
    const whole = await sampler.logprobs(joined(prompt, tokens), signal);
    sampled.push(...(logprobs ?? []));
    scored.push(...whole.subarray(prompt.length));
  }
  const mask = sampled.map(() => 1);
  const found = scored.length === sampled.length ? logprobAgreement(sampled, scored, mask) : undefined;
  return agreementFinding('scoring', 'scoring', found);
}

/** Whether training sees the log-probabilities that sampling gave, at the very same weights. */
export async function probeAgreement(
  probe: OpenProbe,
  { datums }: ProbeSamples,
  signal: AbortSignal,
): Promise<EngineFinding> {
  const { logprobs } = await probe.model.forward(datums, { name: 'cross_entropy' }, signal);
  const sampled = datums.flatMap((datum) => [...(datum.logprobs ?? [])]);
  const trained = logprobs.flatMap((own) => [...own]);
  const mask = datums.flatMap((datum) => [...datum.weights]);
  return agreementFinding('agreement', 'training', logprobAgreement(sampled, trained, mask));
}
