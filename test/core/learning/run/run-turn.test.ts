import { describe, expect, test } from 'vitest';
import { createRunTurn } from '../../../../core/learning/run/run-turn.ts';
import { createHeldTurns } from '../../../fakes/schedule/held-turns.ts';

const never = new AbortController().signal;

function rigOf() {
  const held = createHeldTurns();
  const rig = { held, isOverdue: false };
  return { ...rig, rig, turn: createRunTurn({ take: held.take, isOverdue: () => rig.isOverdue }) };
}

async function taken() {
  const all = rigOf();
  const taking = all.turn.take(never);
  all.held.give();
  await taking;
  return all;
}

describe('the turn of a run', () => {
  test('is taken once, and given back once', async () => {
    const { turn, held } = await taken();
    await turn.take(never);
    expect([held.taken(), held.waiting()]).toEqual([1, 0]);
    turn.giveBack();
    turn.giveBack();
    expect(held.taken()).toBe(0);
  });

  test('is taken anew after it was given back', async () => {
    const { turn, held } = await taken();
    turn.giveBack();
    const again = turn.take(never);
    held.give();
    await again;
    expect([held.taken(), held.given()]).toEqual([1, 2]);
  });

  test('is kept between two steps while nothing has waited too long', async () => {
    const { turn, held } = await taken();
    await turn.letOthersGo(never);
    expect([held.taken(), held.given()]).toEqual([1, 1]);
  });

  test('is given to what has waited too long, and taken again after it', async () => {
    const { turn, held, rig } = await taken();
    rig.isOverdue = true;
    let isThrough = false;
    const passing = turn.letOthersGo(never).then(() => {
      isThrough = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([held.taken(), held.waiting(), isThrough]).toEqual([0, 1, false]);
    held.give();
    await passing;
    expect(held.taken()).toBe(1);
  });

  test('that is given up while it is waited for is not held', async () => {
    const { turn, held, rig } = await taken();
    rig.isOverdue = true;
    const leaving = new AbortController();
    const passing = turn.letOthersGo(leaving.signal);
    leaving.abort();
    await expect(passing).rejects.toMatchObject({ code: 'aborted' });
    turn.giveBack();
    expect([held.taken(), held.waiting()]).toEqual([0, 0]);
  });

  test('is always had where no turns are taken', async () => {
    const turn = createRunTurn(undefined);
    await turn.take(never);
    await turn.letOthersGo(never);
    turn.giveBack();
    await turn.take(AbortSignal.abort());
  });
});
