import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { createWriteGate } from '../../../adapters/sqlite/write-gate.ts';

test('what is written comes back, and what it throws leaves the gate open', () => {
  const { ahead, behind } = createWriteGate();
  expect([ahead(() => 1), behind(() => 2)]).toEqual([1, 2]);
  const fail = (): never => {
    throw new TypeError('odd');
  };
  expect(() => ahead(fail)).toThrow('odd');
  expect(() => behind(fail)).toThrow('odd');
  expect([ahead(() => 3), behind(() => 4)]).toEqual([3, 4]);
});

/** Another thread that has the gate until it is told, and says when it got it. */
function otherThread(words: SharedArrayBuffer, signal: SharedArrayBuffer) {
  const gate = new URL('../../../adapters/sqlite/write-gate.ts', import.meta.url).href;
  const body = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { createWriteGate } from ${JSON.stringify(gate)};
    const signal = new Int32Array(workerData.signal);
    createWriteGate(workerData.words).behind(() => {
      Atomics.store(signal, 0, 1);
      Atomics.notify(signal, 0);
      Atomics.wait(signal, 1, 0, 10_000);
      Atomics.store(signal, 2, 1);
    });
    parentPort.postMessage('done');`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(body)}`), {
    workerData: { words, signal },
  });
  onTestFinished(async () => void (await worker.terminate()));
  return new Promise((resolve) => worker.once('message', resolve));
}

test('the event loop’s thread waits for a commit of the other, and no longer', async () => {
  const gate = createWriteGate();
  const signal = new SharedArrayBuffer(12);
  const states = new Int32Array(signal);
  const done = otherThread(gate.words, signal);
  Atomics.wait(states, 0, 0, 10_000);
  // It goes on only while this thread waits.
  const teller = new Worker(
    `const { workerData } = require('node:worker_threads');
     const words = new Int32Array(workerData.words), states = new Int32Array(workerData.signal);
     while (Atomics.load(words, 1) === 0);
     Atomics.store(states, 1, 1); Atomics.notify(states, 1);`,
    { eval: true, workerData: { words: gate.words, signal } },
  );
  onTestFinished(async () => void (await teller.terminate()));
  expect(gate.ahead(() => Atomics.load(states, 2))).toBe(1);
  await done;
});

test('the other one lets it go first', async () => {
  const gate = createWriteGate();
  const signal = new SharedArrayBuffer(12);
  const states = new Int32Array(signal);
  let done: Promise<unknown> | undefined;
  gate.ahead(() => {
    done = otherThread(gate.words, signal);
    // Long enough for a thread to start, were it not kept.
    expect(Atomics.wait(states, 0, 0, 400)).toBe('timed-out');
  });
  expect(Atomics.wait(states, 0, 0, 10_000)).not.toBe('timed-out');
  Atomics.store(states, 1, 1);
  Atomics.notify(states, 1);
  await done;
});

test('a thread that ended while it had the gate keeps nobody', async () => {
  const gate = createWriteGate();
  const signal = new SharedArrayBuffer(12);
  void otherThread(gate.words, signal);
  Atomics.wait(new Int32Array(signal), 0, 0, 10_000);
  gate.left();
  const waited = Atomics.wait(new Int32Array(gate.words), 0, 1, 0);
  expect(waited).toBe('not-equal');
});
