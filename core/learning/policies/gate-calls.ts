import { AppError, toAppError } from '../../domain/app-error.ts';
import type { Policy, PolicyId } from '../../domain/policy.ts';
import { isAboutTheWords, within } from '../../feedback/timed-call.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import { timedWords } from '../../skills/evolver/ask-model.ts';
import type { CostMeter } from '../../skills/evolver/cost-meter.ts';
import type { ReplayAnswer } from '../../skills/replay/replay.ts';
import { answeringBy } from './answering-by.ts';

/** Who is to answer: with its own persona where it is another one than the configured. */
export interface AnsweredBy {
  readonly policy: PolicyId | 'configured';
  readonly persona?: string;
}

/** As people are answered by it: an outdated persona is nobody's. */
export function answeredBy(policy: Policy | undefined, personaDigest: string): AnsweredBy {
  const by = policy && answeringBy(policy, personaDigest);
  if (by === undefined) return { policy: 'configured' };
  return { policy: by.policyId, ...(by.persona === undefined ? {} : { persona: by.persona }) };
}

/** Answers one request without any history and without skills; nothing is shown to anybody. Never another than who was asked answers. */
export type AnswerPrompt = (request: string, by: AnsweredBy, signal: AbortSignal) => Promise<ReplayAnswer>;

export interface GateCallsDeps {
  readonly answerPrompt: AnswerPrompt;
  /** Of the configured persona. */
  readonly personaDigest: string;
  readonly clock: Pick<Clock, 'after' | 'now'>;
  readonly ids: Pick<Ids, 'code' | 'digest'>;
  /** How long one call may take. */
  readonly timeoutMs: number;
  /** Takes calls from the day's budget; false where it has no more. */
  readonly reserve: (calls: number) => Promise<boolean>;
  readonly meter: CostMeter;
}

/** Why a piece of work did not come to its end. It is done again later. */
export type GateStop =
  | { readonly kind: 'unavailable'; readonly error: AppError }
  | { readonly kind: 'no_budget' }
  | { readonly kind: 'stopped' };

/** `refused`: the model does not answer these very words, or came to no end with them; another try would not change that. */
export type GateAnswer = Exclude<ReplayAnswer, { kind: 'failed' }> | { readonly kind: 'refused' } | GateStop;

/** Calls of the test of policies: within the budget and the time. */
export interface GateCalls {
  readonly deps: GateCallsDeps;
  mark(): string;
  answer(make: (cut: AbortSignal) => Promise<ReplayAnswer>, signal: AbortSignal): Promise<GateAnswer>;
}

const markChars = 16;

export function createGateCalls(deps: GateCallsDeps): GateCalls {
  return {
    deps,
    mark: () => deps.ids.code(markChars),
    async answer(make, signal) {
      if (signal.aborted) return { kind: 'stopped' };
      if (!(await deps.reserve(1))) return { kind: 'no_budget' };
      const ended = await within(deps.clock, deps.timeoutMs, signal, timedWords(deps.timeoutMs), (cut) =>
        make(cut).catch((thrown: unknown) => toAppError(thrown)),
      );
      if (signal.aborted) return { kind: 'stopped' };
      const answered = ended instanceof AppError ? ({ kind: 'failed', error: ended } as const) : ended;
      if (answered.kind !== 'left_out') {
        deps.meter.add(answered.kind === 'answer' ? answered.usage : undefined);
      }
      if (answered.kind !== 'failed') return answered;
      const { error } = answered;
      return isAboutTheWords(error) ? { kind: 'refused' } : { kind: 'unavailable', error };
    },
  };
}
