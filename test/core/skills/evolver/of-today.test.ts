import { describe, expect, test } from 'vitest';
import { isOfToday } from '../../../../core/skills/evolver/of-today.ts';
import { sampleAt } from '../../../contract/store-samples.ts';
import { sampleSkill } from '../../../fakes/skills/sample-skill.ts';
import { createFakeLibrary } from './fake-library.ts';
import { turn } from './samples.ts';

const { standing } = sampleSkill('invoice');
const asked = { startedAt: sampleAt };
const shown = {
  name: sampleSkill('invoice').name,
  version: 1,
  contentHash: '',
  score: 1,
  because: [],
  propensity: 1,
};

function libraryWith(changes: Partial<typeof standing>, version = 1) {
  const library = createFakeLibrary(() => sampleAt);
  library.add('invoice', { version, standing: { ...standing, ...changes } });
  return library;
}

describe('a failure counts against the library as it is', () => {
  test('where its words lead to what it was shown, or to nothing that came since', () => {
    const given = turn('t', 'ann', 'invoice', { ...asked, skills: [shown] });
    expect(isOfToday(given, libraryWith({ since: sampleAt - 1 }))).toBe(true);
    expect(isOfToday(turn('t', 'ann', 'invoice', asked), libraryWith({ since: sampleAt - 1 }))).toBe(true);
    expect(isOfToday(turn('t', 'ann', 'weather', asked), libraryWith({ since: sampleAt + 1 }))).toBe(true);
  });

  test('not where a skill came since that it would be given', () => {
    expect(isOfToday(turn('t', 'ann', 'invoice', asked), libraryWith({ since: sampleAt + 1 }))).toBe(false);
    const masked = turn('t', 'ann', 'invoice', { ...asked, maskedSkills: [shown] });
    expect(isOfToday(masked, libraryWith({ since: sampleAt + 1 }))).toBe(true);
  });

  test('not where what it was shown is another text now, or no longer shown', () => {
    const given = turn('t', 'ann', 'invoice', { ...asked, skills: [shown] });
    expect(isOfToday(given, libraryWith({}, 2))).toBe(false);
    expect(isOfToday(given, libraryWith({ state: 'candidate' }))).toBe(false);
    expect(isOfToday(given, libraryWith({ state: 'retired' }))).toBe(false);
    expect(
      isOfToday(
        given,
        createFakeLibrary(() => sampleAt),
      ),
    ).toBe(false);
  });
});
