import { describe, expect, test } from 'vitest';
import { isPolicySource } from '../../../adapters/sqlite/training-wire.ts';

const learnedFrom = { platforms: ['web'], authors: ['web:ann'] };
const sources = [
  { kind: 'wording', persona: 'Be brief.' },
  { kind: 'hosted_model', model: 'ft', persona: 'Be brief.' },
  { kind: 'weights', baseModel: 'b', samplerPath: 's', statePath: 't', persona: 'Be brief.' },
];

describe('what makes a policy', () => {
  test.each(sources)('of $kind is read with and without where its persona comes from', (source) => {
    expect(isPolicySource(source)).toBe(true);
    expect(isPolicySource({ ...source, personaFrom: { madeFrom: 'digest', learnedFrom } })).toBe(true);
    const kept = { ...learnedFrom, isPrivate: true };
    expect(isPolicySource({ ...source, personaFrom: { madeFrom: 'digest', learnedFrom: kept } })).toBe(true);
  });

  test.each(sources)('of $kind is not read where that is damaged', (source) => {
    for (const personaFrom of [
      null,
      'web:ann',
      {},
      { learnedFrom },
      { madeFrom: 1, learnedFrom },
      { madeFrom: 'digest' },
      { madeFrom: 'digest', learnedFrom: { platforms: ['web'] } },
      { madeFrom: 'digest', learnedFrom: { ...learnedFrom, authors: [1] } },
    ]) {
      expect(isPolicySource({ ...source, personaFrom })).toBe(false);
    }
  });
});
