import { parentPort, workerData } from 'node:worker_threads';
import type { LogFields, Logger } from '../../core/ports/logger.ts';
import { createApiKeyStore } from './api-key-store.ts';
import { openDatabase } from './database.ts';
import { type ExchangeWrite, performWrite } from './exchange-writes.ts';
import { createSessionStore } from './session-store.ts';
import { createTurnStore } from './turn-store.ts';
import { createWriteGate } from './write-gate.ts';
import {
  type FromWriteThread,
  type ToWriteThread,
  toPlainError,
  type WriteOutcome,
  type WriteThreadData,
} from './write-thread-messages.ts';

/** The thread of `createWriteThread`: the same stores over a connection of its own, each batch in one commit. */

/** Of other programs' locks: a process that ends waits for as long, and whatever was refused is written again. */
const busyTimeoutMs = 500;
/** Then the log is moved into the file: no commit of the others has to. */
const writesPerCheckpoint = 1_000;

if (parentPort === null) throw new TypeError('This is a thread’s file, and no program.');
const port = parentPort;
const { path, gate }: WriteThreadData = workerData;

const tell = (message: FromWriteThread): void => port.postMessage(message);

function createToldLogger(bound: LogFields = {}): Logger {
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, { error, ...fields }: LogFields = {}): void =>
      tell({
        kind: 'log',
        level,
        event,
        fields: { ...bound, ...fields },
        ...(error === undefined ? {} : { error: toPlainError(error) }),
      });
  return {
    debug: () => {},
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => createToldLogger({ ...bound, ...fields }),
  };
}

let flush: (() => void) | undefined;
const database = openDatabase({
  path,
  logger: createToldLogger(),
  busyTimeoutMs,
  isSecond: true,
  around: createWriteGate(gate).behind,
  schedule: (wanted) => {
    flush = wanted;
  },
});
const stores = {
  sessions: createSessionStore(database),
  turns: createTurnStore(database),
  keys: createApiKeyStore(database),
};
let sinceCheckpoint = 0;

async function outcomeOf(write: ExchangeWrite): Promise<WriteOutcome> {
  try {
    return { value: await performWrite(stores, write) };
  } catch (thrown) {
    return { error: toPlainError(thrown) };
  }
}

async function writeAll(batch: number, writes: readonly ExchangeWrite[]): Promise<void> {
  const outcomes = writes.map(outcomeOf);
  flush?.();
  tell({ kind: 'written', batch, outcomes: await Promise.all(outcomes) });
  sinceCheckpoint += writes.length;
  if (sinceCheckpoint < writesPerCheckpoint) return;
  sinceCheckpoint = 0;
  database.checkpoint();
}

port.on('message', (message: ToWriteThread) => {
  if (message.kind === 'write') {
    void writeAll(message.batch, message.writes);
    return;
  }
  database.close();
  port.close();
});
