import { expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { asking, ending, exchangeRig } from './exchange-rig.ts';

async function behindFault() {
  const fault = { isOn: false };
  const check = (): void => {
    if (fault.isOn) throw new AppError('storage_busy', 'Busy.');
  };
  const rig = await exchangeRig({}, (turns) => ({
    ...turns,
    async record(recorded) {
      check();
      await turns.record(recorded);
    },
    async last(key) {
      check();
      return turns.last(key);
    },
    async byReply(ref) {
      check();
      return turns.byReply(ref);
    },
  }));
  const { sessions } = rig.open.stores;
  const { open, current, latest } = sessions;
  Object.assign(sessions, {
    async open(session: Parameters<typeof open>[0]) {
      check();
      await open(session);
    },
    async current(key: Parameters<typeof current>[0]) {
      check();
      return current(key);
    },
    async latest(key: Parameters<typeof latest>[0]) {
      check();
      return latest(key);
    },
  });
  return { ...rig, fault };
}

test.each([
  ['by its name', { name: 'n', opening: '' }, { name: 'n', opening: '' }],
  [
    'by its first answer',
    { opening: 'water my tomatoes' },
    {
      opening: 'water my tomatoes',
      firstAnswer: 'At dawn.',
      lastAnswer: { text: 'At dawn.', wordsIndex: 1 },
    },
  ],
])(
  'a talk known %s goes on in memory while the store is away, with its skills, and is stored later',
  async (_, opens, goesOn) => {
    const rig = await behindFault();
    (await rig.desk.begin(asking({ talk: opens }))).finish(ending());
    await rig.stored();
    rig.fault.isOn = true;
    const later = rig.restart();
    const [one, two] = await Promise.all([
      later.desk.begin(asking({ talk: goesOn, wordsIndex: 2 })),
      later.desk.begin(asking({ talk: goesOn, wordsIndex: 2 })),
    ]);
    expect(one.block).toContain('Water at dawn.');
    one.finish(ending());
    two.finish(ending());
    const three = await later.desk.begin(asking({ talk: goesOn, wordsIndex: 3 }));
    three.finish(ending());
    expect([two.sessionId, three.sessionId]).toEqual([one.sessionId, one.sessionId]);
    rig.fault.isOn = false;
    await later.clock.advance(120_000);
    const turns = await later.turns();
    expect(turns).toHaveLength(4);
    expect(new Set(turns.map(({ conversationKey }) => conversationKey)).size).toBe(1);
    expect(await later.open.stores.sessions.openSessions()).toMatchObject([{ sessionId: one.sessionId }]);
    expect(later.counted.get('exchanges_lost')).toBeUndefined();
  },
);

test('a request that goes on from an answer which cannot be looked up begins a talk', async () => {
  const rig = await behindFault();
  rig.fault.isOn = true;
  const exchange = await rig.desk.begin(asking({ talk: { opening: 'x', after: 'resp_1' } }));
  expect(exchange.block).toContain('Water at dawn.');
  exchange.finish(ending());
  rig.fault.isOn = false;
  await rig.clock.advance(60_000);
  expect(await rig.turns()).toHaveLength(1);
});
