import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEngineTurns, type EngineTurns } from '../../../core/schedule/engine-turns.ts';

const never = new AbortController().signal;
/** Lets everything that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A training call that lasts until it is ended. */
function heldCall() {
  const end = Promise.withResolvers<string>();
  const began = Promise.withResolvers<void>();
  return {
    end,
    began: began.promise,
    call: () => {
      began.resolve();
      return end.promise;
    },
  };
}

describe('an engine that cannot do both at once', () => {
  test('answers wait for the training call in flight, and go before the next one', async () => {
    const turns = createEngineTurns();
    const order: string[] = [];
    const first = heldCall();
    const training = turns.train(first.call, never);
    await first.began;
    const answer = turns.answer(never).then((giveBack) => {
      order.push('answer');
      return giveBack;
    });
    const second = turns.train(async () => order.push('training'), never);
    await settle();
    expect(order).toEqual([]);
    first.end.resolve('done');
    expect(await training).toBe('done');
    const giveBack = await answer;
    await settle();
    expect(order).toEqual(['answer']);
    giveBack();
    await second;
    expect(order).toEqual(['answer', 'training']);
  });

  test('answers do not wait for each other', async () => {
    const turns = createEngineTurns();
    const [one, other] = [await turns.answer(never), await turns.answer(never)];
    one();
    // Told twice it does not end the other.
    one();
    let hasBegun = false;
    const training = turns.train(async () => {
      hasBegun = true;
    }, never);
    await settle();
    expect(hasBegun).toBe(false);
    other();
    await training;
    expect(hasBegun).toBe(true);
  });

  test('trainings that wait for the same answer are not let in together', async () => {
    const turns = createEngineTurns();
    const giveBack = await turns.answer(never);
    const [one, other] = [heldCall(), heldCall()];
    const began: string[] = [];
    void one.began.then(() => began.push('one'));
    void other.began.then(() => began.push('other'));
    const both = [turns.train(one.call, never), turns.train(other.call, never)];
    giveBack();
    await settle();
    expect(began).toHaveLength(1);
    one.end.resolve('');
    other.end.resolve('');
    await Promise.all(both);
    expect(began).toHaveLength(2);
  });

  test('a call that fails gives its turn back, and says why', async () => {
    const turns = createEngineTurns();
    await expect(turns.train(() => Promise.reject(new Error('broken')), never)).rejects.toThrow('broken');
    (await turns.answer(never))();
    expect(await turns.train(async () => 7, never)).toBe(7);
  });

  test('who gives up waiting is told so, and stands in nobody’s way', async () => {
    const turns = createEngineTurns();
    const held = heldCall();
    const training = turns.train(held.call, never);
    await held.began;
    const leaving = new AbortController();
    const answer = turns.answer(leaving.signal);
    leaving.abort();
    await expect(answer).rejects.toMatchObject({ code: 'aborted' });
    held.end.resolve('');
    await training;
    let isMade = false;
    await turns.train(async () => {
      isMade = true;
    }, never);
    expect(isMade).toBe(true);
  });

  test('a training that is given up while people are answered makes no call', async () => {
    const turns = createEngineTurns();
    const giveBack = await turns.answer(never);
    const leaving = new AbortController();
    let isMade = false;
    const training = turns.train(async () => {
      isMade = true;
    }, leaving.signal);
    leaving.abort();
    await expect(training).rejects.toMatchObject({ code: 'aborted' });
    giveBack();
    await settle();
    expect(isMade).toBe(false);
    const gone = AbortSignal.abort();
    await expect(turns.answer(gone)).rejects.toMatchObject({ code: 'aborted' });
    await expect(turns.train(async () => 1, gone)).rejects.toMatchObject({ code: 'aborted' });
    expect(await turns.train(async () => 1, never)).toBe(1);
  });
});

/** Somebody who wants the engine. */
interface Client {
  readonly kind: 'answer' | 'train';
  state: 'waiting' | 'has it' | 'over' | 'gave up';
  readonly leaving: AbortController;
  end(): void;
}

function comeFor(turns: EngineTurns, kind: Client['kind']): Client {
  const finish = Promise.withResolvers<void>();
  const client: Client = {
    kind,
    state: 'waiting',
    leaving: new AbortController(),
    end: finish.resolve,
  };
  const { signal } = client.leaving;
  const work = async (): Promise<void> => {
    client.state = 'has it';
    await finish.promise;
    client.state = 'over';
  };
  const use = async (): Promise<void> => {
    if (kind === 'train') return turns.train(work, signal);
    const giveBack = await turns.answer(signal);
    await work();
    giveBack();
  };
  use().catch(() => {
    client.state = 'gave up';
  });
  return client;
}

test('whoever comes and goes: never both, never two trainings, answers first, and nobody waits for ever', async () => {
  const step = fc.record({
    what: fc.constantFrom('answer', 'train', 'end', 'end', 'leave' as const),
    place: fc.nat(8),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const turns = createEngineTurns();
      const clients: Client[] = [];
      const those = (kind: Client['kind'], state: Client['state']): readonly Client[] =>
        clients.filter((client) => client.kind === kind && client.state === state);
      for (const { what, place } of steps) {
        const trained = those('train', 'has it');
        if (what === 'answer' || what === 'train') clients.push(comeFor(turns, what));
        else if (what === 'end') clients[place]?.end();
        else clients[place]?.leaving.abort();
        await settle();
        const training = those('train', 'has it');
        const answered = those('answer', 'has it');
        expect(training.length).toBeLessThan(2);
        expect(training.length === 0 || answered.length === 0).toBe(true);
        if (training.length === 0) expect(those('answer', 'waiting')).toEqual([]);
        // Who has begun is not cut off, and nobody begins to train while somebody wants an answer.
        const isNew = training.some((client) => !trained.includes(client));
        if (isNew) expect(those('answer', 'waiting')).toEqual([]);
      }
      for (let round = 0; round <= clients.length; round += 1) {
        for (const client of clients) client.end();
        await settle();
      }
      for (const { state } of clients) expect(['over', 'gave up']).toContain(state);
    }),
    { numRuns: 60 },
  );
});
