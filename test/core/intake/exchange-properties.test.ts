import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import type { ApiCaller } from '../../../core/ports/api-access.ts';
import type { Exchange } from '../../../core/ports/exchange-desk.ts';
import { asking, ending, exchangeRig, guest, lab } from './exchange-rig.ts';

interface Planned {
  readonly caller: ApiCaller;
  readonly name: string | undefined;
  readonly line: 'main' | 'side';
  readonly words: string;
  readonly isContinued: boolean;
  readonly endsSession: boolean;
  readonly end: 'done' | 'failed' | 'stopped' | 'abandoned';
  readonly awaitsTools: boolean;
  readonly reply: string;
  /** Where in the line of ends its own is. */
  readonly order: number;
  /** The store fails for the flushes after its end. */
  readonly isFailing: boolean;
}

const planned: fc.Arbitrary<Planned> = fc.record({
  caller: fc.constantFrom(lab, guest),
  name: fc.constantFrom(undefined, 'a', 'b'),
  line: fc.constantFrom('main', 'main', 'side'),
  words: fc.constantFrom('water my tomatoes', 'book the invoices'),
  isContinued: fc.boolean(),
  endsSession: fc.constantFrom(false, false, true),
  end: fc.constantFrom('done', 'done', 'failed', 'stopped', 'abandoned'),
  awaitsTools: fc.boolean(),
  reply: fc.constantFrom('', 'Yes.', 'No.'),
  order: fc.integer({ min: 0, max: 100 }),
  isFailing: fc.constantFrom(false, false, false, true),
});

test('whatever begins and ends in whatever order, each turn is stored once, in one session of its conversation', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(planned, { minLength: 1, maxLength: 10 }), async (plan) => {
      const fault = { isOn: false };
      const rig = await exchangeRig({}, (turns) => ({
        ...turns,
        record: async (recorded) => {
          if (fault.isOn) throw new AppError('storage_busy', 'Busy.');
          await turns.record(recorded);
        },
      }));
      const { desk, clock, open } = rig;
      const begun: { readonly one: Planned; readonly exchange: Exchange }[] = await Promise.all(
        plan.map(async (one) => ({
          one,
          exchange: await desk.begin(
            asking({
              caller: one.caller,
              line: one.line,
              words: one.words,
              talk: { opening: one.words, ...(one.name === undefined ? {} : { name: one.name }) },
              isContinued: one.isContinued,
              endsSession: one.endsSession,
            }),
          ),
        })),
      );
      const wanted = new Map<string, string>();
      for (const { one, exchange } of begun.toSorted((a, b) => a.one.order - b.one.order)) {
        fault.isOn = one.isFailing;
        if (one.end === 'abandoned') exchange.abandon();
        else {
          exchange.finish(
            ending({
              state: one.end,
              replyText: one.reply,
              firstAnswer: one.reply,
              awaitsTools: one.awaitsTools,
            }),
          );
          wanted.set(exchange.turnId, exchange.sessionId);
        }
        await clock.advance(one.order);
      }
      fault.isOn = false;
      await clock.advance(120_000);
      const turns = await rig.turns();
      expect(new Map(turns.map((turn) => [turn.turnId as string, turn.sessionId as string]))).toEqual(wanted);
      expect(turns).toHaveLength(wanted.size);
      for (const turn of turns) {
        const session = await open.stores.sessions.get(turn.sessionId);
        expect(session?.conversationKey).toBe(turn.conversationKey);
      }
      expect(rig.counted.get('exchanges_lost')).toBeUndefined();
      expect(rig.logger.entries.filter(({ level }) => level === 'error')).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('any number of talks that open alike stay apart, each found again by its first answer, in the next process too', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (answers, isRestarted) => {
        const rig = await exchangeRig();
        const begun = await Promise.all(answers.map(() => rig.desk.begin(asking())));
        const pairs = answers.flatMap((reply, place) => {
          const exchange = begun[place];
          return exchange === undefined ? [] : [{ reply, exchange }];
        });
        for (const { reply, exchange } of pairs.toReversed()) exchange.finish(ending({ replyText: reply }));
        if (isRestarted) await rig.stored();
        const { desk } = isRestarted ? rig.restart() : rig;
        for (const { reply, exchange } of pairs) {
          const talk = { opening: 'water my tomatoes', firstAnswer: reply };
          const next = await desk.begin(asking({ talk, wordsIndex: 2 }));
          expect(next.sessionId).toBe(exchange.sessionId);
        }
        expect(new Set(begun.map(({ sessionId }) => sessionId)).size).toBe(answers.length);
      },
    ),
    { numRuns: 30 },
  );
});
