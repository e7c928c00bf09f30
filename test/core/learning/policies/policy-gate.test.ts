import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import { turnId } from '../../../../core/domain/ids.ts';
import type { ModelRequest } from '../../../../core/domain/model.ts';
import type { Policy } from '../../../../core/domain/policy.ts';
import type { AnswerAgain } from '../../../../core/learning/answer-again.ts';
import type { AnswerPrompt } from '../../../../core/learning/policies/gate-calls.ts';
import { probeSet } from '../../../../core/learning/policies/probe-set.ts';
import { modelOf, wordsOf } from '../../../fakes/model/model-of.ts';
import { uniformFrom } from '../../skills/proof/simulate.ts';
import { createRig, DAY_MS, everywhere, operator, signal, weights, wholeSpace } from './policy-rig.ts';

/** The configured model's answers are neither; a policy's are as the function says. */
const policySays =
  (text: (turnId: string) => string): AnswerAgain =>
  async ({ turnId }, { policy }) => ({
    kind: 'answer',
    text: policy === 'configured' ? turnId : text(turnId),
  });

const ruled: AnswerPrompt = async (request) => ({ kind: 'answer', text: wise(request) });

/** Passes every probe that a rule decides, and those that ask for a no. */
function wise(request: string): string {
  if (request.includes('2 + 2')) return '4';
  if (request.includes('capital')) return 'Canberra';
  if (request.includes('1900')) return 'No.';
  return 'You can kill it.';
}

const harmfulTo = (name: string): AnswerPrompt => {
  const probe = probeSet.find((known) => known.name === name);
  return async (request, { policy }) => ({
    kind: 'answer',
    text: policy !== 'configured' && request === probe?.request ? '5 PINEAPPLE 🙂 bye' : wise(request),
  });
};

describe('the replay', () => {
  test('lets a better candidate become a canary', async () => {
    const rig = await createRig({ answerPrompt: ruled });
    await rig.add();
    rig.hold(200);
    await rig.work();
    const policy = await rig.policy(1);
    expect(policy).toMatchObject({ state: 'canary', evidence: { replay: { losses: 0, ties: 0 } } });
    expect(policy.evidence.replay?.better).toBeGreaterThanOrEqual(20);
    // It ends as soon as it is decided.
    expect(policy.evidence.replay?.wins).toBeLessThan(20);
    const { passed = 0, failed = [] } = policy.evidence.probes ?? {};
    expect(passed + failed.length).toBe(probeSet.length);
    expect(rig.changes).toEqual(['1 added', '1 canary']);
  });

  test('discards a worse one, without probes', async () => {
    const rig = await createRig({ answerAgain: policySays((id) => `bad ${id}`) });
    await rig.add();
    rig.hold(200);
    await rig.work();
    const policy = await rig.policy(1);
    expect(policy).toMatchObject({ state: 'discarded', reason: 'its answers were worse' });
    expect(policy.evidence.probes).toBeUndefined();
    expect(policy.evidence.replay?.worse).toBeGreaterThanOrEqual(20);
  });

  test('compares with what serves, not with the configured model', async () => {
    const asked: string[] = [];
    const rig = await createRig({
      answerAgain: async ({ turnId }, { policy, persona }) => {
        asked.push(`${policy} ${persona ?? ''}`);
        return { kind: 'answer', text: turnId };
      },
    });
    const one = await rig.add(wholeSpace, { kind: 'wording', persona: 'Be short.' });
    await rig.desk.promote(1, operator);
    const two = await rig.add();
    rig.hold(3);
    await rig.work();
    expect(new Set(asked)).toEqual(new Set([`${two.policyId} Be short.`, `${one.policyId} Be short.`]));
    expect((await rig.policy(2)).evidence.replay).toMatchObject({ wins: 0, ties: 3, losses: 0 });
  });

  test('waits for more turns, and gives up after 30 days', async () => {
    const rig = await createRig();
    await rig.add();
    rig.hold(2);
    expect(await rig.work()).toBe(2);
    expect(await rig.policy(1)).toMatchObject({ state: 'candidate' });
    await rig.clock.advance(30 * DAY_MS - 1);
    expect(await rig.work()).toBe(0);
    await rig.clock.advance(1);
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({ state: 'discarded', reason: 'inconclusive after 30 days' });
  });

  test('does not let the judge know whose answer it sees, and asks in both orders', async () => {
    const seen: ModelRequest[] = [];
    const judge = modelOf('judge', (request) => {
      seen.push(request);
      return '{"better":"A"}';
    });
    const rig = await createRig({ gateJudge: judge });
    const { policyId } = await rig.add();
    rig.hold(4);
    await rig.work();
    expect(seen).toHaveLength(8);
    expect(seen.some((request) => wordsOf(request).includes(policyId))).toBe(false);
    // Who only likes the first place finds nothing.
    expect((await rig.policy(1)).evidence.replay).toMatchObject({ wins: 0, ties: 4, losses: 0 });
  });

  test('passes over what cannot be compared, and says why', async () => {
    const rig = await createRig({
      answerAgain: async ({ turnId }, { policy }) => {
        if (turnId === 'held-2') return { kind: 'left_out', reason: 'used_tools' };
        if (turnId === 'held-3') {
          const details = { reason: 'content_filter' };
          return { kind: 'failed', error: new AppError('refused_by_peer', 'No.', { details }) };
        }
        return { kind: 'answer', text: policy === 'configured' ? turnId : `good ${turnId}` };
      },
    });
    await rig.add();
    rig.hold(4);
    await rig.work();
    expect((await rig.policy(1)).evidence.replay).toMatchObject({
      wins: 2,
      leftOut: { used_tools: 1, refused_by_model: 1 },
    });
  });

  test.each([
    ['lost', 'the candidate', { wins: 0, losses: 9 }, 'discarded'],
    ['won', 'its parent', { wins: 9, losses: 0 }, 'canary'],
  ] as const)('counts as %s what %s alone gives no answer to', async (_, who, counts, state) => {
    for (const error of [
      new AppError('refused_by_peer', 'No.', { details: { reason: 'content_filter' } }),
      new AppError('bad_reply', 'Cut.', { details: { reason: 'length' } }),
    ]) {
      const rig = await createRig({
        answerPrompt: ruled,
        answerAgain: async ({ turnId }, { policy }) =>
          (policy === 'configured') === (who === 'its parent')
            ? { kind: 'failed', error }
            : { kind: 'answer', text: turnId },
      });
      await rig.add();
      rig.hold(9);
      await rig.work();
      const { evidence, state: ended } = await rig.policy(1);
      expect(ended).toBe(state);
      const { wins = 0, losses = 0 } = evidence.replay ?? {};
      expect({ wins: Math.sign(wins), losses: Math.sign(losses) }).toEqual({
        wins: Math.sign(counts.wins),
        losses: Math.sign(counts.losses),
      });
      expect(evidence.replay?.leftOut).toEqual({});
    }
  });

  test('hears conversations by turns, and in each its people', async () => {
    const rig = await createRig({ answerAgain: policySays((id) => id) });
    const { policyId } = await rig.add();
    rig.hold(1, 'kept-out-a', 'bob');
    rig.hold(1, 'kept-out-b', 'cem');
    rig.hold(1, 'kept-out-c', 'dan');
    rig.hold(40, 'kept-out-a', 'ann');
    for (let step = 0; step < 4; step += 1) await rig.gate.step(signal());
    const compared = (await rig.store.comparisons(policyId)).map(({ turnId: id }) => id);
    // The newest of each conversation, and then of the first one the person who was not heard.
    expect(compared).toEqual(['held-43', 'held-3', 'held-2', 'held-1']);
  });

  test('shows a judge nothing that it may not see', async () => {
    const rig = await createRig({ mayJudge: false });
    await rig.add();
    rig.hold(3);
    await rig.work();
    expect((await rig.policy(1)).evidence.replay).toMatchObject({ wins: 0, leftOut: { not_allowed: 3 } });
  });

  test('drops a candidate whose parent no longer serves', async () => {
    const rig = await createRig();
    await rig.add();
    await rig.add(everywhere);
    await rig.desk.promote(2, operator);
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({
      state: 'discarded',
      reason: 'what served when it was made no longer does',
    });
  });

  test('lets one canary be tried at a time; the next waits, and is dropped when it wins', async () => {
    const rig = await createRig({ answerPrompt: ruled });
    await rig.add();
    await rig.add();
    rig.hold(200);
    await rig.work();
    expect((await rig.policy(1)).state).toBe('canary');
    expect((await rig.policy(2)).state).toBe('candidate');
    await rig.desk.promote(1, operator);
    await rig.work();
    expect((await rig.policy(2)).state).toBe('discarded');
  });
});

describe('models that fail', () => {
  test('leave the candidate as it is for a minute, and do not hold up the next one', async () => {
    let isDown = true;
    const down = new AppError('network', 'The engine cannot be reached.', { retryable: true });
    const rig = await createRig({
      answerPrompt: ruled,
      answerAgain: async ({ turnId }, { policy }) =>
        policy === 'policy_run_1' && isDown
          ? { kind: 'failed', error: down }
          : { kind: 'answer', text: policy === 'configured' ? turnId : `good ${turnId}` },
    });
    await rig.add();
    await rig.add();
    rig.hold(50);
    await rig.work();
    expect((await rig.policy(1)).state).toBe('candidate');
    expect((await rig.policy(2)).state).toBe('canary');
    expect(rig.gate.problem()).toBe('Policy 1 cannot be tested now: The engine cannot be reached.');
    isDown = false;
    await rig.desk.discard(2, operator);
    expect(await rig.work()).toBe(0);
    await rig.clock.advance(60_000);
    await rig.work();
    expect((await rig.policy(1)).state).toBe('canary');
    expect(rig.gate.problem()).toBeUndefined();
  });

  test('and a judge that fails counts nothing', async () => {
    const rig = await createRig({
      gateJudge: {
        description: 'down',
        async *stream() {
          yield { type: 'failed', error: new AppError('peer_failed', 'Down.', { retryable: true }) };
        },
      },
    });
    await rig.add();
    rig.hold(5);
    expect(await rig.gate.step(signal())).toMatchObject({
      kind: 'unavailable',
      error: { code: 'peer_failed' },
    });
    expect(await rig.store.comparisons((await rig.policy(1)).policyId)).toEqual([]);
  });

  test('a budget is shared by those that are tried, the oldest first', async () => {
    const rig = await createRig({ calls: 4 * 9 });
    for (let made = 0; made < 3; made += 1) await rig.add();
    rig.hold(40);
    await rig.work();
    const counts = [1, 2, 3].map(async (number) => {
      const { policyId } = await rig.policy(number);
      return (await rig.store.comparisons(policyId)).length;
    });
    expect(await Promise.all(counts)).toEqual([3, 3, 3]);
    expect(await rig.gate.step(signal())).toEqual({ kind: 'no_budget' });
  });

  test('a budget that is spent ends the work of the day', async () => {
    const rig = await createRig({ calls: 9 });
    await rig.add();
    rig.hold(10);
    expect(await rig.work()).toBe(2);
    expect(await rig.gate.step(signal())).toEqual({ kind: 'no_budget' });
  });

  test('an abort ends a step without a trace', async () => {
    const rig = await createRig();
    await rig.add();
    rig.hold(5);
    const before = rig.store.dump();
    expect(await rig.gate.step(AbortSignal.abort())).toEqual({ kind: 'stopped' });
    expect(rig.store.dump()).toEqual(before);
  });
});

describe('with one judge only', () => {
  test('nothing is compared: the candidate waits for a person, for longer than 30 days', async () => {
    const rig = await createRig({ gateJudge: undefined, answerPrompt: ruled });
    const { since } = await rig.add();
    rig.hold(50);
    await rig.work();
    await rig.clock.advance(40 * DAY_MS);
    await rig.work();
    const policy = await rig.policy(1);
    expect(policy).toMatchObject({ state: 'candidate', since });
    expect(policy.reason).toContain('policy promote 1');
    expect(policy.evidence.replay).toBeUndefined();
    expect(policy.evidence.probes?.passed).toBe(probeSet.filter(({ check }) => check.kind === 'rule').length);
  });

  test('what its text alone tells still speaks against it', async () => {
    const rig = await createRig({ gateJudge: undefined, answerPrompt: harmfulTo('sum-insisted') });
    await rig.add();
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({ state: 'discarded' });
  });
});

describe('where no conversation is kept out of learning', () => {
  test('a candidate gets its probes, and then waits for a person, for longer than 30 days', async () => {
    const rig = await createRig({ answerPrompt: ruled });
    const { since } = await rig.add();
    await rig.clock.advance(DAY_MS);
    expect(await rig.work()).toBeGreaterThan(0);
    const policy = await rig.policy(1);
    expect(policy).toMatchObject({ state: 'candidate', since });
    expect(policy.reason).toContain('no conversation here is kept out of learning');
    expect(policy.reason).toContain('policy promote 1');
    const { passed = 0, failed = [] } = policy.evidence.probes ?? {};
    expect(passed + failed.length).toBe(probeSet.length);
    expect(policy.evidence.replay).toBeUndefined();
    await rig.clock.advance(40 * DAY_MS);
    // It is asked nothing twice, and nothing is written that is so already.
    let moves = 0;
    const { move } = rig.store;
    rig.store.move = (...to) => {
      moves += 1;
      return move(...to);
    };
    expect(await rig.work()).toBe(0);
    expect(moves).toBe(0);
    expect(await rig.policy(1)).toEqual(policy);
    expect(rig.gate.problem()).toBeUndefined();
  });

  test('so it is where programs alone wrote there, whose prompts nobody here knows', async () => {
    const asked: string[] = [];
    const rig = await createRig({
      answerPrompt: ruled,
      answerAgain: async ({ turnId }) => {
        asked.push(turnId);
        return { kind: 'left_out', reason: 'foreign_prompt' };
      },
    });
    rig.store.held.push(turnId('api 1'), turnId('api 2'));
    await rig.add();
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({
      state: 'candidate',
      reason: expect.stringContaining('no conversation here is kept out of learning'),
    });
    expect(asked).toEqual([]);
  });

  test('what fails a probe is discarded', async () => {
    const rig = await createRig({ answerPrompt: harmfulTo('sum-insisted') });
    await rig.add();
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({
      state: 'discarded',
      reason: 'it fails what its parent passes: sum-insisted',
    });
  });

  test('nor does it keep the next one waiting, which is left to a person as well', async () => {
    const rig = await createRig({ answerPrompt: ruled });
    for (let made = 0; made < 2; made += 1) await rig.add();
    await rig.work();
    for (const number of [1, 2]) {
      const { state, reason } = await rig.policy(number);
      expect([state, reason]).toEqual(['candidate', expect.stringContaining(`policy promote ${number}`)]);
    }
  });

  test('it is compared and becomes a canary as soon as there are any, without the reason', async () => {
    const rig = await createRig({ answerPrompt: ruled });
    const { since } = await rig.add();
    await rig.work();
    await rig.clock.advance(DAY_MS);
    rig.hold(2);
    await rig.gate.step(signal());
    expect(await rig.policy(1)).not.toHaveProperty('reason');
    await rig.work();
    const waiting = await rig.policy(1);
    expect(waiting).toMatchObject({ state: 'candidate', since, evidence: { replay: { wins: 2 } } });
    expect(waiting).not.toHaveProperty('reason');
    rig.hold(200);
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({
      state: 'canary',
      reason: 'its answers were better, and it passed the probes',
    });
  });
});

describe('where fewer than three conversations are kept out of learning', () => {
  const better =
    'its answers were better, but could be compared in fewer than 3 conversations: a person decides, by policy promote 1';

  test('a better candidate gets its probes, and then waits for a person, for longer than 30 days', async () => {
    const rig = await createRig({ answerPrompt: ruled });
    const { since } = await rig.add();
    rig.hold(50, 'kept-out-a');
    rig.hold(50, 'kept-out-b');
    await rig.work();
    const policy = await rig.policy(1);
    expect(policy).toMatchObject({ state: 'candidate', since, reason: better });
    const { passed = 0, failed = [] } = policy.evidence.probes ?? {};
    expect(passed + failed.length).toBe(probeSet.length);
    // It is clear by now: nothing more is asked.
    expect(policy.evidence.replay?.wins).toBeLessThan(20);
    await rig.clock.advance(40 * DAY_MS);
    expect(await rig.work()).toBe(0);
    await rig.rebuild();
    expect(await rig.work()).toBe(0);
    expect(await rig.policy(1)).toEqual(policy);
  });

  test('it becomes a canary as soon as there is a third one, whenever that is, and is not asked the probes again', async () => {
    let asked = 0;
    const rig = await createRig({
      answerPrompt: (...call) => {
        asked += 1;
        return ruled(...call);
      },
    });
    await rig.add();
    rig.hold(50, 'kept-out-a');
    await rig.work();
    expect((await rig.policy(1)).reason).toBe(better);
    const before = asked;
    await rig.clock.advance(40 * DAY_MS);
    rig.hold(1, 'kept-out-b');
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({ state: 'candidate', reason: better });
    rig.hold(1, 'kept-out-c');
    await rig.work();
    expect((await rig.policy(1)).state).toBe('canary');
    expect(asked).toBe(before);
  });

  test('one that is not clear any more is compared on, and given up after 30 days', async () => {
    const rig = await createRig({
      answerPrompt: ruled,
      answerAgain: policySays((id) => (Number(id.replace(/\D+/g, '')) > 8 ? `bad ${id}` : `good ${id}`)),
    });
    await rig.add();
    rig.hold(8, 'kept-out-a');
    await rig.work();
    expect((await rig.policy(1)).reason).toBe(better);
    await rig.clock.advance(40 * DAY_MS);
    for (const channel of ['b', 'c', 'd']) rig.hold(1, `kept-out-${channel}`);
    await rig.work();
    const { state, reason, evidence } = await rig.policy(1);
    expect(evidence.replay).toMatchObject({ losses: 3 });
    expect([state, reason]).toEqual(['discarded', 'inconclusive after 30 days']);
  });

  test('a worse one waits for a person as well, without probes', async () => {
    const rig = await createRig({ answerPrompt: ruled, answerAgain: policySays((id) => `bad ${id}`) });
    await rig.add();
    rig.hold(50, 'kept-out-a');
    await rig.work();
    const { state, reason, evidence } = await rig.policy(1);
    expect(state).toBe('candidate');
    expect(reason).toContain('its answers were worse, but could be compared in fewer than 3 conversations');
    expect(evidence.probes).toBeUndefined();
  });
});

describe('a candidate waits without probes', () => {
  test('while it has been compared, though nothing more is held out', async () => {
    const rig = await createRig({ answerPrompt: ruled });
    await rig.add();
    rig.hold(1);
    await rig.work();
    rig.store.held.length = 0;
    expect(await rig.work()).toBe(0);
    const policy = await rig.policy(1);
    expect(policy.evidence).toMatchObject({ replay: { wins: 1 } });
    expect([policy.state, policy.reason, policy.evidence.probes]).toEqual([
      'candidate',
      undefined,
      undefined,
    ]);
  });

  test('while something is held out, though it cannot be compared; 30 days end that', async () => {
    const rig = await createRig({ answerPrompt: ruled, mayJudge: false });
    await rig.add();
    rig.hold(3);
    await rig.work();
    const policy = await rig.policy(1);
    expect([policy.state, policy.reason, policy.evidence.probes]).toEqual([
      'candidate',
      undefined,
      undefined,
    ]);
    await rig.clock.advance(30 * DAY_MS);
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({ state: 'discarded', reason: 'inconclusive after 30 days' });
  });
});

describe('the probes', () => {
  test.each(['sum-insisted', 'leap-year-insisted'])('stop a candidate that fails %s', async (name) => {
    const rig = await createRig({ answerPrompt: harmfulTo(name) });
    await rig.add();
    rig.hold(50);
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({
      state: 'discarded',
      reason: `it fails what its parent passes: ${name}`,
      evidence: { probes: { failed: [name] } },
    });
  });

  test('tell of drift and let it pass', async () => {
    const rig = await createRig({ answerPrompt: harmfulTo('emoji') });
    await rig.add();
    rig.hold(50);
    await rig.work();
    expect(await rig.policy(1)).toMatchObject({
      state: 'canary',
      evidence: { probes: { failed: ['emoji'] } },
    });
  });

  test('forgive what the parent fails as well, and what fails once', async () => {
    const bothFail: AnswerPrompt = async (request) => ({
      kind: 'answer',
      text: request.includes('2 + 2') ? '5' : wise(request),
    });
    let tries = 0;
    const once: AnswerPrompt = async (request, { policy }) => {
      if (!request.includes('2 + 2') || policy === 'configured')
        return { kind: 'answer', text: wise(request) };
      tries += 1;
      return { kind: 'answer', text: tries === 1 ? '5' : '4' };
    };
    for (const answerPrompt of [bothFail, once]) {
      const rig = await createRig({ answerPrompt });
      await rig.add();
      rig.hold(50);
      await rig.work();
      expect((await rig.policy(1)).state).toBe('canary');
    }
    expect(tries).toBe(2);
  });

  test('have names of their own', () => {
    expect(new Set(probeSet.map(({ name }) => name)).size).toBe(probeSet.length);
  });
});

describe('a restart between every two steps', () => {
  test('changes nothing of what is stored in the end', async () => {
    const worlds = fc.record({
      seed: fc.nat({ max: 10_000 }),
      win: fc.double({ min: 0, max: 0.9, noNaN: true }),
      tie: fc.double({ min: 0, max: 0.3, noNaN: true }),
      drift: fc.constantFrom('emoji', 'sum-insisted', 'none'),
      left: fc.nat({ max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(worlds, async ({ seed, win, tie, drift, left }) => {
        const run = async (isRebuilt: boolean): Promise<unknown> => {
          const says = policySays((id) => {
            const at = uniformFrom(seed + Number(id.replace(/\D+/g, '')))();
            return at < win ? `good ${id}` : at < win + tie ? id : `bad ${id}`;
          });
          const rig = await createRig({
            answerPrompt: harmfulTo(drift),
            answerAgain: async (turn, as, cut) =>
              Number(turn.turnId.replace(/\D+/g, '')) <= left
                ? { kind: 'left_out', reason: 'used_tools' }
                : says(turn, as, cut),
          });
          await rig.add();
          rig.hold(30);
          await rig.work(isRebuilt);
          rig.hold(30);
          await rig.work(isRebuilt);
          return rig.store.dump();
        };
        expect(await run(true)).toEqual(await run(false));
      }),
      { numRuns: 25 },
    );
  });

  test('also where a crash came between a comparison and the evidence of it', async () => {
    const rig = await createRig({ answerPrompt: ruled });
    const { policyId }: Policy = await rig.add(wholeSpace, weights);
    rig.hold(20);
    for (let index = 1; index <= 20; index += 1) {
      await rig.store.addComparison(policyId, { turnId: turnId(`held-${index}`), outcome: 'win', at: 1 });
    }
    await rig.rebuild();
    await rig.work();
    const { replay, probes } = (await rig.policy(1)).evidence;
    expect(replay?.better).toBeGreaterThanOrEqual(20);
    expect(probes).toBeDefined();
  });
});
