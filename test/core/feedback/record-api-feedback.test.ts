import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventId, personId } from '../../../core/domain/ids.ts';
import { foldReward, standingSignals } from '../../../core/domain/reward.ts';
import { outcomeOfTurn } from '../../../core/feedback/outcome.ts';
import {
  type ApiVerdict,
  checkedVerdict,
  recordApiFeedback,
} from '../../../core/feedback/record-api-feedback.ts';
import { openAt } from '../../adapters/sqlite/rig.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { turn } from '../commands/command-fixtures.ts';

const quietTimes = { skills: 600_000, weights: 86_400_000 };
const about = turn();

function world() {
  const clock = createFakeClock();
  const { ledger } = openAt(':memory:').stores;
  const deps = { ledger, clock, quietTimes };
  let count = 0;
  return {
    clock,
    ledger,
    say(verdict: ApiVerdict, { actor = 'ada', id = '' } = {}) {
      count += 1;
      const origin = { eventId: eventId('api', id || `e${count}`), actorId: personId('api', actor) };
      return recordApiFeedback(about, verdict, origin, deps);
    },
    fold: async () => foldReward(await ledger.ofTurn(about.turnId)),
    outcome: async () => outcomeOfTurn(await ledger.ofTurn(about.turnId)),
  };
}

describe('a rating', () => {
  test('is one row of the ledger, and starts the quiet times over', async () => {
    const { clock, ledger, say } = world();
    expect(await say({ rating: 'up' })).toBe('stored');
    expect(await ledger.ofTurn(about.turnId)).toEqual([
      {
        eventId: 'api:e1',
        platform: about.conversation.platform,
        spaceId: about.conversation.spaceId,
        target: { kind: 'turn', turnId: about.turnId },
        actorId: 'api:ada',
        actorIsBot: false,
        change: 'given',
        kind: 'feedback',
        slot: 'rating',
        name: 'good',
        polarity: 1,
        authority: 'explicit',
        weight: 1,
        rule: 'api-feedback@1',
        occurredAt: clock.now(),
        recordedAt: clock.now(),
      },
    ]);
    await clock.advance(1_000);
    await say({ rating: 'down' });
    for (const use of ['skills', 'weights'] as const) {
      expect(await ledger.settlement(about.turnId, use)).toMatchObject({
        state: 'open',
        dueAt: clock.now() + quietTimes[use],
      });
    }
  });

  test('again is a duplicate that changes nothing', async () => {
    const { clock, ledger, say } = world();
    await say({ rating: 'down', text: 'wrong year' }, { id: 'same' });
    const before = await ledger.settlement(about.turnId, 'skills');
    await clock.advance(5_000);
    expect(await say({ rating: 'down', text: 'wrong year' }, { id: 'same' })).toBe('duplicate');
    expect(await ledger.count()).toBe(2);
    expect(await ledger.settlement(about.turnId, 'skills')).toEqual(before);
  });

  test('that is named by what was said before it is the same again until something else is said', async () => {
    const { ledger, clock } = world();
    const say = (rating: 'up' | 'down' | null, text?: string, actor = 'ada') =>
      recordApiFeedback(
        about,
        { rating, ...(text === undefined ? {} : { text }) },
        {
          eventId: (last) => eventId('api', `${actor} ${rating} ${text} after (${last ?? 'nothing'})`),
          actorId: personId('api', actor),
        },
        { ledger, clock, quietTimes },
      );
    const said = [
      await say('down', 'wrong year'),
      await say('down', 'wrong year'),
      await say('up'),
      await say('up'),
      await say('up', undefined, 'bob'),
      await say('down', 'wrong year'),
      await say(null),
      await say(null),
      await say('up'),
    ];
    const [stored, duplicate] = ['stored', 'duplicate'];
    expect(said).toEqual([stored, duplicate, stored, duplicate, stored, stored, stored, duplicate, stored]);
    expect(foldReward(await ledger.ofTurn(about.turnId))).toMatchObject({ value: 1, voices: 2 });
  });

  test('the last of a person stands, others’ beside it', async () => {
    const { say, fold } = world();
    await say({ rating: 'up' });
    await say({ rating: 'down' });
    await say({ rating: 'up' }, { actor: 'bob' });
    expect(await fold()).toMatchObject({ kind: 'known', value: 0, voices: 2 });
  });

  test('of null takes back the rating and what explained it, also where nothing was said', async () => {
    const { ledger, say, fold, outcome } = world();
    expect(await say({ rating: null })).toBe('stored');
    await say({ rating: 'down', text: 'wrong year' });
    await say({ rating: 'down' }, { actor: 'bob' });
    expect(await outcome()).toBe('wrong');
    await say({ rating: null });
    expect(await fold()).toMatchObject({ value: -1, voices: 1 });
    expect(await outcome()).toBeUndefined();
    await say({ rating: null }, { actor: 'bob' });
    expect(await fold()).toEqual({ kind: 'missing' });
    expect(standingSignals(await ledger.ofTurn(about.turnId))).toEqual([]);
  });

  test('of a clock that went back counts in the order of its coming', async () => {
    const { clock, say, fold } = world();
    await say({ rating: 'down' }, { id: 'z' });
    clock.jump(-60_000);
    await say({ rating: 'up' }, { id: 'a' });
    expect(await fold()).toMatchObject({ value: 1 });
  });
});

describe('words', () => {
  test('beside or after a bad rating say what was wrong', async () => {
    const { say, fold, outcome } = world();
    await say({ rating: 'down' });
    expect(await outcome()).toBeUndefined();
    await say({ text: '  the year is wrong ' });
    expect(await outcome()).toBe('wrong');
    expect(await fold()).toMatchObject({ value: -1, voices: 1 });
  });

  test('without one are kept and count nothing', async () => {
    const { ledger, say, fold } = world();
    await say({ text: 'nice but long' });
    expect(await fold()).toEqual({ kind: 'missing' });
    expect(await ledger.ofTurn(about.turnId)).toMatchObject([
      { kind: 'reason', slot: 'note', name: 'note', polarity: 0, text: 'nice but long' },
    ]);
    await say({ rating: 'up', text: 'after all' });
    expect(await fold()).toMatchObject({ value: 1 });
  });

  test('a better rating takes back what was called wrong', async () => {
    const { ledger, say } = world();
    await say({ rating: 'down', text: 'wrong year' });
    await say({ rating: 'up' });
    expect(standingSignals(await ledger.ofTurn(about.turnId))).toMatchObject([{ name: 'good' }]);
  });
});

test('what says nothing, or too much, is refused before anything is written', async () => {
  const { ledger, say } = world();
  for (const verdict of [{}, { text: '  ' }, { rating: 'up', text: 'x'.repeat(4_001) }] as const) {
    await expect(say(verdict)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(() => checkedVerdict(verdict)).toThrow();
  }
  expect(await ledger.count()).toBe(0);
  expect(await ledger.settlement(about.turnId, 'skills')).toBeUndefined();
});

const verdicts = fc.array(
  fc.record({
    actor: fc.constantFrom('ada', 'bob'),
    rating: fc.constantFrom('up', 'down', null),
    text: fc.option(fc.constant('because'), { nil: undefined }),
    aheadMs: fc.integer({ min: -5, max: 5 }),
  }),
  { maxLength: 12 },
);

test('whatever was said before, the reward is that of each person’s last rating', async () => {
  await fc.assert(
    fc.asyncProperty(verdicts, async (said) => {
      const { clock, say, fold } = world();
      const last = new Map<string, number | null>();
      for (const { actor, rating, text, aheadMs } of said) {
        clock.jump(aheadMs);
        await say({ rating, ...(text === undefined ? {} : { text }) }, { actor });
        last.set(actor, rating === null ? null : rating === 'up' ? 1 : -1);
      }
      const values = [...last.values()].flatMap((value) => value ?? []);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(await fold()).toMatchObject(
        values.length === 0 ? { kind: 'missing' } : { kind: 'known', value: mean, voices: values.length },
      );
    }),
    { numRuns: 40 },
  );
});
