import { describe, expect, test } from 'vitest';
import { personId } from '../../../core/domain/ids.ts';
import { isPersonaOutdated, learnedPersonaOf, type PolicySource } from '../../../core/domain/policy.ts';

const from = { madeFrom: 'before', learnedFrom: { platforms: ['web'], authors: [personId('web', 'ann')] } };
const persona = { persona: 'Be brief.', personaFrom: from };
const weights: PolicySource = { kind: 'weights', baseModel: 'b', samplerPath: 's', statePath: 't' };
const learned: readonly PolicySource[] = [
  { kind: 'wording', ...persona },
  { ...weights, ...persona },
  { kind: 'hosted_model', model: 'ft', ...persona },
];

describe('a learned persona', () => {
  test.each(learned)('of $kind is outdated once the settings have another one', (source) => {
    expect(isPersonaOutdated(source, 'before')).toBe(false);
    expect(learnedPersonaOf(source, 'before')).toEqual({ text: 'Be brief.', from });
    expect(isPersonaOutdated(source, 'now')).toBe(true);
    expect(learnedPersonaOf(source, 'now')).toBeUndefined();
  });

  test('is as it was where nobody knows what it was made from', () => {
    const source: PolicySource = { kind: 'wording', persona: 'Be brief.' };
    expect(isPersonaOutdated(source, 'now')).toBe(false);
    expect(learnedPersonaOf(source, 'now')).toEqual({ text: 'Be brief.' });
  });

  test('is none of weights alone, and of no policy', () => {
    expect(isPersonaOutdated(weights, 'now')).toBe(false);
    expect(learnedPersonaOf(weights, 'now')).toBeUndefined();
    expect(learnedPersonaOf(undefined, 'now')).toBeUndefined();
  });
});
