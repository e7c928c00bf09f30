import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { personId } from '../../../core/domain/ids.ts';
import type { SteadySkills } from '../../../core/skills/steady-skills.ts';
import { skillNamed } from '../../fakes/skills/sample-skill.ts';
import { byAnn, texted } from '../skills/library-rig.ts';
import { asking, type ExchangeRig, ending, exchangeRig, gapMs, guest, lab } from './exchange-rig.ts';

const bob = personId('web', 'bob');
const nobody = personId('api', '?');
const talk = { name: 'trip', opening: '' };

/** Skills of bob’s words for a request that names him, else none. */
const ofBob: SteadySkills = {
  skillsFor: (words) => ({
    generation: 0,
    shown: [],
    masked: [],
    block: '',
    authors: words.includes('bob') ? [bob] : [],
  }),
  standing: () => undefined,
  peek: () => Promise.reject(new Error('nobody looks')),
};

async function answer(rig: ExchangeRig, words: string, changes: Parameters<typeof asking>[0] = {}) {
  (await rig.desk.begin(asking({ talk, words, ...changes }))).finish(ending());
  await rig.stored();
}

const authorsOf = async (rig: ExchangeRig) =>
  (await rig.turns()).map(({ promptAuthors }) => promptAuthors.toSorted());

describe('the authors of a prompt', () => {
  test('are those of its skills too, after a restart as well', async () => {
    const learnedFrom = { platforms: ['web'], authors: [bob] };
    const rig = await exchangeRig();
    const { text } = texted('glacier-walks', { description: 'Plans walks on glaciers.' });
    if (text === undefined) throw new Error('no text');
    const name = skillNamed('glacier-walks');
    await rig.library.change({
      cause: byAnn,
      entries: [{ scope: { kind: 'global' }, name, text: { ...text, learnedFrom } }],
    });
    await answer(rig, 'glaciers');
    await answer(rig.restart(), 'anything else');
    const all = ['api:k1', 'web:bob'];
    expect(await authorsOf(rig)).toEqual([all, all]);
  });

  test('stay those of the whole talk when it was idle or ended: all of it is sent anew', async () => {
    const rig = await exchangeRig({ skills: ofBob });
    await answer(rig, 'what bob says');
    await rig.clock.advance(gapMs + 1);
    await answer(rig, 'more', { endsSession: true });
    await answer(rig, 'and more');
    const after = rig.restart();
    await after.clock.advance(gapMs + 1);
    await answer(after, 'later');
    const both = [lab.personId, bob];
    expect(await authorsOf(rig)).toEqual([both, both, both, both]);
    expect(new Set((await rig.turns()).map(({ sessionId }) => sessionId)).size).toBe(4);
  });

  test('name who came in beside a request that was under way longer, after a restart too', async () => {
    const rig = await exchangeRig({ skills: ofBob });
    const slow = await rig.desk.begin(asking({ talk, words: 'slow' }));
    await answer(rig, 'what bob says');
    slow.finish(ending());
    await rig.stored();
    await answer(rig.restart(), 'later');
    expect((await authorsOf(rig)).at(-1)).toEqual([lab.personId, bob]);
  });

  test('of a talk that goes on from somebody else’s answer are theirs too', async () => {
    const rig = await exchangeRig({ skills: ofBob });
    (await rig.desk.begin(asking({ words: 'what bob says' }))).finish(ending({ messageIds: ['resp_1'] }));
    await rig.stored();
    const after = { opening: 'x', after: 'resp_1' };
    await answer(rig, 'here', { caller: guest, talk: after });
    await answer(rig.restart(), 'there', { caller: guest, talk: after });
    const all = [lab.personId, guest.personId, bob];
    expect((await authorsOf(rig)).slice(1)).toEqual([all, all]);
  });

  test('are somebody unknown where the store cannot name them', async () => {
    const away = { isOn: false };
    const check = <T>(value: T): T => {
      if (away.isOn) throw new AppError('storage_busy', 'Busy.');
      return value;
    };
    const rig = await exchangeRig({ skills: ofBob }, (turns) => ({
      ...turns,
      last: async (key) => check(await turns.last(key)),
      byReply: async (ref) => check(await turns.byReply(ref)),
    }));
    (await rig.desk.begin(asking({ talk, words: 'what bob says' }))).finish(
      ending({ messageIds: ['resp_1'] }),
    );
    await rig.stored();
    const after = rig.restart();
    away.isOn = true;
    await answer(after, 'more');
    await answer(after, 'other', { talk: { opening: 'x', after: 'resp_1' } });
    away.isOn = false;
    const [, more, other] = await authorsOf(rig);
    expect(more).toEqual([nobody, lab.personId]);
    expect(other).toEqual([nobody, lab.personId]);
  });
});
