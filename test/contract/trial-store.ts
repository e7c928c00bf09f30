import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personId, sessionId, spaceId, turnId } from '../../core/domain/ids.ts';
import type { Reward } from '../../core/domain/reward.ts';
import type { LedgerStore } from '../../core/ports/ledger-store.ts';
import type { SessionStore } from '../../core/ports/session-store.ts';
import type { Exposure, TrialKey, TrialStore } from '../../core/ports/trial-store.ts';
import type { NewTurn, TurnEnd, TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import {
  sampleAt,
  sampleConversation,
  sampleScopes,
  sampleSession,
  sampleTurn,
  skillName,
} from './store-samples.ts';

interface Stores {
  readonly trials: TrialStore;
  readonly sessions: SessionStore;
  readonly turns: TurnStore;
  readonly ledger: LedgerStore;
}

/** What every `TrialStore` promises. */
export function trialStoreContract(contract: StoreContract<Stores>): void {
  describe(`TrialStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const trials = (): TrialStore => subject.stores.trials;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const good: Reward = { kind: 'known', value: 1, authority: 'explicit', voices: 1, weight: 1 };
    const team = sampleConversation.spaceId;
    const away = { ...sampleConversation, spaceId: spaceId('web', 'away') };

    /** A session that ended at that time; each test gives its turns first. */
    async function ended(name: string, at: number): Promise<void> {
      await subject.stores.sessions.open(sampleSession(name, { endedAt: at, endReason: 'gap' }));
    }
    async function turn(
      name: string,
      session: string,
      changes: Partial<NewTurn> = {},
      end: Partial<TurnEnd> | 'not yet' = {},
    ): Promise<void> {
      const { turns } = subject.stores;
      await turns.open(sampleTurn(name, { sessionId: sessionId(session), ...changes }));
      if (end === 'not yet') return;
      const dueAt = { skills: sampleAt };
      await turns.end(turnId(name), { state: 'done', endedAt: sampleAt, replyText: 'So.', dueAt, ...end });
    }
    async function settled(name: string, reward: Reward = { kind: 'missing' }): Promise<void> {
      const { ledger } = subject.stores;
      const { revision } = (await ledger.settlement(turnId(name), 'skills')) ?? { revision: -1 };
      const decision = { role: 'statistics', reason: 'no_reward' } as const;
      expect(await ledger.settle(turnId(name), 'skills', revision, reward, decision)).toBe(true);
    }
    const countable = async (limit = 9): Promise<readonly string[]> =>
      (await trials().countable(limit)).map((session) => session.sessionId);

    const skill: TrialKey = { scope: sampleScopes.space, name: skillName('a'), trial: 1 };
    const exposure = (session: string, changes: Partial<Exposure> = {}): Exposure => ({
      ...skill,
      sessionId: sessionId(session),
      at: sampleAt,
      version: 1,
      isShown: true,
      propensity: 0.5,
      context: 'web|group|pdf',
      outcome: 0,
      isLabelled: false,
      positives: 0,
      negatives: [],
      turns: 1,
      ...changes,
    });
    /** A counted session of a space with what it says of skills. */
    async function counted(
      name: string,
      conversation: typeof away | typeof sampleConversation,
      ...all: readonly Exposure[]
    ): Promise<void> {
      await turn(`turn of ${name}`, name, { conversation });
      await ended(name, sampleAt);
      await trials().count(sessionId(name), all);
    }

    test('a session can be counted once it has ended and all its turns are settled', async () => {
      await turn('t1', 's1');
      await turn('t2', 's1');
      await subject.stores.sessions.open(sampleSession('s1'));
      await settled('t1');
      expect(await countable()).toEqual([]);
      await subject.stores.sessions.end(sessionId('s1'), sampleAt + 5, 'command');
      expect(await countable()).toEqual([]);
      await settled('t2');
      expect(await countable()).toEqual(['s1']);
      await subject.stores.ledger.schedule(turnId('t1'), { skills: sampleAt + 9 });
      expect(await countable()).toEqual([]);
    });

    test('a quiet time for weights and turns that never settle keep no session waiting, one that still runs does', async () => {
      await turn('stopped', 's1', {}, { state: 'stopped' });
      await subject.stores.ledger.settle(turnId('stopped'), 'skills', 0, good, {
        role: 'statistics',
        reason: 'not_delivered',
      });
      const dueAt = { weights: sampleAt };
      await turn('weights', 's1', {}, { dueAt });
      await ended('s1', sampleAt);
      const { turns } = subject.stores;
      await turns.open(sampleTurn('no quiet time', { sessionId: sessionId('s1') }));
      expect(await countable()).toEqual([]);
      await turns.end(turnId('no quiet time'), { state: 'stopped', endedAt: sampleAt });
      expect(await countable()).toEqual(['s1']);
    });

    test('gives the longest ended first, with the turns of their main line in order', async () => {
      const [shown] = sampleTurn('x').skills;
      const skills = shown === undefined ? [] : [{ ...shown, scope: sampleScopes.user, trial: 3 }];
      const maskedSkills = skills.map((one) => ({ ...one, name: skillName('masked') }));
      await turn('t2', 'late', { skills, maskedSkills, isHoldOut: true });
      await turn('side', 'late', { line: 'side' });
      await turn('t1', 'late', { conversation: away });
      for (const name of ['t1', 't2', 'side']) await settled(name);
      await ended('late', sampleAt + 9);
      await ended('early', sampleAt + 1);
      await subject.reopen();
      const { requestText, skills: one } = sampleTurn('t1');
      expect(await trials().countable(9)).toEqual([
        { sessionId: 'early', endedAt: sampleAt + 1, turns: [] },
        {
          sessionId: 'late',
          endedAt: sampleAt + 9,
          turns: [
            {
              turnId: 't2',
              conversation: sampleConversation,
              requestText: sampleTurn('t2').requestText,
              skills,
              maskedSkills,
              isHoldOut: true,
            },
            {
              turnId: 't1',
              conversation: away,
              requestText,
              skills: one,
              maskedSkills: [],
              isHoldOut: false,
            },
          ],
        },
      ]);
      expect(await countable(1)).toEqual(['early']);
    });

    test('counting is done once: again changes nothing', async () => {
      await ended('s1', sampleAt);
      const full = exposure('s1', {
        at: sampleAt + 0.5,
        version: 4,
        isShown: false,
        propensity: 0.9,
        outcome: -0.25,
        isLabelled: true,
        positives: 2,
        negatives: [{ personId: personId('web', 'bob'), votes: 3 }],
        turns: 6,
      });
      await trials().count(sessionId('s1'), [full]);
      await trials().count(sessionId('s1'), [exposure('s1')]);
      await trials().count(sessionId('unknown'), [exposure('unknown')], [{ ...skill, lastShownAt: 9 }]);
      await subject.reopen();
      expect(await trials().exposures(skill)).toEqual([full]);
      expect(await countable()).toEqual([]);
      // Words that come later do not count it again.
      await turn('t1', 's1');
      await settled('t1');
      expect(await countable()).toEqual([]);
    });

    test('exposures of a trial come in the order in which they were counted', async () => {
      for (const [name, at] of [
        ['s1', 30],
        ['s2', 10],
        ['s3', 20],
      ] as const) {
        await counted(
          name,
          sampleConversation,
          exposure(name, { at: sampleAt + at }),
          exposure(name, { at: sampleAt + at, scope: sampleScopes.user }),
          exposure(name, { at: sampleAt + at, trial: 2 }),
          exposure(name, { at: sampleAt + at, name: skillName('b') }),
        );
      }
      await subject.reopen();
      const sessions = (all: readonly Exposure[]): readonly unknown[] =>
        all.map((one) => [one.sessionId, one.trial]);
      expect(sessions(await trials().exposures(skill))).toEqual([
        ['s1', 1],
        ['s2', 1],
        ['s3', 1],
      ]);
      expect(sessions(await trials().exposures(skill, 2))).toEqual([['s3', 1]]);
      expect(await trials().exposures(skill, 3)).toEqual([]);
      expect(await trials().exposures({ ...skill, trial: 3 })).toEqual([]);
      const since = await trials().exposuresSince(skill.scope, skill.name, sampleAt + 20);
      expect(sessions(since)).toEqual([
        ['s3', 1],
        ['s3', 2],
        ['s1', 1],
        ['s1', 2],
      ]);
    });

    test('what was shown where nothing is learned counts as used, once a session, and says nothing', async () => {
      await ended('s1', sampleAt);
      const other = { scope: sampleScopes.user, name: skillName('b'), lastShownAt: sampleAt + 7 };
      const also = { ...skill, lastShownAt: sampleAt };
      await trials().count(sessionId('s1'), [exposure('s1')], [also, other, other]);
      await trials().count(sessionId('s1'), [], [also]);
      await subject.reopen();
      expect(await trials().uses()).toEqual([
        { scope: sampleScopes.space, name: 'a', sessions: 1, lastShownAt: sampleAt },
        { ...other, sessions: 1 },
      ]);
      expect(await trials().exposures({ ...other, trial: 1 })).toEqual([]);
    });

    test('what was ever shown is known with how often and when last', async () => {
      await counted('s1', sampleConversation, exposure('s1', { at: sampleAt + 9 }));
      await counted('s2', sampleConversation, exposure('s2'), exposure('s2', { trial: 2, version: 2 }));
      await counted('s3', sampleConversation, exposure('s3', { isShown: false, at: sampleAt + 50 }));
      const masked = exposure('s4', { name: skillName('b'), isShown: false });
      await counted('s4', away, masked, exposure('s4', { scope: sampleScopes.user }));
      await subject.reopen();
      expect(await trials().uses()).toEqual([
        { scope: sampleScopes.space, name: 'a', sessions: 2, lastShownAt: sampleAt + 9 },
        { scope: sampleScopes.user, name: 'a', sessions: 1, lastShownAt: sampleAt },
      ]);
    });

    test('labelled turns are those with a known reward, by when they were asked, of a space or of all', async () => {
      const at = (offset: number): Partial<NewTurn> => ({ startedAt: sampleAt + offset });
      await turn('old', 's1', at(-1));
      await turn('edge', 's1', at(0));
      await turn('used', 's1', at(1));
      await turn('elsewhere', 's1', { ...at(2), conversation: away });
      await turn('held', 's1', at(3));
      await turn('missing', 's1', at(4));
      await turn('open', 's1', at(5));
      for (const name of ['old', 'edge', 'used', 'elsewhere']) await settled(name, good);
      await settled('held', { kind: 'held' });
      await settled('missing');
      await subject.stores.ledger.markUsed([turnId('used')], 'skills');
      await subject.reopen();
      expect(await trials().labelledTurns(sampleAt)).toBe(3);
      expect(await trials().labelledTurns(sampleAt, team)).toBe(2);
      expect(await trials().labelledTurns(sampleAt, away.spaceId)).toBe(1);
      expect(await trials().labelledTurns(sampleAt + 3)).toBe(0);
      await subject.stores.ledger.schedule(turnId('edge'), { skills: sampleAt + 9 });
      expect(await trials().labelledTurns(sampleAt, team)).toBe(1);
    });

    test('the baseline is over the sessions without the trial, each counted once', async () => {
      expect(await trials().baseline(skill, team, 0)).toBeUndefined();
      const other = (session: string, outcome: number, changes: Partial<Exposure> = {}): Exposure =>
        exposure(session, { name: skillName('b'), outcome, ...changes });
      await counted('shown', sampleConversation, exposure('shown', { outcome: 1 }), other('shown', 1));
      expect(await trials().baseline(skill, team, 0)).toBeUndefined();
      await counted('two', sampleConversation, other('two', 1), other('two', 0, { trial: 2 }));
      expect(await trials().baseline(skill, team, 0)).toEqual({ mean: 0.5, variance: 0, sessions: 1 });
      await counted('masked', sampleConversation, exposure('masked', { outcome: -0.5, isShown: false }));
      await counted('early', sampleConversation, other('early', 1, { at: sampleAt - 1 }));
      await counted('away', away, other('away', 1));
      await subject.reopen();
      expect(await trials().baseline(skill, team, sampleAt)).toEqual({
        mean: 0,
        variance: 0.25,
        sessions: 2,
      });
      const everywhere = await trials().baseline(skill, undefined, sampleAt);
      expect(everywhere).toMatchObject({ sessions: 3 });
      expect(everywhere?.mean).toBeCloseTo(1 / 3);
      expect(everywhere?.variance).toBeCloseTo((0.25 + 0.25 + 1) / 3 - 1 / 9);
      // Of a later trial of the same name it was not shown in these.
      expect(await trials().baseline({ ...skill, trial: 2 }, team, sampleAt)).toMatchObject({ sessions: 3 });
      expect(await trials().baseline(skill, spaceId('web', 'nowhere'), 0)).toBeUndefined();
    });
  });
}
