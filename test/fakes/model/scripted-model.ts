import { AppError } from '../../../core/domain/app-error.ts';
import type {
  FinishReason,
  ModelEvent,
  ModelRequest,
  ModelUsage,
  ToolCall,
} from '../../../core/domain/model.ts';
import type { ModelPort } from '../../../core/ports/model.ts';

/** One thing that a scripted answer does, in order. Without `finish` or `fail` at the end it finishes with `stop` (or `tool_calls`). */
export type ScriptedAct =
  | { readonly do: 'text'; readonly text: string }
  | { readonly do: 'tool_call'; readonly call: ToolCall }
  /** Waits until `release()` or the abort. */
  | { readonly do: 'hold' }
  | { readonly do: 'finish'; readonly reason: FinishReason; readonly usage?: ModelUsage }
  | { readonly do: 'fail'; readonly error: AppError };

/** What one call does, or a function of the request that says so. */
export type ScriptedStep =
  | readonly ScriptedAct[]
  | ((request: ModelRequest, call: number) => readonly ScriptedAct[]);

export interface ScriptedModelOptions {
  /** What `started` names. @default 'scripted' */
  readonly name?: string;
  /** Usage of every answer that does not say its own. @default none */
  readonly usage?: ModelUsage;
}

export interface ScriptedModel extends ModelPort {
  /** Every request that reached the model, deeply frozen copies in order of the calls. */
  readonly requests: readonly ModelRequest[];
  /** Streams that were begun and have not ended or been dropped. */
  active(): number;
  /** Adds steps at the end of the queue. */
  push(...steps: readonly ScriptedStep[]): void;
  /** Lets every stream that is held go on. */
  release(): void;
  /** Resolves when `count` streams are held at once. */
  held(count?: number): Promise<void>;
  /** Resolves with the nth request (from 1) when it has arrived. */
  request(nth: number): Promise<ModelRequest>;
  /** Resolves when no stream is active. */
  idle(): Promise<void>;
  /** Throws unless every step was used and no call came without one; an expectation that failed in a responder is thrown again. */
  assertComplete(): void;
}

/** The whole answer in the given pieces. */
export function answer(...pieces: readonly string[]): readonly ScriptedAct[] {
  return pieces.map((text) => ({ do: 'text', text }));
}

/** Calls tools, after some text if given. */
export function callTools(calls: readonly ToolCall[], ...pieces: readonly string[]): readonly ScriptedAct[] {
  return [...answer(...pieces), ...calls.map((call) => ({ do: 'tool_call', call }) as const)];
}

/** Fails, after some text if given. */
export function failWith(error: AppError, ...pieces: readonly string[]): readonly ScriptedAct[] {
  return [...answer(...pieces), { do: 'fail', error }];
}

/** Says `before`, waits until released (or aborted), then says `after`. */
export function hold(
  before: readonly string[] = [],
  after: readonly string[] = ['done'],
): readonly ScriptedAct[] {
  return [...answer(...before), { do: 'hold' }, ...answer(...after)];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

function abortedError(): AppError {
  return new AppError('aborted', 'The answer was stopped.');
}

interface Watcher {
  readonly met: () => boolean;
  readonly resolve: () => void;
}

/**
 * A model that does what the test wrote down, one step a call. A call without a step ends in `failed` with code
 * `internal` and is remembered; a step without a call is found by `assertComplete`. A call whose signal has fired
 * already is no call: it is neither recorded nor does it use a step.
 */
export function createScriptedModel(
  steps: readonly ScriptedStep[] = [],
  options: ScriptedModelOptions = {},
): ScriptedModel {
  const name = options.name ?? 'scripted';
  const queue: ScriptedStep[] = [...steps];
  const requests: ModelRequest[] = [];
  const releases = new Set<() => void>();
  const watchers = new Set<Watcher>();
  let active = 0;
  let used = 0;
  let unexpected = 0;
  let responderFailure: unknown;

  function changed(): void {
    for (const watcher of watchers) {
      if (!watcher.met()) continue;
      watchers.delete(watcher);
      watcher.resolve();
    }
  }

  function until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => watchers.add({ met, resolve }));
  }

  function heldUntilReleased(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        releases.delete(go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      releases.add(go);
      signal.addEventListener('abort', go, { once: true });
      changed();
    });
  }

  function actsOf(step: ScriptedStep, request: ModelRequest): readonly ScriptedAct[] | undefined {
    try {
      return typeof step === 'function' ? step(request, requests.length) : step;
    } catch (thrown) {
      responderFailure ??= thrown;
      return undefined;
    }
  }

  async function* play(acts: readonly ScriptedAct[], signal: AbortSignal): AsyncGenerator<ModelEvent> {
    let calledTools = false;
    for (const act of acts) {
      await Promise.resolve();
      if (act.do === 'hold' && !signal.aborted) await heldUntilReleased(signal);
      if (signal.aborted) {
        yield { type: 'failed', error: abortedError() };
        return;
      }
      switch (act.do) {
        case 'text':
          yield { type: 'text', text: act.text };
          break;
        case 'tool_call':
          calledTools = true;
          yield { type: 'tool_call', call: act.call };
          break;
        case 'hold':
          break;
        case 'finish': {
          const usage = act.usage ?? options.usage;
          yield { type: 'completed', finishReason: act.reason, ...(usage && { usage }) };
          return;
        }
        case 'fail':
          yield { type: 'failed', error: act.error };
          return;
      }
    }
    if (signal.aborted) {
      yield { type: 'failed', error: abortedError() };
      return;
    }
    const finishReason = calledTools ? 'tool_calls' : 'stop';
    yield { type: 'completed', finishReason, ...(options.usage && { usage: options.usage }) };
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    if (signal.aborted) {
      yield { type: 'failed', error: abortedError() };
      return;
    }
    const recorded = deepFreeze(structuredClone(request));
    requests.push(recorded);
    active += 1;
    changed();
    try {
      const step = queue.shift();
      if (step === undefined) {
        unexpected += 1;
        const count = requests.length;
        const error = new AppError(
          'internal',
          `The scripted model was called ${count} times but only ${used} steps were written.`,
        );
        yield { type: 'failed', error };
        return;
      }
      used += 1;
      const acts = actsOf(step, recorded);
      if (acts === undefined) {
        const error = new AppError('internal', 'The scripted responder threw.', { cause: responderFailure });
        yield { type: 'failed', error };
        return;
      }
      // A failure that stands first is a model that never began.
      if (acts[0]?.do !== 'fail') yield { type: 'started', model: name };
      yield* play(acts, signal);
    } finally {
      active -= 1;
      changed();
    }
  }

  return {
    description: `${name} (scripted)`,
    requests,
    stream,
    active: () => active,
    push: (...more) => {
      queue.push(...more);
    },
    release: () => {
      for (const go of [...releases]) go();
    },
    held: (count = 1) => until(() => releases.size >= count),
    request: async (nth) => {
      await until(() => requests.length >= nth);
      const found = requests[nth - 1];
      if (found === undefined) throw new Error(`there is no request number ${nth}`);
      return found;
    },
    idle: () => until(() => active === 0),
    assertComplete: () => {
      if (responderFailure !== undefined) throw responderFailure;
      const problems: string[] = [];
      if (unexpected > 0) problems.push(`${unexpected} calls came without a step`);
      if (queue.length > 0) problems.push(`${queue.length} steps were never used`);
      if (problems.length > 0) throw new Error(`The model's script does not fit: ${problems.join('; ')}.`);
    },
  };
}
