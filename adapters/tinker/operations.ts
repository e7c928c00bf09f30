import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { type Accepted, type Engine, eitherSignal, isRefusal, resultOf, submit } from './engine.ts';
import { aborted, modelLost } from './errors.ts';
import type { FutureResult, RequestType } from './futures.ts';
import type { HttpCall } from './http.ts';
import { createSerialQueue } from './serial-queue.ts';
import type { Session } from './session.ts';
import { unlessAborted } from './unless-aborted.ts';
import type { WeightSlot } from './weight-slot.ts';

/** One call of a model's sequence, or several that belong together. */
export interface Operation<T> {
  readonly what: string;
  /** Asked when all is submitted. */
  type(): RequestType;
  /** What it leaves at the engine: nothing, a gradient, other weights. */
  readonly changes: 'nothing' | 'gradient' | 'weights';
  readonly calls: readonly ((seqId: number) => HttpCall)[];
  readonly mayRepeat: boolean;
  /** Reads the results of all calls, in order. */
  read(results: readonly FutureResult[]): T;
  /** Whether the same call, made anew, may be taken after this refusal. */
  relearn?(error: AppError): boolean;
  /** A refusal that may mean that it was done before: gives the result, or nothing. */
  recover?(error: AppError, mayHaveArrived: boolean): Promise<T | undefined>;
  /** When all calls are taken on, before the next operation's turn. */
  onAccepted?(): void;
}

/** A model's operations: submitted in the order in which they were asked for, their results waited for side by side. */
export interface Operations {
  /** Rejects as `TrainableModel` says. */
  run<T>(operation: Operation<T>, signal: AbortSignal): Promise<T>;
  /** Throws `conflict`, reason `model_lost`. */
  checkAlive(): void;
  /** The model is given up when everything before is submitted; then the last work is done. */
  retire(why: string, work: () => Promise<void>): Promise<void>;
}

export interface OperationsParts {
  readonly engine: Engine;
  readonly session: Session;
  readonly slot: WeightSlot;
  /** The model's. */
  readonly id: string;
  /** How many places in its sequence are taken already. */
  readonly usedSeqs: number;
  onLost(): void;
}

type Submitted<T> = { readonly results: Promise<readonly FutureResult[]> } | { readonly done: T };

function earlierCallFailed(): AppError {
  return new AppError('conflict', 'Not carried out, as a call before it was refused.', {
    details: { reason: 'earlier_call_failed' },
  });
}

/** What is known of a call that was not taken on. */
type Fate = 'not_sent' | 'refused' | 'unknown';

function fateOf(error: AppError, mayHaveArrived: boolean): Fate {
  if (mayHaveArrived) return 'unknown';
  if (error.details['reached'] === false) return 'not_sent';
  if (error.code === 'aborted') return 'not_sent';
  return isRefusal(error) ? 'refused' : 'unknown';
}

export function createOperations(parts: OperationsParts): Operations {
  const { engine, session, slot } = parts;
  const { profile } = engine;
  const queue = createSerialQueue();
  /** The last place in the sequence that the engine has taken. */
  let seqId = parts.usedSeqs;
  let lostBecause: string | undefined;
  /** Refusals so far: calls made before one was known are not carried out after it. */
  let refusals = 0;

  function lose(why: string): void {
    if (lostBecause !== undefined) return;
    lostBecause = why;
    engine.logger.warn('engine_model_lost', { why });
    parts.onLost();
  }

  function checkAlive(): void {
    if (session.isLost()) lose('its session at the engine ended');
    if (lostBecause !== undefined) throw modelLost(parts.id, lostBecause);
  }

  /** What a call that was not taken on means for the model and its sequence. */
  function settleFailure(operation: Operation<unknown>, fate: Fate, acceptedBefore: number): void {
    const changes = operation.changes !== 'nothing';
    if (acceptedBefore > 0 && changes) lose('a part of a batch was not taken on');
    else if (fate === 'unknown') {
      // A gap in the sequence is harmless where calls run as they come.
      if (changes || profile.repeats !== 'sequence') lose(`nobody knows what became of ${operation.what}`);
      else seqId += 1;
    } else {
      if (changes) refusals += 1;
      if (fate === 'refused' && profile.refusedCallUsesSeq) seqId += 1;
    }
  }

  async function submitOne<T>(
    operation: Operation<T>,
    call: (seqId: number) => HttpCall,
    acceptedBefore: number,
    signal: AbortSignal,
  ): Promise<Accepted | { readonly done: T }> {
    let mayHaveArrived = false;
    const patience = {
      mayRepeat: operation.mayRepeat,
      waits: signal,
      onUncertain: () => {
        mayHaveArrived = true;
      },
    };
    try {
      const accepted = await submit(engine, call(seqId + 1), patience, engine.closing);
      seqId += 1;
      return accepted;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (operation.relearn?.(error) === true) return submitOne(operation, call, acceptedBefore, signal);
      const done = await operation.recover?.(error, mayHaveArrived);
      if (done === undefined) {
        settleFailure(operation, fateOf(error, mayHaveArrived), acceptedBefore);
        throw error;
      }
      seqId += 1;
      return { done };
    }
  }

  async function resultsOf(
    operation: Operation<unknown>,
    accepted: readonly Accepted[],
    signal: AbortSignal,
  ): Promise<readonly FutureResult[]> {
    const either = eitherSignal(signal, engine.closing);
    const of = {
      what: operation.what,
      type: operation.type(),
      deadlineMs: engine.timings.trainingMs,
    };
    try {
      return await Promise.all(accepted.map((one) => resultOf(engine, one, of, either.signal)));
    } catch (thrown) {
      if (profile.failedCallKeepsSeq && operation.changes === 'nothing') seqId -= accepted.length;
      throw thrown;
    } finally {
      either.release();
    }
  }

  async function submitAll<T>(
    operation: Operation<T>,
    refusalsBefore: number,
    signal: AbortSignal,
    onBegun: () => void,
  ): Promise<Submitted<T>> {
    checkAlive();
    if (signal.aborted) {
      if (operation.changes !== 'nothing') refusals += 1;
      throw aborted();
    }
    if (refusalsBefore !== refusals) throw earlierCallFailed();
    if (operation.changes === 'weights') await slot.change();
    onBegun();
    const accepted: Accepted[] = [];
    for (const call of operation.calls) {
      const one = await submitOne(operation, call, accepted.length, signal);
      if ('done' in one) return one;
      accepted.push(one);
    }
    operation.onAccepted?.();
    return { results: resultsOf(operation, accepted, signal) };
  }

  return {
    checkAlive,
    async run<T>(operation: Operation<T>, signal: AbortSignal): Promise<T> {
      const refusalsBefore = refusals;
      let hasBegun = false;
      let isAccepted = false;
      const turn = queue.run(() =>
        submitAll(operation, refusalsBefore, signal, () => {
          hasBegun = true;
        }),
      );
      try {
        const submitted = await unlessAborted(turn, signal);
        isAccepted = true;
        return 'done' in submitted ? submitted.done : operation.read(await submitted.results);
      } catch (thrown) {
        const error = toAppError(thrown);
        const isStopped = error.code === 'aborted';
        if (operation.changes !== 'nothing' && (isAccepted || (hasBegun && isStopped))) {
          lose(isStopped ? `${operation.what} was stopped on its way` : `${operation.what} failed`);
        }
        throw error;
      }
    },
    retire(why, work) {
      return queue.run(async () => {
        lostBecause ??= why;
        parts.onLost();
        await work();
      });
    },
  };
}
