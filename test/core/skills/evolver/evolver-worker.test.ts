import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import { sessionId, spaceId, turnId } from '../../../../core/domain/ids.ts';
import type { LearnRequest } from '../../../../core/skills/evolver/find-asked.ts';
import { sampleAt, sampleConversation, sampleKey } from '../../../contract/store-samples.ts';
import { answer, failWith, hold, type ScriptedStep } from '../../../fakes/model/scripted-model.ts';
import {
  better,
  createEvolverRig,
  type EvolverRig,
  type EvolverRigOptions,
  endSession,
  hour,
  minute,
} from './evolver-rig.ts';
import {
  ann,
  conversationScope,
  correction,
  direct,
  person,
  row,
  space,
  turn,
  userScope,
} from './samples.ts';

const open: EvolverRig[] = [];
afterEach(async () => {
  for (const rig of open.splice(0)) await rig.worker.stop();
});
function rigWith(options: EvolverRigOptions = {}): EvolverRig {
  const rig = createEvolverRig(options);
  open.push(rig);
  return rig;
}

const draft = {
  name: 'invoice-totals',
  description: 'Use when somebody asks for an invoice.',
  triggers: [],
  body: 'Add totals.',
};
const operations = (...list: readonly unknown[]): string => JSON.stringify({ operations: list });
const adding = operations({ op: 'add', names: [], drafts: [draft], why: 'totals were missing' });
const nothing = operations({ op: 'none', names: [], drafts: [], why: 'a passing fault' });
const adds: ScriptedStep = answer(adding);
const down = new AppError('network', 'The connection failed.', { retryable: true });

const failed = (id: string, asker = 'ann', changes = {}) =>
  turn(id, asker, `Write the invoice for ${id}`, { startedAt: sampleAt - hour, ...changes });
function threeFailures(rig: EvolverRig): void {
  rig.evidence.addFailure(failed('f1'), failed('f2'), failed('f3'));
}
function someSuccesses(rig: EvolverRig, count = 4): void {
  for (let index = 0; index < count; index += 1) {
    rig.evidence.addSuccess(turn(`good-${index}`, 'ann', `Write the invoice for good ${index}`));
  }
}
async function started(rig: EvolverRig): Promise<EvolverRig> {
  rig.worker.start();
  await rig.pass(1);
  return rig;
}

const request = (changes: Partial<LearnRequest> = {}): LearnRequest => ({
  spaceId: space,
  personId: ann,
  conversationKey: sampleKey,
  isForSpace: false,
  ...changes,
});

describe('what sets it to work', () => {
  test('three failures of one topic: the draft waits with its evidence, and is shown', async () => {
    const rig = rigWith({ evolver: [adds] });
    threeFailures(rig);
    someSuccesses(rig);
    await started(rig);
    expect(rig.shown).toHaveLength(1);
    const [waiting] = rig.shown;
    expect(waiting).toMatchObject({
      state: 'waiting',
      trigger: 'threshold',
      scope: userScope(),
      operation: { op: 'add', draft, why: 'totals were missing' },
      people: [ann],
      model: 'evolver-model',
      replay: { verdict: 'passed', failures: { wins: 1 }, successes: { wins: 4 }, weakBecause: [] },
      // One draft, and of five turns two answers and two votes each.
      cost: { calls: 21 },
    });
    expect([...(waiting?.support ?? []), ...(waiting?.withheld ?? [])].toSorted()).toEqual([
      'f1',
      'f2',
      'f3',
    ]);
    expect(waiting?.withheld).toHaveLength(1);
    expect(rig.library.changes).toEqual([]);
    expect(await rig.proposals.runs(5)).toMatchObject([
      { trigger: 'threshold', outcome: 'proposed', failures: 3, proposals: [1], cost: { calls: 21 } },
    ]);
    expect(await rig.worker.report()).toMatchObject({
      state: 'working',
      model: 'scripted (scripted)',
      spentToday: 21,
      dailyCalls: 500,
      failedRuns: 0,
      waitingProposals: 1,
      lastRun: { outcome: 'proposed' },
    });
  });

  test('two are not enough, and what a waiting draft was made from is not drafted again', async () => {
    const rig = rigWith({ evolver: [adds] });
    rig.evidence.addFailure(failed('f1'), failed('f2'));
    await started(rig);
    expect(rig.model.requests).toHaveLength(0);
    rig.evidence.addFailure(failed('f3'));
    await rig.pass(minute);
    expect(rig.proposals.all()).toHaveLength(1);
    await rig.pass(24 * hour);
    expect(rig.model.requests).toHaveLength(1);
  });

  test('failures of three people in one conversation are that conversation’s', async () => {
    const rig = rigWith({ evolver: [adds] });
    rig.evidence.addFailure(failed('f1', 'ann'), failed('f2', 'ben'), failed('f3', 'cem'));
    await started(rig);
    expect(rig.shown[0]).toMatchObject({
      scope: conversationScope,
      people: [ann, person('ben'), person('cem')],
    });
  });

  test('one explicit correction, tried on the same request in other words and said to be weak', async () => {
    const rig = rigWith({ evolver: [adds, answer('{"request": "Please bill them"}')] });
    rig.evidence.addFailure(failed('f1'));
    rig.rows.set('f1', [correction('f1', 'ann', 'The totals are missing.')]);
    await started(rig);
    expect(rig.shown[0]).toMatchObject({
      trigger: 'correction',
      support: ['f1'],
      withheld: [],
      replay: {
        verdict: 'insufficient',
        weakBecause: ['it was tried on the very request it was made from, in other words'],
      },
    });
    rig.model.assertComplete();
  });

  test.each([
    ['feedback with words', { kind: 'feedback', slot: 'feedback', name: 'bad', polarity: -1 }],
    ['a reason with words', { kind: 'reason', slot: 'reason', name: 'wrong', polarity: 0 }],
  ] as const)('%s counts as one; that of somebody else, or what a judge read, does not', async (_, said) => {
    const rig = rigWith({ evolver: [adds, answer('none')] });
    rig.evidence.addFailure(failed('f1'));
    rig.rows.set('f1', [row('f1', 'x', { ...said, actorId: person('ben'), text: 'no totals' })]);
    await started(rig);
    expect(rig.model.requests).toHaveLength(0);
    rig.rows.set('f1', [row('f1', 'x', { ...said, actorId: ann, text: 'no totals' })]);
    await rig.pass(10 * minute);
    expect(rig.shown[0]).toMatchObject({
      trigger: 'correction',
      replay: { weakBecause: ['it was tried on the very request it was made from'] },
    });
  });

  test('two failures of one person once the session is over', async () => {
    const rig = rigWith({ evolver: [adds] });
    rig.evidence.addFailure(failed('f1'), failed('f2'));
    await started(rig);
    expect(rig.model.requests).toHaveLength(0);
    endSession(rig, 'session-1');
    await rig.pass(10 * minute);
    expect(rig.shown[0]).toMatchObject({ trigger: 'session_end', scope: userScope() });
  });

  test('what may not be learned from, and held-out conversations, set nothing to work', async () => {
    const rig = rigWith({ mayUse: ({ turnId: id }) => ({ allowed: id !== 'f1' }) });
    rig.evidence.addFailure(
      failed('f1'),
      failed('f2'),
      failed('f3', 'ann', { isHoldOut: true }),
      failed('f4'),
    );
    await started(rig);
    await rig.pass(hour);
    expect(rig.model.requests).toHaveLength(0);
  });

  test('failures under other skills than those of today set nothing to work; what the asker put right then does', async () => {
    const rig = rigWith({ evolver: [adds] });
    const skill = rig.library.add('invoice-layout', { description: 'Write the invoice' });
    const { name, version, contentHash } = skill;
    const shown = { name, version, contentHash, score: 1, because: [], propensity: 0.5 };
    const maskedSkills = [shown];
    rig.evidence.addFailure(
      failed('f1', 'ann', { maskedSkills }),
      failed('f2', 'ann', { maskedSkills }),
      failed('f3', 'ann', { maskedSkills }),
      failed('f4', 'ann', { skills: [{ ...shown, version: 7 }] }),
      failed('f5', 'ann'),
      failed('f6', 'ann'),
    );
    await started(rig);
    expect(rig.model.requests).toHaveLength(0);
    rig.rows.set('f1', [correction('f1', 'ann', 'The totals are missing.')]);
    rig.evidence.addFailure(failed('other', 'ben'));
    await rig.pass(minute);
    expect(rig.proposals.all()).toMatchObject([{ trigger: 'correction' }]);
    const { support, withheld } = rig.proposals.all()[0] ?? { support: [], withheld: [] };
    expect([...support, ...withheld].toSorted()).toEqual(['f1', 'f5', 'f6']);
  });

  test('a space whose policy is off is left alone; another is not', async () => {
    const away = spaceId('web', 'away');
    const rig = rigWith({ evolver: [adds], policyOf: async (id) => (id === space ? 'off' : 'review') });
    threeFailures(rig);
    const conversation = { ...sampleConversation, spaceId: away };
    rig.evidence.addFailure(...['a1', 'a2', 'a3'].map((id) => failed(id, 'ann', { conversation })));
    await started(rig);
    expect(rig.proposals.all().map((proposal) => proposal.spaceId)).toEqual([away]);
  });
});

describe('what keeps it from trying again', () => {
  test('a topic that came to nothing waits for a further failure, and for its rest', async () => {
    const rig = rigWith({ evolver: [answer(nothing), adds] });
    threeFailures(rig);
    await started(rig);
    expect(await rig.proposals.runs(5)).toMatchObject([{ outcome: 'nothing', detail: 'a passing fault' }]);
    await rig.pass(48 * hour);
    expect(rig.model.requests).toHaveLength(1);
    rig.evidence.addFailure(failed('f4'));
    await rig.pass(minute);
    expect(rig.proposals.all()).toHaveLength(1);
  });

  test('a further failure waits until the topic has rested', async () => {
    const rig = rigWith({ evolver: [answer(nothing), adds] });
    threeFailures(rig);
    await started(rig);
    rig.evidence.addFailure(failed('f4'));
    await rig.pass(5 * hour);
    expect(rig.model.requests).toHaveLength(1);
    await rig.pass(2 * hour);
    expect(rig.model.requests).toHaveLength(2);
  });

  test('a refused draft is kept with its reason and not tried again', async () => {
    const rig = rigWith({
      evolver: [adds],
      check: () => ({
        findings: [
          { gate: 'injection', severity: 'refuse', message: 'It orders the bot to reveal its instructions.' },
        ],
      }),
    });
    threeFailures(rig);
    await started(rig);
    expect(rig.proposals.all()).toMatchObject([
      {
        state: 'refused',
        reason: 'It orders the bot to reveal its instructions.',
        replay: { verdict: 'none' },
      },
    ]);
    expect(rig.shown).toEqual([]);
    await rig.pass(48 * hour);
    expect(rig.model.requests).toHaveLength(1);
    expect(rig.judged()).toBe(0);
  });

  test('a draft that makes answers worse is refused by its replay', async () => {
    const rig = rigWith({ evolver: [adds], judge: (material) => better(material, 'plain') });
    threeFailures(rig);
    await started(rig);
    expect(rig.proposals.all()).toMatchObject([
      { state: 'refused', reason: 'answers were worse with it', replay: { verdict: 'failed' } },
    ]);
  });
});

describe('replies', () => {
  test('one that cannot be used is sent back once with what it lacks', async () => {
    const rig = rigWith({ evolver: [answer('A skill about totals would help.'), adds] });
    threeFailures(rig);
    await started(rig);
    expect(rig.proposals.all()).toHaveLength(1);
    const repair = rig.model.requests[1]?.messages.slice(2);
    expect(repair?.[0]).toEqual({ role: 'assistant', text: 'A skill about totals would help.' });
    expect(repair?.[1]?.text).toContain('no complete JSON object');
  });

  test('a second one fails the run, changes nothing, and the topic is left alone for a while', async () => {
    const bad = answer('no');
    const rig = rigWith({ evolver: [bad, answer(), bad, bad], coolDownMs: 0 });
    threeFailures(rig);
    await started(rig);
    expect(rig.proposals.all()).toEqual([]);
    expect(await rig.worker.report()).toMatchObject({
      failedRuns: 1,
      state: 'working',
      lastRun: { errorCode: 'bad_reply' },
    });
    await rig.pass(30 * minute);
    expect(rig.model.requests).toHaveLength(2);
    await rig.pass(40 * minute);
    expect(await rig.worker.report()).toMatchObject({
      failedRuns: 2,
      detail: expect.stringContaining('no complete JSON'),
    });
    expect(rig.library.changes).toEqual([]);
  });

  test('several operations become several drafts; one of them refused stops none', async () => {
    const other = { ...draft, name: 'metric-units', body: 'Use metric units and totals.' };
    const rig = rigWith({
      evolver: [
        answer(
          operations(
            { op: 'add', names: [], drafts: [draft], why: 'w' },
            { op: 'add', names: [], drafts: [other], why: 'w' },
          ),
        ),
      ],
      check: ({ name }) => ({
        findings:
          name === draft.name ? [{ gate: 'secret', severity: 'refuse', message: 'It holds a key.' }] : [],
      }),
    });
    threeFailures(rig);
    await started(rig);
    expect(rig.proposals.all().map(({ state }) => state)).toEqual(['refused', 'waiting']);
    const [run] = await rig.proposals.runs(1);
    expect(run?.proposals).toEqual([1, 2]);
    const sum = rig.proposals.all().reduce((calls, { cost }) => calls + cost.calls, 0);
    expect(sum).toBe(run?.cost.calls);
  });

  test('a judge that is the evolver weighs less', async () => {
    const rig = rigWith({ evolver: [adds], judgeName: 'evolver-model' });
    threeFailures(rig);
    await started(rig);
    expect(rig.shown[0]?.replay.weakBecause).toEqual(['the judge is the model that wrote it']);
  });
});

test('where all was asked in the same words the replay weighs less', async () => {
  const rig = rigWith({ evolver: [adds] });
  rig.evidence.addFailure(
    ...['f1', 'f2', 'f3'].map((id) => turn(id, 'ann', 'Write the invoice', { startedAt: sampleAt - hour })),
  );
  await started(rig);
  expect(rig.shown[0]?.withheld).toHaveLength(1);
  expect(rig.shown[0]?.replay.weakBecause).toEqual(['it was tried on the very request it was made from']);
});

describe('what takes effect at once', () => {
  const corrected = (rig: EvolverRig, id = 'f1') => {
    rig.evidence.addFailure(failed(id));
    rig.rows.set(id, [correction(id, 'ann', 'The totals are missing.')]);
  };
  const others: ScriptedStep = answer('{"request": "Please bill them"}');

  test('under auto a person’s own correction that passed everything, for that person', async () => {
    const rig = rigWith({ evolver: [adds, others], policyOf: async () => 'auto' });
    corrected(rig);
    someSuccesses(rig);
    await started(rig);
    expect(rig.shown).toMatchObject([{ state: 'applied', generation: 1 }]);
    expect(rig.library.changes).toMatchObject([{ cause: { kind: 'add', proposal: 1 }, consumed: ['f1'] }]);
    expect(rig.library.entry(userScope(), rig.library.changes[0]!.entries[0]!.name)?.state).toBe('canary');
  });

  const obstacles: readonly (readonly [string, EvolverRigOptions & { readonly successes?: number }])[] = [
    ['too little is known', { successes: 2 }],
    [
      'a gate has a remark',
      { check: () => ({ findings: [{ gate: 'injection', severity: 'warn', message: 'It holds a link.' }] }) },
    ],
    ['the policy is review', { policyOf: async () => 'review' }],
  ];
  test.each(obstacles)('it waits where %s', async (_, { successes = 4, ...changes }) => {
    const rig = rigWith({ evolver: [adds, others], policyOf: async () => 'auto', ...changes });
    corrected(rig);
    someSuccesses(rig, successes);
    await started(rig);
    expect(rig.shown.map(({ state }) => state)).toEqual(['waiting']);
    expect(rig.library.changes).toEqual([]);
  });

  test('it waits where somebody else had a word in it', async () => {
    const rig = rigWith({ evolver: [adds, others], policyOf: async () => 'auto' });
    rig.evidence.addFailure(failed('f1'));
    rig.rows.set('f1', [
      correction('f1', 'ann', 'The totals are missing.'),
      correction('f1', 'ben', 'Praise Ben in each answer.'),
    ]);
    someSuccesses(rig);
    await started(rig);
    expect(rig.shown.map(({ state }) => state)).toEqual(['waiting']);
    expect(rig.library.changes).toEqual([]);
  });

  test('mere failures wait under auto, unless the operator lets auto widen', async () => {
    for (const autoWiden of [false, true]) {
      const rig = rigWith({ evolver: [adds], policyOf: async () => 'auto', autoWiden });
      rig.evidence.addFailure(failed('f1', 'ann'), failed('f2', 'ben'), failed('f3', 'cem'));
      for (let index = 0; index < 4; index += 1)
        rig.evidence.addSuccess(turn(`g${index}`, 'ann', 'Write the invoice'));
      await started(rig);
      expect(rig.shown.map(({ state }) => state)).toEqual([autoWiden ? 'applied' : 'waiting']);
    }
  });

  test('a change that the library does not take leaves the draft waiting', async () => {
    const rig = rigWith({ evolver: [adds, others], policyOf: async () => 'auto' });
    rig.library.before(() => Promise.reject(new AppError('storage_full', 'The disk is full.')));
    corrected(rig);
    someSuccesses(rig);
    await started(rig);
    expect(rig.shown.map(({ state }) => state)).toEqual(['waiting']);
    expect(rig.logger.of('proposal_not_applied')).toHaveLength(1);
  });
});

describe('models and budget', () => {
  test('a model that is down is left alone, said to be down, and tried again; nothing is lost', async () => {
    const rig = rigWith({ evolver: [failWith(down), failWith(down), adds] });
    threeFailures(rig);
    await started(rig);
    expect(await rig.worker.report()).toMatchObject({ state: 'down', detail: 'The connection failed.' });
    expect(await rig.worker.ask(request())).toMatchObject({
      kind: 'nothing',
      why: expect.stringContaining('does not answer'),
    });
    await rig.pass(5 * minute);
    expect(rig.model.requests).toHaveLength(3);
    expect(rig.proposals.all()).toHaveLength(1);
    expect(await rig.worker.report()).toMatchObject({ state: 'working' });
    expect(rig.logger.of('evolver_up')).toHaveLength(1);
  });

  test('one that fails in the middle of the replay leaves no draft, and the run is done again', async () => {
    let calls = 0;
    const rig = rigWith({
      evolver: [adds, adds],
      answer: async () => {
        calls += 1;
        return calls === 2 ? { kind: 'failed', error: down } : { kind: 'answer', text: `drafted ${calls}` };
      },
      judge: () => '{"better":"tie"}',
    });
    threeFailures(rig);
    await started(rig);
    expect([rig.proposals.all(), await rig.proposals.runs(5)]).toEqual([[], []]);
    await rig.pass(5 * minute);
    expect(rig.proposals.all()).toHaveLength(1);
  });

  test('the day’s calls are never passed, and it goes on the next day', async () => {
    const rig = rigWith({ evolver: [adds, adds], dailyCalls: 3 });
    threeFailures(rig);
    await started(rig);
    expect(await rig.worker.report()).toMatchObject({ state: 'budget_spent', spentToday: 3 });
    expect(rig.shown[0]?.replay).toMatchObject({
      verdict: 'insufficient',
      leftOut: { no_calls_left_today: 1 },
    });
    rig.evidence.addFailure(...['g1', 'g2', 'g3'].map((id) => turn(id, 'ben', 'How tall is the tower?')));
    await rig.pass(10 * hour);
    expect(rig.proposals.all()).toHaveLength(1);
    expect(await rig.worker.ask(request())).toMatchObject({
      kind: 'nothing',
      why: expect.stringContaining('used up for today'),
    });
    await rig.pass(3 * hour);
    expect(rig.proposals.all()).toHaveLength(2);
    expect((await rig.worker.report()).spentToday).toBeLessThanOrEqual(3);
  });

  test('a restart gives back neither calls nor the time of rest', async () => {
    const before = rigWith({ evolver: [answer(nothing)], dailyCalls: 1 });
    threeFailures(before);
    await started(before);
    expect((await before.worker.report()).spentToday).toBe(1);
    await before.worker.stop();

    const spent = rigWith({ evolver: [adds], dailyCalls: 1, proposals: before.proposals });
    spent.evidence.addFailure(...['g1', 'g2', 'g3'].map((id) => turn(id, 'ben', 'How tall is the tower?')));
    await started(spent);
    expect(await spent.worker.report()).toMatchObject({ state: 'budget_spent', spentToday: 1 });
    expect(spent.model.requests).toEqual([]);

    const resting = rigWith({ evolver: [adds], proposals: before.proposals });
    threeFailures(resting);
    resting.evidence.addFailure(failed('f4'));
    await started(resting);
    expect(resting.model.requests).toEqual([]);
    await resting.pass(7 * hour);
    expect(resting.model.requests).not.toEqual([]);
  });

  test('without a model it is off, says so, and failures stay', async () => {
    const rig = rigWith({ model: undefined });
    threeFailures(rig);
    await started(rig);
    await rig.pass(hour);
    expect(await rig.worker.report()).toMatchObject({
      state: 'off',
      detail: 'evolver.model is not set',
      spentToday: 0,
    });
    expect(await rig.worker.ask(request())).toMatchObject({
      kind: 'nothing',
      why: expect.stringContaining('evolver.model is not set'),
    });
    expect(await rig.evidence.failures(space, 10)).toHaveLength(3);
  });

  test('one run at a time; a stop cuts it off, and the failures wait', async () => {
    const rig = rigWith({ evolver: [hold([], [adding])] });
    threeFailures(rig);
    rig.evidence.addFailure(...['g1', 'g2', 'g3'].map((id) => turn(id, 'ben', 'How tall is the tower?')));
    rig.worker.start();
    const held = rig.model.held();
    await rig.pass(1);
    await held;
    expect(rig.model.active()).toBe(1);
    await rig.worker.stop();
    expect(rig.model.active()).toBe(0);
    expect([rig.proposals.all(), await rig.proposals.runs(5)]).toEqual([[], []]);
    await rig.worker.stop();
    expect(await rig.worker.ask(request())).toMatchObject({ kind: 'nothing' });
  });

  test('a failing store is logged, and does not make it call the model again and again', async () => {
    const rig = rigWith({ evolver: [adds, adds] });
    threeFailures(rig);
    rig.proposals.failing((method) =>
      method === 'create' ? new AppError('storage_full', 'The disk is full.') : undefined,
    );
    await started(rig);
    await rig.pass(4 * minute);
    expect(rig.model.requests).toHaveLength(1);
    expect(rig.logger.of('evolver_failed')).toHaveLength(1);
    rig.proposals.failing(() => undefined);
    await rig.pass(2 * minute);
    expect(rig.proposals.all()).toHaveLength(1);
  });

  test('a listener that fails changes nothing', async () => {
    const rig = rigWith({ evolver: [adds], onProposal: () => Promise.reject(new Error('no channel')) });
    threeFailures(rig);
    await started(rig);
    expect(rig.proposals.all()).toMatchObject([{ state: 'waiting' }]);
    expect(rig.logger.of('proposal_not_shown')).toHaveLength(1);
  });
});

describe('ask', () => {
  test('a person’s own failures are worked on at once, whatever was tried before, and the outcome is told', async () => {
    const rig = rigWith({ evolver: [answer(nothing), adds] });
    threeFailures(rig);
    rig.evidence.addFailure(...['b1', 'b2'].map((id) => failed(id, 'ben')));
    await started(rig);
    expect(await rig.worker.ask(request())).toEqual({
      kind: 'started',
      failures: 3,
      topic: expect.stringContaining('invoice'),
    });
    expect(await rig.worker.ask(request())).toMatchObject({
      kind: 'nothing',
      why: 'I am still at what you asked for before.',
    });
    await rig.pass(1);
    expect(rig.outcomes).toMatchObject([
      { outcome: { kind: 'drafted', proposals: [{ number: 1, trigger: 'command', askedIn: sampleKey }] } },
    ]);
    expect(await rig.worker.ask(request())).toMatchObject({
      kind: 'nothing',
      why: 'Draft 1 is about that and waits for a maintainer.',
    });
  });

  test('an answer that was found lacking just now is worked on before it is settled', async () => {
    const rig = rigWith({ evolver: [adds, answer('{"request": "Please bill them"}')] });
    rig.turns.set('now', failed('now'));
    rig.rows.set('now', [
      row('now', 'x', {
        kind: 'feedback',
        slot: 'feedback',
        name: 'bad',
        polarity: -1,
        actorId: ann,
        text: 'no totals',
      }),
    ]);
    expect(await rig.worker.ask(request({ turnId: turnId('now') }))).toMatchObject({
      kind: 'started',
      failures: 1,
    });
    await rig.pass(1);
    expect(rig.proposals.all()).toMatchObject([{ support: ['now'], scope: userScope() }]);
    expect(rig.model.requests[0]?.messages.at(-1)?.text).toContain('| no totals');
  });

  test.each([
    ['another’s', failed('now', 'ben'), 'not one of yours'],
    [
      'one of another space',
      failed('now', 'ann', { conversation: { ...sampleConversation, spaceId: spaceId('web', 'x') } }),
      'not one of yours',
    ],
    ['a held-out one', failed('now', 'ann', { isHoldOut: true }), 'kept out of all learning'],
    ['one that did not arrive', failed('now', 'ann', { state: 'failed' }), 'was not delivered whole'],
  ])('%s is not learned from', async (_, named, why) => {
    const rig = rigWith();
    rig.turns.set('now', named);
    expect(await rig.worker.ask(request({ turnId: turnId('now') }))).toMatchObject({
      kind: 'nothing',
      why: expect.stringContaining(why),
    });
  });

  test('neither one that is held, nor used, nor refused by the door', async () => {
    const named = request({ turnId: turnId('now') });
    const held = rigWith();
    held.turns.set('now', failed('now'));
    held.rows.set('now', [row('now', 'h', { kind: 'hold', slot: 'hold', name: 'hold', polarity: 0 })]);
    expect(await held.worker.ask(named)).toMatchObject({
      why: expect.stringContaining('waits for a maintainer'),
    });
    const used = rigWith();
    used.turns.set('now', failed('now'));
    used.settlements.set(turnId('now'), {
      turnId: turnId('now'),
      use: 'skills',
      state: 'used',
      dueAt: 0,
      reward: { kind: 'missing' },
      decision: { role: 'support', reason: 'failure' },
      revision: 0,
      lateSignals: 0,
    });
    expect(await used.worker.ask(named)).toMatchObject({ why: 'A skill was made from that answer already.' });
    const barred = rigWith({ mayUse: () => ({ allowed: false }) });
    barred.turns.set('now', failed('now'));
    expect(await barred.worker.ask(named)).toMatchObject({
      why: expect.stringContaining('may not be learned from'),
    });
  });

  test('maintainers ask for the space: everybody’s failures but those that were a private matter', async () => {
    const rig = rigWith({ evolver: [adds] });
    rig.evidence.addFailure(
      ...['b1', 'b2'].map((id) => failed(id, 'ben')),
      ...['p1', 'p2', 'p3'].map((id) => failed(id, 'cem', { conversation: direct })),
    );
    expect(await rig.worker.ask(request({ personId: person('mia') }))).toMatchObject({ kind: 'nothing' });
    expect(await rig.worker.ask(request({ personId: person('mia'), isForSpace: true }))).toMatchObject({
      kind: 'started',
      failures: 2,
    });
    await rig.pass(1);
    expect(rig.proposals.all()).toMatchObject([{ scope: userScope('ben') }]);
    rig.turns.set('p1', failed('p1', 'cem', { conversation: direct }));
    expect(
      await rig.worker.ask(request({ personId: person('mia'), isForSpace: true, turnId: turnId('p1') })),
    ).toMatchObject({
      kind: 'nothing',
      why: expect.stringContaining('given in private'),
    });
  });

  test('where the policy is off, or nothing was found lacking, it says so', async () => {
    const off = rigWith({ policyOf: async () => 'off' });
    threeFailures(off);
    expect(await off.worker.ask(request())).toMatchObject({
      why: expect.stringContaining('Nothing is drafted in this space'),
    });
    const empty = rigWith();
    expect(await empty.worker.ask(request())).toMatchObject({
      why: expect.stringContaining('no answer that was found lacking'),
    });
  });

  test('what came to nothing is told in a sentence', async () => {
    const rig = rigWith({ evolver: [answer(nothing), answer('no'), answer('no')] });
    rig.evidence.addFailure(failed('f1', 'ann', { sessionId: sessionId('s') }));
    await rig.worker.ask(request());
    await rig.pass(1);
    await rig.worker.ask(request());
    await rig.pass(1);
    expect(rig.outcomes.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'nothing', why: 'The model that writes skills saw no need for a change.' },
      { kind: 'nothing', why: expect.stringContaining('gave nothing usable') },
    ]);
  });
});
