import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { Policy, PolicyId } from '../../core/domain/policy.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import type { PolicyModelOptions } from './options.ts';

/** The models of policies, each set up when it is first asked for and kept. */
export interface OpenedModels {
  /**
   * One attempt for all who wait. Rejects with an `AppError` where it fails, is not done in time, or failed a moment ago, and
   * with `aborted` when the signal fires first.
   */
  of(policy: Policy, signal: AbortSignal): Promise<ModelPort>;
  /** It no longer answers: set up anew after a pause. Another one in its place stays. */
  lost(policyId: PolicyId, model: ModelPort, error: AppError): void;
}

interface Entry {
  readonly opening: Promise<ModelPort>;
  model?: ModelPort;
  failure?: { readonly error: AppError; readonly atMs: number };
}

/** Nobody will be answered by it, unless a person brings it back. */
function hasEnded({ state }: Pick<Policy, 'state'>): boolean {
  return state === 'discarded' || state === 'rolled_back';
}

const defaultOpenTimeoutMs = 10_000;
const defaultPauseMs = 60_000;

export function createOpenedModels(options: PolicyModelOptions): OpenedModels {
  const { clock, policyOf } = options;
  const openTimeoutMs = options.openTimeoutMs ?? defaultOpenTimeoutMs;
  const pauseMs = options.pauseMs ?? defaultPauseMs;
  const entries = new Map<PolicyId, Entry>();

  async function open(policy: Policy): Promise<ModelPort> {
    const model = await options.open(policy);
    if (model !== undefined) return model;
    throw new AppError(
      'unsupported',
      `Nothing is set up that could answer as policy ${policy.number}. Check the settings of its engine or provider.`,
    );
  }

  /** What is still answering with one of these keeps it alive by itself. */
  function letEndedGo(): void {
    for (const id of entries.keys()) {
      const policy = policyOf(id);
      if (policy === undefined || hasEnded(policy)) entries.delete(id);
    }
  }

  function begin(policy: Policy): Entry {
    letEndedGo();
    const entry: Entry = { opening: open(policy) };
    entries.set(policy.policyId, entry);
    entry.opening.then(
      (model) => {
        entry.model = model;
      },
      (thrown: unknown) => {
        entry.failure = { error: toAppError(thrown), atMs: clock.monotonicMs() };
      },
    );
    return entry;
  }

  const isResting = ({ failure }: Entry): boolean =>
    failure !== undefined && clock.monotonicMs() - failure.atMs < pauseMs;

  return {
    async of(policy, signal) {
      const known = entries.get(policy.policyId);
      if (known?.failure !== undefined && isResting(known)) throw known.failure.error;
      const entry = known === undefined || known.failure !== undefined ? begin(policy) : known;
      return entry.model ?? (await inTime(entry.opening, signal));
    },
    lost(policyId, model, error) {
      const entry = entries.get(policyId);
      if (entry?.model === model) entry.failure = { error, atMs: clock.monotonicMs() };
    },
  };

  async function inTime(opening: Promise<ModelPort>, signal: AbortSignal): Promise<ModelPort> {
    const ended = Promise.withResolvers<never>();
    const late = clock.after(openTimeoutMs, () => {
      const words = 'The model of the policy was not ready in time. It is still being set up.';
      ended.reject(new AppError('timeout', words, { retryable: true }));
    });
    const stop = (): void => ended.reject(new AppError('aborted', 'The answer was stopped.'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([opening, ended.promise]);
    } catch (thrown) {
      throw toAppError(thrown);
    } finally {
      late.cancel();
      signal.removeEventListener('abort', stop);
    }
  }
}
