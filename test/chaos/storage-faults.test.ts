import { afterEach, describe, expect, test } from 'vitest';
import type { SqliteStores } from '../../adapters/sqlite/stores.ts';
import { AppError } from '../../core/domain/app-error.ts';
import { answer, hold } from '../fakes/model/scripted-model.ts';
import { type BotHarness, type BotHarnessOptions, createBotHarness, minute } from '../flow/bot-harness.ts';

const open: BotHarness[] = [];
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

/** Makes chosen methods of the stores fail until healed. */
function createFaults() {
  const failing = new Map<string, AppError>();
  const guard = <T extends object>(name: string, store: T): T =>
    new Proxy(store, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const error = failing.get(`${name}.${String(key)}`) ?? failing.get(name);
          return error === undefined ? Reflect.apply(value, target, args) : Promise.reject(error);
        };
      },
    });
  return {
    failing,
    wrap: (stores: SqliteStores): SqliteStores => ({
      ...stores,
      inbox: guard('inbox', stores.inbox),
      turns: guard('turns', stores.turns),
      ledger: guard('ledger', stores.ledger),
      sessions: guard('sessions', stores.sessions),
    }),
  };
}

const full = new AppError('storage_full', 'The disk is full. Free some space.');
const busy = new AppError('storage_busy', 'Another program holds the database.', { retryable: true });

async function start(options: BotHarnessOptions): Promise<BotHarness> {
  const harness = await createBotHarness(options);
  open.push(harness);
  await harness.start();
  return harness;
}

const ended = async ({ stores }: BotHarness, count: number): Promise<boolean> => {
  const counts = await stores.turns.counts();
  return counts.open + counts.answered === 0 && counts.done === count;
};

describe('a store that fails', () => {
  test.each([full, busy])(
    'at the door: nothing is acknowledged that was not stored ($code)',
    async (error) => {
      const faults = createFaults();
      const harness = await start({ steps: [answer('Fine again.')], wrap: faults.wrap });
      faults.failing.set('inbox.accept', error);
      const { receipt } = await harness.channel.person.says('hello');
      expect(receipt).toBe('unavailable');
      expect(harness.model.requests).toEqual([]);
      faults.failing.clear();
      const [again] = await harness.channel.redeliver();
      expect(again?.receipt).toBe('stored');
      await harness.until(() => ended(harness, 1), 'answered');
      expect(harness.channel.texts()).toEqual(['Fine again.']);
    },
  );

  test('a signal that cannot be stored is not acknowledged', async () => {
    const faults = createFaults();
    const harness = await start({ steps: [answer('An answer.')], wrap: faults.wrap });
    await harness.channel.person.says('hello');
    await harness.until(() => ended(harness, 1), 'answered');
    faults.failing.set('ledger', full);
    const { ref } = harness.channel.messages()[0]!;
    expect((await harness.channel.person.reacts(ref, '👍')).receipt).toBe('unavailable');
    faults.failing.clear();
    expect((await harness.channel.redeliver()).map(({ receipt }) => receipt)).toEqual(['stored']);
    expect(await harness.stores.ledger.count()).toBe(1);
  });

  test.each(['turns.open', 'turns.intend', 'turns.answer', 'turns.sent', 'turns.end', 'sessions.open'])(
    'in the middle (%s): the person is told once, the message is kept and answered later, once',
    async (method) => {
      const faults = createFaults();
      const harness = await start({
        steps: [
          answer('The answer, long enough to be shown at once.'),
          answer('The next one, just as long as that.'),
        ],
        wrap: faults.wrap,
      });
      faults.failing.set(method, full);
      expect((await harness.channel.person.says('hello')).receipt).toBe('stored');
      await harness.until(
        () => harness.channel.texts().some((text) => text.includes('cannot store anything')),
        'the word',
      );
      await harness.clock.advance(minute);
      expect(harness.channel.texts().filter((text) => text.includes('cannot store anything'))).toHaveLength(
        1,
      );
      faults.failing.clear();
      await harness.clock.advance(minute);
      await harness.until(() => ended(harness, 1), 'answered');
      expect(await harness.stores.inbox.pending()).toEqual([]);
      expect(harness.channel.texts().filter((text) => text.startsWith('The answer'))).toHaveLength(1);
      // The bot is up: the next message is answered as ever.
      await harness.channel.person.says('and now?');
      await harness.until(() => ended(harness, 2), 'the next one');
      harness.model.assertComplete();
    },
  );

  test('settlement goes on after the ledger was away', async () => {
    const faults = createFaults();
    const harness = await start({ steps: [answer('An answer.')], wrap: faults.wrap });
    await harness.channel.person.says('hello');
    await harness.until(() => ended(harness, 1), 'answered');
    const turn = await harness.stores.turns.byReply(harness.channel.messages()[0]!.ref);
    faults.failing.set('ledger', full);
    await harness.clock.advance(30 * minute);
    faults.failing.clear();
    await harness.clock.advance(minute);
    expect(await harness.stores.ledger.settlement(turn!.turnId, 'skills')).toMatchObject({
      state: 'settled',
    });
  });
});

test.each(['new', 'retry'])(
  'an answer to a person is given once although its end cannot be stored (%s)',
  async (what) => {
    const faults = createFaults();
    const harness = await start({ steps: [answer('An answer.')], wrap: faults.wrap });
    const { person } = harness.channel;
    await person.says('hello');
    await harness.until(() => ended(harness, 1), 'answered');
    faults.failing.set('inbox.finish', full);
    if (what === 'new') await person.commands('new');
    else await person.presses(harness.channel.messages()[0]!.ref, 'turn.retry');
    const replies = () => harness.channel.messages().filter(({ handle }) => handle !== undefined);
    await harness.until(() => replies().length > 0, 'a reply');
    await harness.clock.advance(2 * minute);
    expect(replies()).toHaveLength(1);
    faults.failing.clear();
    await harness.clock.advance(minute);
    await harness.until(
      async () => (await harness.stores.inbox.pending()).length === 0,
      'the event finished',
    );
    expect(replies()).toHaveLength(1);
  },
);

test('what a person stopped stays stopped although that could not be stored at first', async () => {
  const faults = createFaults();
  const harness = await start({ steps: [hold([], [])], burstMs: -1, wrap: faults.wrap });
  const { person } = harness.channel;
  await person.says('one');
  await harness.model.held();
  await person.says('two');
  faults.failing.set('inbox.finish', full);
  const { event } = await person.commands('stop');
  const reply = await harness.until(
    () => harness.channel.messages().find(({ handle }) => handle === event.interaction.handle),
    'a reply',
  );
  expect(reply.text).toContain('Stopped. I have also dropped 1 message');
  faults.failing.clear();
  await harness.clock.advance(minute);
  const left = (await harness.stores.inbox.pending()).filter(
    ({ event: { type } }) => type === 'message_received',
  );
  expect(left).toEqual([]);
  expect(harness.model.requests).toHaveLength(1);
});
