import { describe, expect, test } from 'vitest';
import type { ShownSkill } from '../../../core/domain/skill.ts';
import type { SteadySkills } from '../../../core/skills/steady-skills.ts';
import { sampleSampled } from '../../contract/store-samples.ts';
import { skillNamed } from '../../fakes/skills/sample-skill.ts';
import { asking, ending, exchangeRig, lab } from './exchange-rig.ts';

const talk = { name: 't', opening: '' };
const calls = { replyText: '→ look(1)', awaitsTools: true, firstAnswer: 'a' } as const;
const goingOn = asking({ talk, isContinued: true });

function shown(name: string, contentHash: string): ShownSkill {
  return { name: skillNamed(name), version: 1, contentHash, score: 1, propensity: 1, because: [] };
}

/** Gives each call what the list says next. */
function skillsOf(...lists: readonly (readonly ShownSkill[])[]): SteadySkills {
  let generation = 0;
  const given = () => {
    const list = lists[generation] ?? [];
    generation += 1;
    const block = list.map(({ name, contentHash }) => `${name} ${contentHash}`).join();
    return { generation, shown: list, masked: [], block, authors: [] };
  };
  return { skillsFor: given, standing: () => undefined, peek: async () => given() };
}

describe('a call that goes on with an answer', () => {
  test('is a turn of its own, of the same words, where it was shown something else', async () => {
    const skills = skillsOf(
      [shown('tidy', 'h1')],
      [shown('tidy', 'h2')],
      [shown('tidy', 'h2')],
      [],
      [shown('tidy', 'h3')],
    );
    const rig = await exchangeRig({ skills });
    const first = await rig.desk.begin(asking({ talk }));
    first.finish(ending({ ...calls, sampled: [sampleSampled('w1', 1)] }));
    const second = await rig.desk.begin(goingOn);
    expect([second.turnId === first.turnId, second.block]).toEqual([false, 'tidy h2']);
    second.finish(ending({ ...calls, sampled: [sampleSampled('w2', 1)] }));
    const third = await rig.desk.begin(goingOn);
    expect(third.turnId).toBe(second.turnId);
    third.finish(ending({ sampled: [sampleSampled('w2', 2)] }));
    await rig.stored();
    expect(await rig.turns()).toMatchObject([
      { turnId: first.turnId, generation: 1, skills: [{ contentHash: 'h1' }], replyText: '→ look(1)' },
      {
        turnId: second.turnId,
        requestText: 'water my tomatoes',
        generation: 2,
        skills: [{ contentHash: 'h2' }],
        replyText: '→ look(1)\n\nAt dawn.',
      },
    ]);
    const { sampled } = rig.open.stores.turns;
    expect([(await sampled(first.turnId)).length, (await sampled(second.turnId)).length]).toEqual([1, 2]);
  });

  test('keeps the words of the person there where it brings only the results of tools', async () => {
    const rig = await exchangeRig({ skills: skillsOf([shown('tidy', 'h1')], [shown('tidy', 'h2')]) });
    const first = await rig.desk.begin(asking({ talk: { opening: 'x' } }));
    first.finish(ending({ ...calls, messageIds: ['resp_1'] }));
    const results = { words: '', wordsIndex: 0, isContinued: true };
    (await rig.desk.begin(asking({ ...results, talk: { opening: '', after: 'resp_1' } }))).finish(ending());
    await rig.stored();
    expect((await rig.turns()).map(({ requestText }) => requestText)).toEqual([
      'water my tomatoes',
      'water my tomatoes',
    ]);
  });

  test('stays in it where another generation shows the same, in whatever order', async () => {
    const [tidy, brief] = [shown('tidy', 'h1'), shown('brief', 'h1')];
    const rig = await exchangeRig({ skills: skillsOf([tidy, brief], [brief, tidy], [brief]) });
    const first = await rig.desk.begin(asking({ talk }));
    first.finish(ending(calls));
    const second = await rig.desk.begin(goingOn);
    expect(second.turnId).toBe(first.turnId);
    second.finish(ending(calls));
    expect((await rig.desk.begin(goingOn)).turnId).not.toBe(first.turnId);
  });

  test('that failed is made again from where the answer was before', async () => {
    const [one, two] = [[shown('tidy', 'h1')], [shown('tidy', 'h2')]];
    const rig = await exchangeRig({ skills: skillsOf(one, two, one) });
    const first = await rig.desk.begin(asking({ talk }));
    first.finish(ending(calls));
    (await rig.desk.begin(goingOn)).finish(ending({ state: 'failed', errorCode: 'network' }));
    expect((await rig.desk.begin(goingOn)).turnId).toBe(first.turnId);
  });

  test('is a turn of its own where another model answers it, found by the id that its caller was told', async () => {
    const rig = await exchangeRig();
    const first = await rig.desk.begin(asking({ talk }));
    first.finish(ending({ ...calls, policy: 'policy_1', sampled: [sampleSampled('w1', 1)] }));
    const second = await rig.desk.begin(goingOn);
    second.finish(ending({ policy: 'policy_2', sampled: [sampleSampled('w2', 1)], messageIds: ['m2'] }));
    await rig.stored();
    const turns = await rig.turns();
    expect(turns).toMatchObject([
      { turnId: first.turnId, policy: 'policy_1', replyText: '→ look(1)' },
      { policy: 'policy_2', replyText: 'At dawn.', requestText: 'water my tomatoes' },
    ]);
    const last = turns[1]?.turnId;
    for (const desk of [rig.desk, rig.restart().desk]) {
      for (const messageId of ['m2', second.turnId, `${last}`]) {
        expect(await desk.feedback({ caller: lab, about: { messageId }, rating: 'up' })).toEqual({
          kind: 'stored',
          turnId: last,
        });
      }
    }
    const [sampled] = await rig.open.stores.turns.sampled(first.turnId);
    expect(sampled?.samplerVersion).toBe('w1');
  });

  test('stays in it where it was cut off before anybody knew who answered', async () => {
    const rig = await exchangeRig();
    const first = await rig.desk.begin(asking({ talk }));
    first.finish(ending({ ...calls, policy: 'gpt-5-2026' }));
    (await rig.desk.begin(goingOn)).finish(
      ending({ state: 'failed', errorCode: 'network', policy: 'gpt-5', replyText: '' }),
    );
    await rig.stored();
    expect(await rig.turns()).toMatchObject([{ turnId: first.turnId, state: 'failed' }]);
  });

  test('takes what an engine read and wrote out of a turn that no engine ends', async () => {
    const rig = await exchangeRig();
    const first = await rig.desk.begin(asking({ talk }));
    first.finish(ending({ ...calls, sampled: [sampleSampled('w1', 1)] }));
    await rig.stored();
    expect(await rig.open.stores.turns.sampled(first.turnId)).toHaveLength(1);
    (await rig.desk.begin(goingOn)).finish(ending());
    await rig.stored();
    expect(await rig.open.stores.turns.sampled(first.turnId)).toEqual([]);
  });
});
