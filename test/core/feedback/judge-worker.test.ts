import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { eventId, personId, sessionId, turnId } from '../../../core/domain/ids.ts';
import { foldReward, standingSignals } from '../../../core/domain/reward.ts';
import { sampleSignal, sampleTurn } from '../../contract/store-samples.ts';
import {
  createJudgeRig,
  day,
  hour,
  type JudgeRig,
  type JudgeRigOptions,
  judgeDown,
  materialOf,
  minute,
  until,
  vote,
} from './judge-rig.ts';

const open: JudgeRig[] = [];
afterEach(async () => {
  for (const rig of open.splice(0)) await rig.close();
});

async function rigWith(options: JudgeRigOptions = {}): Promise<JudgeRig> {
  const rig = await createJudgeRig(options);
  open.push(rig);
  return rig;
}

async function started(options: JudgeRigOptions = {}): Promise<JudgeRig> {
  const rig = await rigWith(options);
  rig.worker.start();
  await rig.pass(1);
  return rig;
}

const summary = (rows: Awaited<ReturnType<JudgeRig['rows']>>) =>
  rows.map(({ kind, name, change, polarity }) => `${kind} ${name} ${change} ${polarity}`);

/** `count` turns that the judge and people rated alike, half of them bad: enough for a weight. */
async function calibrated(rig: JudgeRig, count = 60): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const id = `old-${index}`;
    const sign = index % 2 === 0 ? 1 : -1;
    await rig.answered(id);
    for (const view of ['alone', 'with_next'] as const) {
      await rig.stores.judgeQueue.done(turnId(id), view);
      const { actorId: _, slot: __, ...row } = sampleSignal('x');
      await rig.stores.ledger.append({
        ...row,
        eventId: eventId('judge', `${id}:${view}`),
        target: { kind: 'turn', turnId: turnId(id) },
        kind: 'judge',
        name: view,
        polarity: sign,
        authority: 'judge',
        weight: 0,
        rule: 'judge@1:judge-model',
      });
    }
    await rig.stores.ledger.append(
      sampleSignal(`rated-${index}`, {
        target: { kind: 'turn', turnId: turnId(id) },
        polarity: sign,
        kind: 'button',
        slot: 'button',
      }),
    );
  }
}

describe('a look', () => {
  test('leaves one row with the majority, the rule and the weight of now, and no other calls', async () => {
    const rig = await started({ respond: (_, call) => vote(call === 2 ? 0 : -1) });
    await rig.answered('t');
    await rig.pass(minute);
    expect(await rig.rows('t')).toEqual([
      {
        eventId: 'judge:t:alone',
        platform: 'web',
        spaceId: 'web:team',
        target: { kind: 'turn', turnId: 't' },
        actorIsBot: false,
        change: 'given',
        kind: 'judge',
        name: 'alone',
        polarity: -1,
        authority: 'judge',
        weight: 0,
        rule: 'judge@1:judge-model',
        occurredAt: expect.any(Number),
        recordedAt: expect.any(Number),
      },
    ]);
    await rig.pass(10 * minute);
    expect(rig.model.requests).toHaveLength(3);
    expect(await rig.stores.judgeQueue.backlog()).toEqual({ waiting: 0 });
    // Without a weight it counts for nothing, and opens nothing again.
    expect(foldReward(await rig.rows('t'))).toEqual({ kind: 'missing' });
    expect(await rig.stores.ledger.settlement(turnId('t'), 'skills')).toBeUndefined();
  });

  test('asks for the one form of a vote, at a temperature that makes votes differ', async () => {
    const rig = await started();
    await rig.answered('t');
    await rig.pass(minute);
    for (const request of rig.model.requests) {
      expect(request).toMatchObject({ tools: [], responseFormat: { name: 'judge_vote' } });
      expect(request.temperature).toBeGreaterThan(0);
      expect(request.maxOutputTokens).toBeGreaterThan(0);
    }
  });

  test('B9: the next message is read once it is there, its words kept as the hint, and the blind vote withdrawn', async () => {
    const correction = 'No, the invoice is in euros.';
    const rig = await started({
      respond: (request) =>
        materialOf(request).includes('next message]') ? vote(-1, 'correction', correction) : vote(1),
    });
    await rig.answered('t');
    await rig.pass(minute);
    expect(summary(await rig.rows('t'))).toEqual(['judge alone given 1']);

    await rig.answered('u', { requestText: correction, eventIds: [eventId('web', 'u-ask')] });
    await rig.pass(minute);
    const rows = await rig.rows('t');
    expect(summary(rows).toSorted()).toEqual([
      'judge alone given 1',
      'judge alone withdrawn 1',
      'judge with_next given -1',
      'next correction given -1',
    ]);
    expect(rows.find(({ kind }) => kind === 'next')).toMatchObject({
      eventId: 'next:t',
      actorId: 'web:ann',
      slot: 'next',
      text: correction,
      authority: 'judge',
      weight: 0,
      sourceEventId: 'web:u-ask',
      rule: 'judge@1:judge-model',
    });
    const standing = summary(standingSignals(rows));
    expect(standing.toSorted()).toEqual(['judge with_next given -1', 'next correction given -1']);
    // Neither is looked at again.
    const calls = rig.model.requests.length;
    await rig.pass(hour);
    expect(rig.model.requests).toHaveLength(calls);
  });

  test.each([
    ['rephrase', -0.5],
    ['thanks', 1],
    ['regenerate', -1],
    ['abandonment', -0.5],
  ])('a %s is worth %d', async (kind, polarity) => {
    const rig = await rigWith({ respond: () => vote(0, kind) });
    await rig.answered('t');
    await rig.answered('u');
    rig.worker.start();
    await rig.pass(1);
    const next = (await rig.rows('t')).find((row) => row.kind === 'next');
    expect(next).toMatchObject({ name: kind, polarity });
    expect(next).not.toHaveProperty('text');
  });

  test('B9: how tools ended is shown', async () => {
    const rig = await rigWith();
    await rig.answered('t');
    await rig.stores.ledger.append(
      sampleSignal('tool-1', {
        target: { kind: 'turn', turnId: turnId('t') },
        kind: 'tool',
        slot: 'search',
        name: 'failed',
        polarity: 0,
      }),
    );
    rig.worker.start();
    await rig.pass(1);
    expect(materialOf(rig.model.requests[0] ?? { messages: [], tools: [] })).toContain('| search: failed');
  });

  test('a calibrated judge counts by its weight, frozen in the row, and opens the reward again', async () => {
    const rig = await rigWith({ respond: () => vote(-1) });
    await calibrated(rig);
    await rig.answered('t');
    const before = rig.clock.now();
    rig.worker.start();
    await rig.pass(1);
    const rows = await rig.rows('t');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.weight).toBe(1);
    expect(foldReward(rows)).toEqual({ kind: 'known', value: -1, authority: 'judge', voices: 1, weight: 1 });
    const [skills, weights] = await Promise.all(
      (['skills', 'weights'] as const).map((use) => rig.stores.ledger.settlement(turnId('t'), use)),
    );
    expect(skills).toMatchObject({ state: 'open' });
    expect(skills?.dueAt).toBeGreaterThanOrEqual(before + 10 * minute);
    expect(weights?.dueAt).toBeGreaterThanOrEqual(before + day);
    expect((await rig.worker.report()).views.alone).toMatchObject({ labels: 60, weight: 1, kappa: 1 });
  });

  test('a person’s word outranks the judge’s, however sure it is', async () => {
    const rig = await rigWith({ respond: () => vote(-1) });
    await calibrated(rig);
    await rig.answered('t');
    await rig.stores.ledger.append(sampleSignal('good', { target: { kind: 'turn', turnId: turnId('t') } }));
    rig.worker.start();
    await rig.pass(1);
    expect(foldReward(await rig.rows('t'))).toMatchObject({ value: 1, authority: 'explicit' });
  });

  test('B23: the last turn of a conversation is judged too, whether or not anybody ends its session', async () => {
    const rig = await started();
    await rig.answered('only');
    await rig.pass(minute);
    expect(summary(await rig.rows('only'))).toEqual(['judge alone given 1']);
  });

  test('B4: it needs nothing but the turn itself: no recording, no transcript, no settlement', async () => {
    const rig = await started();
    await rig.answered('t');
    await rig.pass(minute);
    expect(await rig.stores.ledger.settlement(turnId('t'), 'weights')).toBeUndefined();
    expect(await rig.stores.ledger.has(eventId('judge', 't:alone'))).toBe(true);
  });
});

describe('who is not asked about', () => {
  test('a turn whose prompt may not be shown to the judge, with the author of the next message in view', async () => {
    const asked: unknown[] = [];
    const rig = await rigWith({
      mayUse: (turn, hintAuthors) => {
        asked.push([turn.turnId, hintAuthors]);
        return { allowed: turn.turnId !== 'secret' };
      },
    });
    await rig.answered('secret');
    await rig.answered('open');
    rig.worker.start();
    await rig.pass(hour);
    expect(asked).toContainEqual(['secret', ['web:ann']]);
    expect(asked).toContainEqual(['open', []]);
    expect(await rig.rows('secret')).toEqual([]);
    expect(await rig.rows('open')).toHaveLength(1);
    expect(rig.model.requests).toHaveLength(3);
    expect(await rig.stores.judgeQueue.backlog()).toEqual({ waiting: 0 });
  });

  test('side turns, answers that were not delivered whole, answers without words, turns that are not there', async () => {
    const rig = await rigWith();
    const now = rig.clock.now();
    await rig.answered('side', { line: 'side', askerId: personId('web', 'bea') });
    await rig.answered('empty', { askerId: personId('web', 'cid') }, '  ');
    await rig.answered('speechless', { requestText: ' ', askerId: personId('web', 'dan') });
    for (const state of ['failed', 'stopped', 'interrupted', 'delivery_unknown'] as const) {
      await rig.stores.turns.open({
        ...(await rig.stores.turns.get(turnId('side'))),
        turnId: turnId(state),
      } as never);
      await rig.stores.turns.end(turnId(state), { state, endedAt: now, replyText: 'half an', judgeAt: now });
    }
    await rig.stores.judgeQueue.put(turnId('nowhere'), now);
    rig.worker.start();
    await rig.pass(hour);
    expect(rig.model.requests).toEqual([]);
    expect(await rig.stores.judgeQueue.backlog()).toEqual({ waiting: 0 });
  });

  test('Retry is no next message: the answer is judged alone, and then left', async () => {
    const rig = await started();
    await rig.answered('t');
    await rig.answered('again', { retryOf: turnId('t'), requestText: 'What is t?' });
    await rig.pass(hour);
    expect(summary(await rig.rows('t'))).toEqual(['judge alone given 1']);
    expect(rig.model.requests).toHaveLength(6);
    expect(rig.model.requests.some((request) => materialOf(request).includes('next message]'))).toBe(false);
  });
});

test('Retry of another answer that failed before is not taken for what the person said to this one', async () => {
  const rig = await started();
  await rig.stores.turns.open(sampleTurn('failed', { sessionId: sessionId('session-1') }));
  await rig.stores.turns.end(turnId('failed'), { state: 'failed', endedAt: rig.clock.now() });
  await rig.answered('t');
  await rig.answered('again', { retryOf: turnId('failed'), requestText: 'What is failed?' });
  await rig.pass(minute);
  expect(summary(await rig.rows('t'))).toEqual(['judge alone given 1']);
  await rig.answered('u', { requestText: 'Thank you for that' });
  await rig.pass(minute);
  expect(summary(await rig.rows('t'))).toContain('judge with_next given 1');
  const seen = rig.model.requests.map(materialOf).filter((text) => text.includes('What is t?'));
  expect(seen.some((text) => text.includes('What is failed?'))).toBe(false);
  expect(seen.at(-1)).toContain('| Thank you for that');
});

describe('votes that are none', () => {
  test('B10: prose is an invalid vote, asked once more each, and then the score is missing, not 0', async () => {
    const rig = await started({ respond: () => 'Score: 10' });
    await rig.answered('t');
    await rig.pass(hour);
    expect(rig.model.requests).toHaveLength(6);
    expect(await rig.rows('t')).toEqual([]);
    expect(await rig.stores.judgeQueue.backlog()).toEqual({ waiting: 0 });
    expect((await rig.worker.report()).state).toBe('working');
  });

  test('a judge that gives no votes that can be read is told of after five looks, until it gives some', async () => {
    let isFit = false;
    const rig = await started({ respond: () => (isFit ? vote(0) : 'Score: 1') });
    const look = async (id: string) => {
      await rig.answered(id, { askerId: personId('web', id) });
      await rig.pass(minute);
      return (await rig.worker.report()).isUnreadable;
    };
    for (const id of ['a', 'b', 'c', 'd']) expect(await look(id)).toBe(false);
    expect(await look('e')).toBe(true);
    expect(await look('f')).toBe(true);
    expect(rig.logger.of('judge_unreadable')).toHaveLength(1);
    isFit = true;
    expect(await look('g')).toBe(false);
  });

  test('a retry can mend a vote', async () => {
    const rig = await started({ respond: (_, call) => (call <= 3 ? '**Score:** 1' : vote(1)) });
    await rig.answered('t');
    await rig.pass(minute);
    expect(summary(await rig.rows('t'))).toEqual(['judge alone given 1']);
    expect(rig.model.requests).toHaveLength(6);
  });

  test('B3: a divided jury leaves nothing, and the turn is not promoted by and by', async () => {
    const rig = await started({ respond: (_, call) => vote([1, -1, 0][(call - 1) % 3] ?? 0) });
    for (const id of ['a', 'b']) await rig.answered(id, { askerId: personId('web', id) });
    await rig.pass(hour);
    expect(await rig.rows('a')).toEqual([]);
    expect(await rig.rows('b')).toEqual([]);
    expect(rig.model.requests).toHaveLength(6);
  });

  test('a blind vote stands where the look with the next message finds no majority', async () => {
    const rig = await started({
      respond: (request, call) =>
        materialOf(request).includes('next message]') ? vote([1, -1, 0][call % 3] ?? 0) : vote(1),
    });
    await rig.answered('t');
    await rig.pass(minute);
    await rig.answered('u');
    await rig.pass(minute);
    expect(summary(standingSignals(await rig.rows('t')))).toEqual(['judge alone given 1']);
  });

  test('what the judge refuses for the words of one turn is about that turn only', async () => {
    const filtered = new AppError('refused_by_peer', 'Withheld.', { details: { reason: 'content_filter' } });
    const rig = await started({
      respond: (request) => (materialOf(request).includes('What is bad?') ? filtered : vote(1)),
    });
    await rig.answered('bad');
    await rig.answered('good', { askerId: personId('web', 'bob') });
    await rig.pass(minute);
    expect(await rig.rows('bad')).toEqual([]);
    expect(await rig.rows('good')).toHaveLength(1);
    expect(rig.logger.of('judge_down')).toEqual([]);
  });
});

describe('time', () => {
  test('a judge that hangs is cut off, also one that does not heed it', async () => {
    for (const reply of ['hang', 'deaf'] as const) {
      const rig = await rigWith({ respond: () => reply, timeoutMs: 5_000 });
      await rig.answered('t');
      rig.worker.start();
      await rig.clock.advance(0);
      await until(() => rig.model.active() === 3, 'three votes are asked for');
      await rig.clock.advance(5_000);
      await until(() => rig.model.requests.length === 6, 'each is tried once more');
      await rig.clock.advance(5_000);
      await until(() => rig.logger.of('judge_down').length === 1, 'it is thought to be down');
      expect(rig.model.requests).toHaveLength(6);
      expect(await rig.stores.judgeQueue.backlog()).toMatchObject({ waiting: 1 });
    }
  });

  test('one that asks for a pause is not asked again at once, nor before it is over', async () => {
    const rig = await started({ respond: (_, call) => (call <= 3 ? judgeDown(20 * minute) : vote(1)) });
    await rig.answered('t');
    await rig.pass(20 * minute);
    expect(rig.model.requests).toHaveLength(3);
    await rig.pass(2 * minute);
    expect(await rig.rows('t')).toHaveLength(1);
    expect(rig.model.requests).toHaveLength(6);
  });

  test('at most so many turns are looked at side by side', async () => {
    const rig = await rigWith({ concurrency: 2, respond: () => 'hang' });
    for (let index = 0; index < 12; index += 1) {
      await rig.answered(`t${index}`, { askerId: personId('web', `p${index}`) });
    }
    rig.worker.start();
    await rig.clock.advance(0);
    await until(() => rig.model.active() === 6, 'two turns are looked at');
    for (let round = 0; round < 50; round += 1) await rig.clock.advance(0);
    expect(rig.model.mostActive()).toBe(6);
  });
});

describe('a judge that is down for a day', () => {
  test('is probed and not stormed, costs no serving and no ledger, and works its backlog off when it is back, oldest first', async () => {
    let isDown = true;
    const rig = await started({ respond: () => (isDown ? judgeDown() : vote(1)), dailyCalls: 10_000 });
    const turns = 48;
    for (let index = 0; index < turns; index += 1) {
      // Serving goes on: turns end and people rate them, while nothing waits for the judge.
      const id = `t${String(index).padStart(2, '0')}`;
      await rig.answered(id, { askerId: personId('web', `p${index}`) });
      await rig.stores.ledger.append(
        sampleSignal(`good-${id}`, {
          target: { kind: 'turn', turnId: turnId(id) },
          occurredAt: rig.clock.now(),
        }),
      );
      await rig.pass(30 * minute);
    }
    // One look of votes with their retries, then a single call a probe, at most one an hour once it is slow.
    const callsWhileDown = rig.model.requests.length;
    expect(callsWhileDown).toBeGreaterThan(20);
    expect(callsWhileDown).toBeLessThan(40);
    expect(rig.logger.of('judge_down')).toHaveLength(1);
    const report = await rig.worker.report();
    expect(report).toMatchObject({
      state: 'down',
      waiting: turns,
      detail: 'The connection to the judge failed.',
    });
    expect(report.oldestDueAt).toBeDefined();
    expect(await rig.stores.ledger.count()).toBe(turns);
    for (let index = 0; index < turns; index += 1) {
      expect(foldReward(await rig.rows(`t${String(index).padStart(2, '0')}`)).kind).toBe('known');
    }

    isDown = false;
    await rig.pass(7 * hour);
    expect(await rig.worker.report()).toMatchObject({ state: 'working', waiting: 0 });
    expect(rig.logger.of('judge_up')).toHaveLength(1);
    expect(rig.model.requests.length - callsWhileDown).toBe(turns * 3);
    for (let index = 0; index < turns; index += 1) {
      const judged = (await rig.rows(`t${String(index).padStart(2, '0')}`)).filter(
        (row) => row.kind === 'judge',
      );
      expect(judged).toHaveLength(1);
    }
  });

  test('no day costs more calls than it may, retries and probes included; the rest waits, oldest first', async () => {
    const days = new Map<string, number>();
    const seen: string[] = [];
    const rig: JudgeRig = await rigWith({
      dailyCalls: 10,
      concurrency: 4,
      respond: (request, call) => {
        const today = new Date(rig.clock.now()).toISOString().slice(0, 10);
        days.set(today, (days.get(today) ?? 0) + 1);
        seen.push(/What is (t\d)/.exec(materialOf(request))?.[1] ?? '');
        return call % 7 === 0 ? 'no vote' : call % 23 === 0 ? judgeDown() : vote(1);
      },
    });
    for (let index = 0; index < 8; index += 1) {
      await rig.answered(`t${index}`, { askerId: personId('web', `p${index}`) });
      await rig.clock.advance(1);
    }
    rig.worker.start();
    await rig.pass(minute);
    expect(await rig.worker.report()).toMatchObject({ state: 'budget_spent', dailyCalls: 10 });
    for (let round = 0; round < 5; round += 1) {
      rig.clock.jump(day - 10 * minute);
      await rig.pass(10 * minute);
    }
    expect(Math.max(...days.values())).toBeLessThanOrEqual(10);
    expect(days.size).toBeGreaterThan(2);
    expect([...new Set(seen)]).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7']);
    expect(await rig.stores.judgeQueue.backlog()).toEqual({ waiting: 0 });
  });
});

describe('what a look costs', () => {
  test('retries are taken from the same budget, to the last call and none beyond', async () => {
    const rig = await rigWith({ dailyCalls: 10, respond: () => 'Score: 1' });
    for (const id of ['a', 'b', 'c']) await rig.answered(id, { askerId: personId('web', id) });
    rig.worker.start();
    await rig.pass(hour);
    expect(rig.model.requests).toHaveLength(10);
    expect(await rig.worker.report()).toMatchObject({ state: 'budget_spent', spentToday: 10, waiting: 1 });
  });

  test('looks that fail together are one failure: the first probe comes after a minute', async () => {
    const rig = await rigWith({ concurrency: 4, respond: (_, call) => (call <= 24 ? judgeDown() : vote(1)) });
    for (const id of ['a', 'b', 'c', 'd']) await rig.answered(id, { askerId: personId('web', id) });
    rig.worker.start();
    await rig.pass(30_000);
    expect(rig.model.requests).toHaveLength(24);
    await rig.pass(2 * minute);
    expect(rig.model.requests).toHaveLength(36);
    expect(await rig.worker.report()).toMatchObject({ state: 'working', waiting: 0 });
  });
});

describe('a restart', () => {
  test.each(['hang', 'deaf'] as const)('while votes %s loses nothing and doubles nothing', async (reply) => {
    let isHanging = true;
    const rig = await rigWith({ respond: () => (isHanging ? reply : vote(1)) });
    await rig.answered('t');
    rig.worker.start();
    await rig.clock.advance(0);
    await until(() => rig.model.active() === 3, 'it votes');
    await rig.worker.stop();
    expect(await rig.rows('t')).toEqual([]);
    expect(await rig.stores.judgeQueue.backlog()).toMatchObject({ waiting: 1 });

    isHanging = false;
    rig.restarted().start();
    await rig.clock.advance(minute);
    await until(() => rig.model.requests.length === 6, 'the next worker asks');
    await rig.clock.advance(minute);
    expect(await rig.rows('t')).toHaveLength(1);
  });

  test.each([['append'], ['schedule'], ['done']] as const)(
    'after a crash at %s writes each row once',
    async (at) => {
      const broken = async (): Promise<never> => {
        throw new AppError('storage_failed', 'The process is gone.');
      };
      const rig = await rigWith({
        respond: () => vote(-1, 'correction', 'it is in euros here'),
        wrap: (stores) => {
          let appended = 0;
          return {
            ...stores,
            judgeQueue: {
              ...stores.judgeQueue,
              ...(at === 'done' ? { done: broken } : {}),
              postpone: broken,
            },
            ledger: {
              ...stores.ledger,
              ...(at === 'schedule' ? { schedule: broken } : {}),
              append: (row) => {
                appended += 1;
                return at === 'append' && appended > 1 ? broken() : stores.ledger.append(row);
              },
            },
          };
        },
      });
      await calibrated(rig);
      await rig.answered('t', { askerId: personId('web', 'zoe') });
      await rig.answered('u', { askerId: personId('web', 'zoe'), requestText: 'No: it is in euros here' });
      rig.worker.start();
      await rig.pass(1);
      await rig.worker.stop();
      expect(rig.logger.of('judge_failed').length).toBeGreaterThan(0);

      rig.restarted().start();
      await rig.pass(minute);
      expect(summary(await rig.rows('t'))).toEqual(
        expect.arrayContaining(['next correction given -1', 'judge with_next given -1']),
      );
      expect(await rig.rows('t')).toHaveLength(2);
      // Only where all rows were written, nothing is asked again.
      const looks = rig.model.requests.filter((request) => materialOf(request).includes('What is t?'));
      expect(looks).toHaveLength(at === 'done' ? 3 : 6);
      expect(await rig.stores.ledger.settlement(turnId('t'), 'skills')).toMatchObject({ state: 'open' });
      expect(await rig.stores.judgeQueue.backlog()).toEqual({ waiting: 0 });
    },
  );
});

test('a crash among the rows of a look leaves none that counts beside a reward settled without it', async () => {
  const broken = async (): Promise<never> => {
    throw new AppError('storage_failed', 'The process is gone.');
  };
  let isBack = false;
  const rig = await rigWith({
    respond: () => (isBack ? vote(0) : vote(-1, 'correction', 'it is in euros here')),
    wrap: (stores) => ({
      ...stores,
      judgeQueue: { ...stores.judgeQueue, postpone: broken },
      ledger: {
        ...stores.ledger,
        append: (row) => (row.kind === 'judge' ? broken() : stores.ledger.append(row)),
      },
    }),
  });
  await calibrated(rig);
  await rig.answered('t', { askerId: personId('web', 'zoe') });
  await rig.answered('u', { askerId: personId('web', 'zoe'), requestText: 'No: it is in euros here' });
  const { ledger } = rig.stores;
  await ledger.schedule(turnId('t'), { skills: rig.clock.now() });
  const statistics = { role: 'statistics', reason: 'no_reward' } as const;
  expect(await ledger.settle(turnId('t'), 'skills', 0, { kind: 'missing' }, statistics)).toBe(true);
  rig.worker.start();
  await rig.pass(1);
  await rig.worker.stop();
  isBack = true;
  rig.restarted().start();
  await rig.pass(minute);
  const rows = await rig.rows('t');
  expect(summary(rows)).toEqual(
    expect.arrayContaining(['next correction given -1', 'judge with_next given 0']),
  );
  expect(foldReward(rows)).toMatchObject({ kind: 'known', value: -1 });
  expect(await ledger.settlement(turnId('t'), 'skills')).toMatchObject({ state: 'open' });
});

describe('a store in trouble', () => {
  test('one turn that cannot be read waits for later and does not hold up the others', async () => {
    const rig = await started({
      wrap: (stores) => ({
        ...stores,
        turns: {
          ...stores.turns,
          get: async (id) => {
            if (id === 'damaged') throw new AppError('storage_failed', 'The row is damaged.');
            return stores.turns.get(id);
          },
        },
      }),
    });
    await rig.answered('damaged', { askerId: personId('web', 'bob') });
    await rig.answered('fine');
    await rig.pass(10 * minute);
    expect(await rig.rows('fine')).toHaveLength(1);
    expect(await rig.stores.judgeQueue.backlog()).toMatchObject({ waiting: 1 });
    expect(rig.logger.of('judge_look_failed').length).toBeGreaterThan(1);
    expect(rig.logger.of('judge_look_failed').length).toBeLessThan(6);
  });

  test('a turn over which the judge fails again and again is left in the end', async () => {
    const refusing = new AppError('refused_by_peer', 'Bad request.', { details: { reason: 'bad_request' } });
    const rig = await started({
      respond: (request) => (materialOf(request).includes('What is odd?') ? refusing : vote(1)),
    });
    await rig.answered('odd', { askerId: personId('web', 'bob') });
    await rig.answered('fine');
    await rig.pass(4 * hour);
    expect(await rig.rows('fine')).toHaveLength(1);
    expect(rig.logger.of('judge_gave_up')).toHaveLength(1);
    expect(await rig.stores.judgeQueue.backlog()).toEqual({ waiting: 0 });
    expect((await rig.worker.report()).state).not.toBe('budget_spent');
  });
});
