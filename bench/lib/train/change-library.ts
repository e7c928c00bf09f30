import { personId } from '../../../core/domain/ids.ts';
import { isSkillName } from '../../../core/domain/skill.ts';
import { platform, space } from './community.ts';
import type { OurRig } from './our-rig.ts';
import { matterOf, type ToyTalk } from './toy-talk.ts';

/** So many failures go into one change. */
const supports = 3;
const looksAt = 200;
const maintainer = personId(platform, 'maintainer');

/** A new skill about one kind of request, made of the newest failures with it. */
export async function changeLibrary(
  { stores, library, ids }: OurRig,
  talk: ToyTalk,
  kind: number,
): Promise<void> {
  const failures = await stores.evidence.failures(space, looksAt);
  const consumed = failures
    .filter(({ requestText }) => requestText === talk.requestText(kind))
    .slice(0, supports)
    .map(({ turnId }) => turnId);
  const name = ids.next(matterOf(kind)).replaceAll('_', '-');
  if (!isSkillName(name)) throw new TypeError(`${name} is no name of a skill.`);
  await library.change({
    cause: { kind: 'add', by: maintainer },
    consumed,
    entries: [
      {
        scope: { kind: 'space', platform, spaceId: space },
        name,
        text: {
          name,
          description: `When somebody asks about ${matterOf(kind)}`,
          triggers: [matterOf(kind)],
          body: `Say what is right about ${matterOf(kind)}, as people want it now (${name}).`,
          source: 'bench',
          origin: { kind: 'person', by: maintainer },
        },
        state: 'active',
      },
    ],
  });
}
