import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { eitherSignal } from './either-signal.ts';
import { type Accepted, type Engine, resultOf, submit } from './engine.ts';
import { aborted, modelLost } from './errors.ts';
import type { FutureResult, RequestType } from './futures.ts';
import type { HttpCall } from './http.ts';
import { createRefusedCalls } from './refused-calls.ts';
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
  /** Asked at its turn. What is wrong with the call in itself is thrown here: it counts as refused. */
  calls(): readonly ((seqId: number) => HttpCall)[];
  readonly mayRepeat: boolean;
  /** Whether 404 can only mean that the engine does not know the model. */
  readonly namesModelOnly: boolean;
  /** Reads the results of all calls, in order. */
  read(results: readonly FutureResult[]): T;
  /** Whether the same call, made anew, may be taken after this refusal. */
  relearn?(error: AppError): boolean;
  /** Asked after a conflict where an attempt before may have been taken on: gives what that one gave. */
  recover?(): Promise<T | undefined>;
  /** At each attempt that failed so that it may have been taken on. */
  onUncertain?(): void;
  /** When all calls are taken on, before the next operation's turn. */
  onAccepted?(): void;
}

/** A model's operations: submitted in the order in which they were asked for, their results waited for side by side. */
export interface Operations {
  /** Rejects as `TrainableModel` says. */
  run<T>(operation: Operation<T>, signal: AbortSignal): Promise<T>;
  /** Throws `conflict`, reason `model_lost`. */
  checkAlive(): void;
  isLost(): boolean;
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

/** A call that was taken on; `isDoubtful` where an attempt before may have been, too. */
interface Taken {
  readonly accepted: Accepted;
  readonly seqId: number;
  readonly isDoubtful: boolean;
}

/** How far a call has come, for the one who made it: its wait may end before its turn does. */
interface Progress {
  stage: 'queued' | 'submitting' | 'accepted';
}

function earlierCallFailed(): AppError {
  return new AppError('conflict', 'Not carried out, as a call before it was refused.', {
    details: { reason: 'earlier_call_failed' },
  });
}

/**
 * Refusals that the engine itself gives, having looked at the call: where refused calls count, these do. Others come from what
 * stands before it, or before it looked: it knows nothing of such a call and would wait for its place.
 */
const lookedAt: ReadonlySet<unknown> = new Set([400, 404, 409, 422]);

/** What is known of a call that was not taken on. */
type Fate = 'not_sent' | 'refused' | 'unknown';

function fateOf({ code, details }: AppError, mayHaveArrived: boolean): Fate {
  if (mayHaveArrived) return 'unknown';
  if (details['reached'] === false || code === 'aborted') return 'not_sent';
  return typeof details['status'] === 'number' ? 'refused' : 'unknown';
}

export function createOperations(parts: OperationsParts): Operations {
  const { engine, session, slot } = parts;
  const { profile } = engine;
  const queue = createSerialQueue();
  const order = createRefusedCalls();
  /** The last place in the sequence that the engine has taken. */
  let lastSeq = parts.usedSeqs;
  let lostBecause: string | undefined;

  function lose(why: string): void {
    if (lostBecause !== undefined) return;
    lostBecause = why;
    engine.logger.warn('engine_model_lost', { why });
    parts.onLost();
  }

  function whyLost(): string | undefined {
    if (session.isLost()) lose('its session at the engine ended');
    return lostBecause;
  }

  function checkAlive(): void {
    const why = whyLost();
    if (why !== undefined) throw modelLost(parts.id, why);
  }

  /** What a call that was not taken on means for the model and its sequence. */
  function settleFailure(operation: Operation<unknown>, error: AppError, fate: Fate): void {
    const changes = operation.changes !== 'nothing';
    const { status } = error.details;
    if (fate === 'unknown') {
      // A gap in the sequence is harmless where calls run as they come.
      if (changes || profile.repeats !== 'sequence') lose(`nobody knows what became of ${operation.what}`);
      else lastSeq += 1;
    } else if (fate === 'refused') {
      if (profile.refusedCallUsesSeq && lookedAt.has(status)) lastSeq += 1;
      if (status === 404 && operation.namesModelOnly) lose('the engine does not know it any more');
      if (status === 409 && changes) lose(`${operation.what} came out of order`);
    }
  }

  /** The result of an attempt that may have been taken on before; a failure to find out is none of the caller's. */
  async function recovered<T>(operation: Operation<T>, error: AppError): Promise<T | undefined> {
    if (error.code !== 'conflict' || operation.recover === undefined) return undefined;
    return operation.recover().catch((thrown) => {
      engine.logger.warn('engine_save_not_confirmed', { error: toAppError(thrown) });
      return undefined;
    });
  }

  async function submitOne<T>(
    operation: Operation<T>,
    callAt: (seqId: number) => HttpCall,
    signal: AbortSignal,
  ): Promise<Taken | { readonly done: T }> {
    const seqId = lastSeq + 1;
    const call = callAt(seqId);
    let isDoubtful = false;
    const patience = {
      mayRepeat: operation.mayRepeat,
      waits: signal,
      onUncertain: () => {
        isDoubtful = true;
        operation.onUncertain?.();
      },
    };
    try {
      const accepted = await submit(engine, call, patience, engine.closing);
      lastSeq = seqId;
      return { accepted, seqId, isDoubtful };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (operation.relearn?.(error) === true) return submitOne(operation, callAt, signal);
      const done = isDoubtful ? await recovered(operation, error) : undefined;
      if (done === undefined) {
        settleFailure(operation, error, fateOf(error, isDoubtful));
        throw error;
      }
      lastSeq = seqId;
      return { done };
    }
  }

  /** Where a call that was taken on and then failed did not use up its place, the next one takes it. */
  function giveSeqBack(thrown: unknown, seqId: number): void {
    const { details, message } = toAppError(thrown);
    if (typeof details['status'] !== 'number' || lastSeq !== seqId) return;
    const expected = details['status'] === 409 ? /\bexpected (\d+)/.exec(message)?.[1] : undefined;
    lastSeq = (expected === undefined ? seqId : Number(expected)) - 1;
  }

  async function resultsOf<T>(
    operation: Operation<T>,
    taken: readonly Taken[],
    signal: AbortSignal,
  ): Promise<T> {
    const either = eitherSignal(signal, engine.closing);
    const { what } = operation;
    const of = { what, type: operation.type(), deadlineMs: engine.timings.trainingMs };
    try {
      const results = taken.map(({ accepted }) => resultOf(engine, accepted, of, either.signal));
      const last = taken.at(-1);
      if (profile.failedCallKeepsSeq && last !== undefined) {
        results.at(-1)?.catch((thrown) => giveSeqBack(thrown, last.seqId));
      }
      return operation.read(await Promise.all(results));
    } catch (thrown) {
      const isDoubtful = taken.some((one) => one.isDoubtful);
      const done = isDoubtful ? await recovered(operation, toAppError(thrown)) : undefined;
      if (done === undefined) throw thrown;
      return done;
    } finally {
      either.release();
    }
  }

  /** Submits one after the other and adds those that were taken on; or gives what an attempt before had given already. */
  async function take<T>(
    operation: Operation<T>,
    calls: ReturnType<Operation<T>['calls']>,
    taken: Taken[],
    signal: AbortSignal,
  ): Promise<{ readonly done: T } | undefined> {
    for (const call of calls) {
      const one = await submitOne(operation, call, signal);
      if ('done' in one) return one;
      taken.push(one);
      if (signal.aborted) throw aborted();
    }
    return undefined;
  }

  async function submitAll<T>(
    operation: Operation<T>,
    place: number,
    signal: AbortSignal,
    progress: Progress,
  ): Promise<{ readonly outcome: Promise<T> }> {
    const isBarred = order.isBarred(place);
    checkAlive();
    if (isBarred) throw earlierCallFailed();
    const changes = operation.changes !== 'nothing';
    const taken: Taken[] = [];
    let takeBack: (() => void) | undefined;
    try {
      if (signal.aborted) throw aborted();
      const calls = operation.calls();
      if (operation.changes === 'weights') {
        takeBack = await slot.change(signal);
        checkAlive();
      }
      progress.stage = 'submitting';
      const early = await take(operation, calls, taken, signal);
      if (early !== undefined) return { outcome: Promise.resolve(early.done) };
    } catch (thrown) {
      // What is lost has weights that nobody knows.
      if (taken.length === 0 && lostBecause === undefined) takeBack?.();
      if (changes && taken.length === 0) order.refuse(place);
      else if (changes) lose(`${operation.what} was taken on in part, or stopped on its way`);
      throw thrown;
    }
    progress.stage = 'accepted';
    operation.onAccepted?.();
    const outcome = resultsOf(operation, taken, signal);
    // Nobody listens where the call was stopped meanwhile.
    outcome.catch(() => undefined);
    return { outcome };
  }

  return {
    checkAlive,
    isLost: () => whyLost() !== undefined,
    async run<T>(operation: Operation<T>, signal: AbortSignal): Promise<T> {
      const changes = operation.changes !== 'nothing';
      const place = order.next();
      const progress: Progress = { stage: 'queued' };
      const turn = queue.run(() => submitAll(operation, place, signal, progress));
      try {
        const { outcome } = await unlessAborted(turn, signal);
        return await outcome;
      } catch (thrown) {
        const error = toAppError(thrown);
        if (changes && progress.stage === 'accepted') {
          lose(
            error.code === 'aborted'
              ? `${operation.what} was stopped on its way`
              : `${operation.what} failed`,
          );
        }
        // Known from now on, although its turn is yet to come.
        if (changes && progress.stage === 'queued' && signal.aborted) order.refuse(place);
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
