import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { sessionId, turnId } from '../../../core/domain/ids.ts';
import type { ModelRequest } from '../../../core/domain/model.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import {
  createJudgeWorker,
  type JudgeWorker,
  type JudgeWorkerDeps,
} from '../../../core/feedback/judge-worker.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import type { NewTurn } from '../../../core/ports/turn-store.ts';
import { sampleRef, sampleSession, sampleTurn } from '../../contract/store-samples.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** `hang`: says nothing more until it is cut off; `deaf`: not even then. */
export type JudgeReply = string | AppError | 'hang' | 'deaf';

export interface JudgeModel extends ModelPort {
  readonly requests: readonly ModelRequest[];
  active(): number;
  /** The most calls that were open at once. */
  mostActive(): number;
}

export const vote = (score: number, kind = 'none', quote = ''): string =>
  JSON.stringify({ score, next: { kind, quote } });

export const judgeDown = (retryAfterMs?: number): AppError =>
  new AppError('network', 'The connection to the judge failed.', {
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

/** Answers each call as the function of its request and number says. */
export function createJudgeModel(respond: (request: ModelRequest, call: number) => JudgeReply): JudgeModel {
  const requests: ModelRequest[] = [];
  let active = 0;
  let mostActive = 0;
  return {
    description: 'judge-model at judge.example',
    requests,
    active: () => active,
    mostActive: () => mostActive,
    async *stream(request, signal) {
      requests.push(structuredClone(request));
      active += 1;
      mostActive = Math.max(mostActive, active);
      try {
        const reply = respond(request, requests.length);
        // As a server would: not within the caller's own turn of the event loop.
        await new Promise((resolve) => setImmediate(resolve));
        if (reply === 'hang' || reply === 'deaf') {
          await new Promise<void>((resolve) => {
            if (reply === 'hang' && signal.aborted) resolve();
            else if (reply === 'hang') signal.addEventListener('abort', () => resolve(), { once: true });
          });
        }
        if (signal.aborted || typeof reply !== 'string') {
          const error = typeof reply === 'string' ? new AppError('aborted', 'It was stopped.') : reply;
          yield { type: 'failed', error };
          return;
        }
        yield { type: 'started', model: 'judge-model' };
        yield { type: 'text', text: reply };
        yield { type: 'completed', finishReason: 'stop' };
      } finally {
        active -= 1;
      }
    },
  };
}

/** The words of the request that the judge was asked about, without the rules around them. */
export const materialOf = ({ messages }: ModelRequest): string => messages.at(-1)?.text ?? '';

export interface JudgeRigOptions extends Partial<Omit<JudgeWorkerDeps, 'clock' | 'logger' | 'model'>> {
  readonly respond?: (request: ModelRequest, call: number) => JudgeReply;
  readonly wrap?: (stores: SqliteStores) => SqliteStores;
}

export interface JudgeRig {
  readonly stores: SqliteStores;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly model: JudgeModel;
  readonly worker: JudgeWorker;
  /** A further worker over the same stores, as after a restart. */
  restarted(changes?: JudgeRigOptions): JudgeWorker;
  /** Stores a turn that was answered and waits for the judge from now on. */
  answered(id: string, changes?: Partial<NewTurn>, replyText?: string): Promise<void>;
  rows(id: string): Promise<readonly Signal[]>;
  /** Resolves when the worker has nothing to do before its next look. */
  resting(): Promise<void>;
  /** Time passes, look by look. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const lookEveryMs = 30_000;

export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let round = 0; !holds(); round += 1) {
    if (round > 20_000) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The judge's worker over real stores, a model that answers as told, and a clock that the test moves. */
export async function createJudgeRig(options: JudgeRigOptions = {}): Promise<JudgeRig> {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const database = openDatabase({ path: ':memory:', logger });
  const plain = openStores(database);
  const model = createJudgeModel(options.respond ?? (() => vote(1)));
  await plain.sessions.open(sampleSession('session-1'));

  const open = ({ respond: _, wrap, ...given }: JudgeRigOptions): JudgeWorker => {
    const stores = wrap === undefined ? plain : wrap(plain);
    return createJudgeWorker({
      queue: stores.judgeQueue,
      turns: stores.turns,
      ledger: stores.ledger,
      model,
      modelName: 'judge-model',
      votes: 3,
      timeoutMs: minute,
      dailyCalls: 500,
      concurrency: 2,
      quietTimes: { skills: 10 * minute, weights: day },
      mayUse: () => ({ allowed: true }),
      clock,
      ids: createSequentialIds(),
      logger,
      ...given,
    });
  };
  const worker = open(options);
  const workers = [worker];
  const resting = (): Promise<void> =>
    until(() => model.active() === 0 && clock.waiting() === 1, 'the worker rests');

  return {
    stores: plain,
    clock,
    logger,
    model,
    worker,
    restarted(changes = {}) {
      const next = open({ ...options, wrap: (stores) => stores, ...changes });
      workers.push(next);
      return next;
    },
    async answered(id, changes = {}, replyText = `The answer to ${id}.`) {
      const now = clock.now();
      const { turns } = plain;
      await turns.open(sampleTurn(id, { sessionId: sessionId('session-1'), startedAt: now, ...changes }));
      await turns.answer(turnId(id), replyText);
      await turns.intend(turnId(id), 0, `key-${id}`, { blocks: [] }, now);
      await turns.sent(turnId(id), 0, sampleRef(`${id}-reply`), now);
      await turns.end(turnId(id), { state: 'done', endedAt: now, judgeAt: now });
    },
    rows: (id) => plain.ledger.ofTurn(turnId(id)),
    resting,
    async pass(ms) {
      for (let left = ms; left > 0; left -= lookEveryMs) {
        await clock.advance(Math.min(left, lookEveryMs));
        await resting();
      }
    },
    async close() {
      await Promise.all(workers.map((one) => one.stop()));
      database.close();
    },
  };
}
