import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../../../core/domain/conversation.ts';
import { spaceId } from '../../../../core/domain/ids.ts';
import { sampleAt, sampleConversation, sampleKey } from '../../../contract/store-samples.ts';
import { answer, failWith, hold } from '../../../fakes/model/scripted-model.ts';
import { createHeldTurns, type HeldTurns } from '../../../fakes/schedule/held-turns.ts';
import { createEvolverRig, type EvolverRig, type EvolverRigOptions, hour, minute } from './evolver-rig.ts';
import { ann, correction, space, turn } from './samples.ts';

const open: EvolverRig[] = [];
afterEach(async () => {
  for (const rig of open.splice(0)) await rig.worker.stop();
});

interface Working extends EvolverRig {
  readonly held: HeldTurns;
}

/** At work, and past its first look. */
async function working(options: EvolverRigOptions, prepare: (rig: EvolverRig) => void): Promise<Working> {
  const held = createHeldTurns();
  const rig = createEvolverRig({ turn: held.take, ...options });
  open.push(rig);
  prepare(rig);
  rig.worker.start();
  await rig.pass(1);
  return { ...rig, held };
}

const nothing = answer(
  JSON.stringify({ operations: [{ op: 'none', names: [], drafts: [], why: 'a fault' }] }),
);
const elsewhere: ConversationAddress = { ...sampleConversation, spaceId: spaceId('web', 'elsewhere') };

/** Three of one topic: enough to be looked at. */
function gather(
  rig: Pick<EvolverRig, 'evidence'>,
  name = 'f',
  conversation: ConversationAddress = sampleConversation,
): void {
  for (const at of [1, 2, 3]) {
    const changes = { startedAt: sampleAt - hour, conversation };
    rig.evidence.addFailure(turn(`${name}${at}`, 'ann', `Write the invoice for ${name}${at}`, changes));
  }
}

function correct(
  rig: Pick<EvolverRig, 'evidence' | 'rows'>,
  id: string,
  conversation: ConversationAddress,
): void {
  const changes = { startedAt: sampleAt - hour, conversation };
  rig.evidence.addFailure(turn(id, 'ann', 'Translate the poem', changes));
  rig.rows.set(id, [correction(id, 'ann', 'It must rhyme.')]);
}

const request = { spaceId: space, personId: ann, conversationKey: sampleKey, isForSpace: false };

describe('where turns are taken', () => {
  test('what failures gathered by themselves waits for its turn, and gives it back', async () => {
    const rig = await working({ evolver: [nothing] }, (one) => gather(one));
    await rig.pass(hour);
    expect([rig.model.requests.length, rig.held.waiting()]).toEqual([0, 1]);
    rig.held.give();
    await rig.pass(1);
    expect([rig.model.requests.length, rig.held.taken()]).toEqual([1, 0]);
    await rig.pass(hour);
    expect([rig.held.given(), rig.held.waiting()]).toEqual([1, 0]);
  });

  test('one run a turn: what is left to do waits for another', async () => {
    const rig = await working({ evolver: [nothing, nothing] }, (one) => {
      gather(one, 'f');
      gather(one, 'g', elsewhere);
    });
    expect(rig.held.waiting()).toBe(1);
    rig.held.give();
    await rig.pass(1);
    expect([rig.model.requests.length, rig.held.waiting()]).toEqual([1, 1]);
    rig.held.give();
    await rig.pass(1);
    expect([rig.model.requests.length, rig.held.waiting(), rig.held.taken()]).toEqual([2, 0, 0]);
  });

  test('a further topic of the same space waits for the next turn at once', async () => {
    const rig = await working({ evolver: [nothing, nothing] }, (one) => {
      gather(one);
      for (const at of [1, 2, 3]) {
        const words = `How tall is the tower number ${at}?`;
        one.evidence.addFailure(turn(`tower${at}`, 'ben', words, { startedAt: sampleAt - hour }));
      }
    });
    rig.held.give();
    await rig.pass(1);
    expect([rig.model.requests.length, rig.held.waiting()]).toEqual([1, 1]);
    rig.held.give();
    await rig.pass(1);
    expect([rig.model.requests.length, rig.held.waiting()]).toEqual([2, 0]);
  });

  test('a person’s own correction does not wait, not even behind what waits', async () => {
    const rig = await working({ evolver: [nothing] }, (one) => gather(one));
    correct(rig, 'c1', elsewhere);
    await rig.pass(10 * minute);
    expect(await rig.proposals.runs(5)).toMatchObject([{ trigger: 'correction' }]);
    expect(rig.held.given()).toBe(0);
  });

  test('nor does what a person asks for', async () => {
    const rig = await working({ evolver: [nothing] }, (one) => gather(one));
    expect(await rig.worker.ask(request)).toMatchObject({ kind: 'started' });
    await rig.pass(1);
    expect(rig.outcomes).toMatchObject([{ outcome: { kind: 'nothing' } }]);
    expect(rig.held.given()).toBe(0);
    // What it waited for was answered to meanwhile: its turn passes without a call.
    rig.held.give();
    await rig.pass(1);
    expect([rig.model.requests.length, rig.held.taken()]).toEqual([1, 0]);
  });

  test('what came up while it waited is in its run', async () => {
    const rig = await working({ evolver: [nothing] }, (one) => gather(one));
    rig.evidence.addFailure(turn('f4', 'ann', 'Write the invoice for f4', { startedAt: sampleAt - hour }));
    rig.held.give();
    await rig.pass(1);
    expect(await rig.proposals.runs(5)).toMatchObject([{ failures: 4 }]);
  });

  test('a model that is down leaves the turn to others, and what waits is tried again', async () => {
    const down = failWith(new AppError('network', 'The connection failed.', { retryable: true }));
    const rig = await working({ evolver: [down, nothing] }, (one) => gather(one));
    rig.held.give();
    await rig.pass(1);
    expect([rig.model.requests.length, rig.held.taken()]).toEqual([1, 0]);
    await rig.pass(10 * minute);
    expect(rig.held.waiting()).toBe(1);
    rig.held.give();
    await rig.pass(1);
    expect(rig.model.requests).toHaveLength(2);
  });

  test('with the calls of the day spent no turns are taken in vain all the time', async () => {
    const rig = await working({ evolver: [], dailyCalls: 0 }, (one) => {
      gather(one, 'f');
      gather(one, 'g', elsewhere);
    });
    rig.held.give();
    await rig.pass(4 * minute);
    expect([rig.model.requests.length, rig.held.given(), rig.held.waiting()]).toEqual([0, 1, 0]);
    await rig.pass(2 * minute);
    expect(rig.held.waiting()).toBe(1);
  });

  test('stops at once while it waits, and while it works', async () => {
    const waiting = await working({}, (one) => gather(one));
    await waiting.worker.stop();
    expect([waiting.held.waiting(), waiting.logger.of('evolver_failed')]).toEqual([0, []]);
    const busy = await working({ evolver: [hold([], ['late'])] }, (one) => gather(one));
    busy.held.give();
    await busy.pass(1);
    expect(busy.held.taken()).toBe(1);
    await busy.worker.stop();
    expect(busy.held.taken()).toBe(0);
  });
});
