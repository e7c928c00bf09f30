import { Worker } from 'node:worker_threads';
import { AppError } from '../../core/domain/app-error.ts';
import type { LogFields, Logger } from '../../core/ports/logger.ts';
import type { ExchangeWrite, ExchangeWrites } from './exchange-writes.ts';
import type { WriteGate } from './write-gate.ts';
import {
  type FromWriteThread,
  fromPlainError,
  type ToWriteThread,
  type WriteThreadData,
} from './write-thread-messages.ts';

/**
 * The writes of exchanges that are over, in a thread of their own: programs leave hundreds a second, and whoever waits for a token
 * should not wait for the disk. Every promise of the stores holds, errors included. What is called in one turn of the event loop is
 * in one commit.
 */
export interface WriteThread extends ExchangeWrites {
  /** Ends the thread after what it was given; what comes later is refused. Again is fine. */
  close(): Promise<void>;
}

export interface WriteThreadOptions {
  /** Of the database, which has been opened and brought up to date before. */
  readonly path: string;
  /** Of the process's first connection. */
  readonly gate: Pick<WriteGate, 'words' | 'left'>;
  readonly logger: Logger;
  /** The thread's file; only tests give another. */
  readonly entry?: URL;
}

interface Waiting {
  readonly write: ExchangeWrite;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
}

/** Beside this file, and compiled as it is. */
const ownEntry = new URL(
  import.meta.url.endsWith('.ts') ? 'write-thread-worker.ts' : 'write-thread-worker.js',
  import.meta.url,
);

/** Starts the thread at the first write, and again at the next one where it has ended. */
export function createWriteThread(options: WriteThreadOptions): WriteThread {
  const { path, gate, logger, entry = ownEntry } = options;
  let worker: Worker | undefined;
  let ended: Promise<void> | undefined;
  let collected: Waiting[] = [];
  const sent = new Map<number, readonly Waiting[]>();
  let lastBatch = 0;
  let isClosed = false;

  function refuse(waiting: readonly Waiting[], error: AppError): void {
    for (const { reject } of waiting) reject(error);
  }

  function settle({ batch, outcomes }: Extract<FromWriteThread, { kind: 'written' }>): void {
    const waiting = sent.get(batch) ?? [];
    sent.delete(batch);
    // A process that only waits for further writes may end.
    if (sent.size === 0) worker?.unref();
    for (const [place, { resolve, reject }] of waiting.entries()) {
      const outcome = outcomes[place];
      if (outcome !== undefined && 'error' in outcome) reject(fromPlainError(outcome.error));
      else resolve(outcome?.value);
    }
  }

  function started(): Worker {
    const workerData: WriteThreadData = { path, gate: gate.words };
    let fault: Error | undefined;
    const made = new Worker(entry, { workerData });
    made.on('message', (message: FromWriteThread) => {
      if (message.kind === 'written') settle(message);
      else logger[message.level](message.event, fieldsOf(message));
    });
    // Without this batch's answer nobody would ever learn of it.
    made.on('messageerror', () => void made.terminate());
    made.on('error', (error) => {
      fault = error;
      logger.error('write_thread_failed', { error });
    });
    ended = new Promise((resolve) => {
      made.on('exit', () => {
        worker = undefined;
        gate.left();
        const lost = [...sent.values()].flat();
        sent.clear();
        refuse(lost, lastWord(fault));
        resolve();
      });
    });
    return made;
  }

  function post(message: ToWriteThread): void {
    worker ??= started();
    worker.postMessage(message);
    worker.ref();
  }

  function send(): void {
    const waiting = collected;
    collected = [];
    if (isClosed) {
      refuse(
        waiting,
        new AppError('storage_failed', `The database ${path} is closed. Nothing of this was stored.`),
      );
      return;
    }
    lastBatch += 1;
    try {
      post({ kind: 'write', batch: lastBatch, writes: waiting.map(({ write }) => write) });
      sent.set(lastBatch, waiting);
    } catch (error) {
      logger.error('write_thread_failed', { error });
      refuse(waiting, unsent(error));
    }
  }

  const ask = (write: ExchangeWrite): Promise<unknown> =>
    new Promise((resolve, reject) => {
      collected.push({ write, resolve, reject });
      if (collected.length === 1) setImmediate(send);
    });

  const done = async (write: ExchangeWrite): Promise<void> => {
    await ask(write);
  };

  return {
    sessions: {
      open: (session) => done({ kind: 'open', session }),
      touch: (sessionId, at) => done({ kind: 'touch', sessionId, at }),
      end: async (sessionId, at, reason) => (await ask({ kind: 'end', sessionId, at, reason })) === true,
    },
    turns: { record: (recorded) => done({ kind: 'record', recorded }) },
    keys: { spent: (spending, at) => done({ kind: 'spent', spending, at }) },
    async close() {
      if (!isClosed) {
        if (collected.length > 0) send();
        isClosed = true;
        if (worker !== undefined) post({ kind: 'close' });
      }
      await ended;
    },
  };
}

function fieldsOf({ fields, error }: Extract<FromWriteThread, { kind: 'log' }>): LogFields {
  return error === undefined ? fields : { ...fields, error: fromPlainError(error) };
}

/** Of a thread that ended without an answer, which may have been between its commit and the answer. */
function lastWord(fault: Error | undefined): AppError {
  const why = fault?.message ?? 'The thread that stores exchanges has ended.';
  return new AppError('storage_failed', `${why} It is not known whether this was stored.`, { cause: fault });
}

/** A value that is no plain data is its giver's fault, and no second try would help. */
function unsent(thrown: unknown): AppError {
  const isOdd = thrown instanceof DOMException && thrown.name === 'DataCloneError';
  return isOdd
    ? new AppError('invalid_input', 'This value cannot be stored: a part of it is no plain data.', {
        cause: thrown,
      })
    : new AppError(
        'storage_failed',
        'The thread that stores exchanges could not be started. Nothing of this was stored.',
        {
          cause: thrown,
        },
      );
}
