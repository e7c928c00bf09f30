import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toAppError } from '../../../../core/domain/app-error.ts';
import { sampleAt, sampleKey, sampleMessage, sampleSignal } from '../../../contract/store-samples.ts';
import { openAt } from '../rig.ts';
import { tell } from './tell.ts';

/** Writes to a small file system until it is full, looks what still works, frees space, and writes on. */
const folder = process.argv[2] ?? '';
const path = join(folder, 'state.db');
const ballast = join(folder, 'ballast');
writeFileSync(ballast, Buffer.alloc(512 * 1024, 1));

const { database, stores } = openAt(path);
const stored: string[] = [];

async function codeOf(work: () => Promise<unknown> | unknown): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (thrown) {
    return toAppError(thrown).code;
  }
}

const words = 'words '.repeat(500);
const accept = (id: string, text = words): Promise<unknown> =>
  stores.inbox.accept(sampleMessage(id, { text }), sampleKey, sampleAt).then(() => stored.push(id));

let full = 'ok';
for (let count = 0; full === 'ok' && count < 10_000; count += 1)
  full = await codeOf(() => accept(`m${count}`));
// What is left is too little for a long row; short ones take it.
for (let count = 0, left = 'ok'; left === 'ok' && count < 10_000; count += 1)
  left = await codeOf(() => accept(`short${count}`, 'word'));
const neighbours = await Promise.all(['n1', 'n2'].map((id) => codeOf(() => accept(id))));
// A log that is moved into the file may leave room for a smaller row: what counts is that the answer is true.
const signal = await codeOf(() => stores.ledger.append(sampleSignal('s', { name: words })));
const signalIsStored = await stores.ledger.has(sampleSignal('s').eventId);
const opening = await codeOf(() => openAt(join(folder, 'other.db')));
const read = (await stores.inbox.pending()).map((row) => row.event.eventId.replace('web:', ''));
const storedWhenFull = [...stored];

rmSync(ballast);
rmSync(join(folder, 'other.db'), { force: true });
const after = await codeOf(() => accept('after'));
database.close();

const again = openAt(path);
const faults = again.database.integrityFaults();
const kept = (await again.stores.inbox.pending()).map((row) => row.event.eventId.replace('web:', ''));
again.database.close();
tell(
  JSON.stringify({
    full,
    neighbours,
    signal,
    signalIsStored,
    opening,
    read,
    storedWhenFull,
    after,
    faults,
    kept,
    stored,
  }),
);
