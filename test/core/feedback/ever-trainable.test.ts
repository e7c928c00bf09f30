import { expect, test } from 'vitest';
import { platformTerms } from '../../../config/platform-terms.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import type { ShownSkill } from '../../../core/domain/skill.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import type { ContentPolicy, PlatformPolicy } from '../../../core/feedback/content-door.ts';
import { isEverTrainable } from '../../../core/feedback/ever-trainable.ts';
import { sampleTurn } from '../../contract/store-samples.ts';
import { openPlatform, platformPolicy } from '../../fakes/feedback/platform-policies.ts';
import { skillNamed } from '../../fakes/skills/sample-skill.ts';

const { train_local, train_hosted, ...others } = platformPolicy('never').terms;
const policy: ContentPolicy = new Map<string, PlatformPolicy>([
  ['open', openPlatform()],
  ['off', platformPolicy('setting', [])],
  ['asking', platformPolicy('consent', [])],
  ['closed', platformPolicy('never')],
  ['local', { ...platformPolicy('never', []), terms: { ...others, train_local: 'consent', train_hosted } }],
  ['hosted', { ...platformPolicy('never', []), terms: { ...others, train_local, train_hosted: 'setting' } }],
  ['judged', { ...openPlatform(), terms: { ...openPlatform().terms, train_local, train_hosted } }],
]);

type Facts = Parameters<typeof isEverTrainable>[0];

function turnOn(platform: string, changes: Partial<Turn> = {}): Facts {
  const asker = personId(platform, 'ann');
  return {
    ...sampleTurn('t1'),
    conversation: { platform, spaceId: spaceId(platform, 's'), audience: 'group', channelId: 'c' },
    askerId: asker,
    promptAuthors: [asker],
    skills: [],
    isHoldOut: false,
    ...changes,
  };
}

const learnedOn = (platform: string): ShownSkill => ({
  name: skillNamed('learned'),
  version: 1,
  contentHash: 'h',
  score: 1,
  propensity: 1,
  because: [],
  learnedFrom: { platforms: [platform], authors: [personId(platform, 'eve')] },
});

test.each([
  ['open', true],
  ['off', true],
  ['asking', true],
  ['local', true],
  ['hosted', true],
  ['closed', false],
  ['judged', false],
  ['unknown', false],
])('what the operator has off or nobody agreed to may change, terms do not: %s', (platform, expected) => {
  expect(isEverTrainable(turnOn(platform), policy)).toBe(expected);
});

test('a conversation that is held out never trains', () => {
  expect(isEverTrainable(turnOn('open', { isHoldOut: true }), policy)).toBe(false);
});

test('one author, or one skill learned where it is forbidden, is enough', () => {
  const [here, there] = [personId('open', 'ann'), personId('closed', 'bob')];
  expect(isEverTrainable(turnOn('open', { promptAuthors: [here, there] }), policy)).toBe(false);
  expect(isEverTrainable(turnOn('open', { skills: [learnedOn('closed')] }), policy)).toBe(false);
  expect(isEverTrainable(turnOn('open', { skills: [learnedOn('asking')] }), policy)).toBe(true);
});

test('each training asks for itself: words of two places that allow another one each allow none', () => {
  const authors = [personId('local', 'ann'), personId('hosted', 'bob')];
  expect(isEverTrainable(turnOn('local', { promptAuthors: authors }), policy)).toBe(false);
});

test('of the platforms that are built in, Discord alone is kept out', () => {
  const real: ContentPolicy = new Map(
    Object.entries(platformTerms).map(([platform, terms]) => [
      platform,
      { terms, isOn: platformPolicy('never', []).isOn },
    ]),
  );
  const kept = Object.keys(platformTerms).filter((platform) => isEverTrainable(turnOn(platform), real));
  expect(kept).toEqual(Object.keys(platformTerms).filter((platform) => platform !== 'discord'));
});
