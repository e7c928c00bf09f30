import type { TurnId } from '../../domain/ids.ts';
import type { PromptOf } from '../answer-again.ts';
import type { PreparedSample } from '../run/prepared-sample.ts';
import type { RunReason } from '../run/run-reasons.ts';
import { type AnswerPair, answerPairs } from './answer-pairs.ts';
import { type ExampleLimits, withinLimits } from './example-limits.ts';
import {
  holdsSecret,
  plainPrompt,
  preferenceExample,
  supervisedExample,
  type TuningExample,
} from './tuning-example.ts';

export type TuningMethod = 'sft' | 'dpo';

/** The fewest that providers take (OpenAI API, fine-tuning). */
export const leastExamples = 10;

export interface BuiltExamples {
  readonly method: TuningMethod;
  /** In the order of the samples. */
  readonly examples: readonly TuningExample[];
  /** Each sample is in an example or here. */
  readonly leftOut: readonly { readonly turnId: TurnId; readonly reason: RunReason }[];
  /** Why these examples make no job. */
  readonly shortage?: 'too_few_samples' | 'too_few_people';
}

export interface ExampleDeps {
  readonly promptOf: PromptOf;
  /** Longer examples are left out: providers cut their end off, which is the answer. */
  readonly longestTokens: number;
  readonly limits: ExampleLimits;
}

type Made = { readonly example: TuningExample } | { readonly reason: RunReason };

/**
 * Training data of rated answers: pairs (`dpo`) where that is allowed and there are enough, else the good answers (`sft`). Of
 * either the limits hold (`withinLimits`), whatever held for all the samples. A provider's model gives no token ids, so prompts are put together anew, as they would be now with the skills that were shown:
 * close to what the model read, and not always the same. Rejects with storage errors only.
 */
export async function buildExamples(
  samples: readonly PreparedSample[],
  allowed: readonly TuningMethod[],
  deps: ExampleDeps,
): Promise<BuiltExamples> {
  if (allowed.includes('dpo')) {
    const pairs = answerPairs(samples);
    const built = await build('dpo', samples, pairs, deps);
    if (built.shortage === undefined || !allowed.includes('sft')) return built;
  }
  return build('sft', samples, [], deps);
}

async function build(
  method: TuningMethod,
  samples: readonly PreparedSample[],
  pairs: readonly AnswerPair[],
  deps: ExampleDeps,
): Promise<BuiltExamples> {
  const pairOf = new Map(pairs.map((pair) => [pair.preferred.turnId, pair]));
  const examples: TuningExample[] = [];
  const reasons = new Map<TurnId, RunReason>();
  for (const sample of samples) {
    const pair = pairOf.get(sample.turnId);
    const made = method === 'sft' ? await fromAnswer(sample, deps) : pair && (await fromPair(pair, deps));
    if (made === undefined) continue;
    if ('example' in made) examples.push(made.example);
    else
      for (const { turnId } of pair === undefined ? [sample] : [pair.preferred, pair.other])
        reasons.set(turnId, made.reason);
  }
  const { kept, trimmed, isFewPeople } = await withinLimits(examples, samples, deps.limits);
  for (const turnId of trimmed.flatMap(({ turnIds }) => turnIds)) reasons.set(turnId, 'person_share');
  const used = new Set(kept.flatMap(({ turnIds }) => turnIds));
  const leftOut = samples
    .filter(({ turnId }) => !used.has(turnId))
    .map(({ turnId }) => ({ turnId, reason: reasons.get(turnId) ?? 'no_pair' }));
  const shortage = shortageOf(kept.length, isFewPeople);
  return { method, examples: kept, leftOut, ...(shortage === undefined ? {} : { shortage }) };
}

function shortageOf(count: number, isFewPeople: boolean): BuiltExamples['shortage'] {
  if (count < leastExamples) return 'too_few_samples';
  return isFewPeople ? 'too_few_people' : undefined;
}

async function fromAnswer(sample: PreparedSample, deps: ExampleDeps): Promise<Made> {
  if (!(sample.weight > 0)) return { reason: 'no_weight' };
  if (!(sample.value > 0)) return { reason: 'not_good' };
  return made(sample, [sample.turn.replyText], deps, (prompt) =>
    supervisedExample(sample.turnId, prompt, sample.turn.replyText),
  );
}

async function fromPair({ preferred, other }: AnswerPair, deps: ExampleDeps): Promise<Made> {
  const [good, bad] = [preferred, other].map(({ turnId, turn }) => ({ turnId, text: turn.replyText }));
  if (good === undefined || bad === undefined) return { reason: 'no_pair' };
  return made(preferred, [good.text, bad.text], deps, (prompt) => preferenceExample(prompt, good, bad));
}

async function made(
  { turn }: PreparedSample,
  answers: readonly string[],
  { promptOf, longestTokens }: ExampleDeps,
  make: (prompt: NonNullable<ReturnType<typeof plainPrompt>>) => TuningExample,
): Promise<Made> {
  if (answers.some((answer) => answer.trim() === '')) return { reason: 'empty_answer' };
  const read = await promptOf(turn);
  if (read.kind === 'left_out' && read.reason === 'foreign_prompt') return { reason: 'foreign_prompt' };
  const prompt = read.kind === 'prompt' ? plainPrompt(read.messages) : undefined;
  if (prompt === undefined) return { reason: 'no_prompt' };
  if (holdsSecret(prompt, answers)) return { reason: 'secret' };
  const example = make(prompt);
  return example.longestTokens > longestTokens ? { reason: 'too_long' } : { example };
}
