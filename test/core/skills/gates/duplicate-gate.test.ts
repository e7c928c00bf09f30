import { describe, expect, test } from 'vitest';
import { nearestTo } from '../../../../core/skills/gates/duplicate-gate.ts';
import { skillSimilarity } from '../../../../core/skills/near-duplicate.ts';
import { sampleText } from '../../../fakes/skills/sample-skill.ts';
import { sampleDraft } from './sample-draft.ts';

const twin = sampleText('travel-plans', {
  description: 'Plans trips. Use it when somebody wants to travel.',
  triggers: ['trip', 'travel plan'],
  body: '- Name the dates first.\n- Give one way to get there.',
});
const other = sampleText('write-poems', {
  description: 'Writes verses about weather.',
  body: 'Rhyme every line.',
});

describe('the duplicate gate', () => {
  test('knows nothing like a new text', () => {
    expect(nearestTo(sampleDraft(), [other])).toBeUndefined();
    expect(nearestTo(sampleDraft(), [])).toBeUndefined();
  });

  test('knows the same words under another name, and how like they are', () => {
    const draft = sampleDraft();
    const similarity = skillSimilarity(sampleText('plan-trips', draft_(draft)), twin);
    expect(similarity).toBeGreaterThanOrEqual(0.6);
    expect(nearestTo(draft, [other, twin])).toEqual({ duplicateOf: 'travel-plans', similarity, by: 'words' });
  });

  test('knows the name, whatever the text', () => {
    expect(nearestTo(sampleDraft({ name: 'write-poems' }), [twin, other])).toEqual({
      duplicateOf: 'write-poems',
      similarity: 1,
      by: 'name',
    });
  });

  test('takes the nearest of several', () => {
    const near = sampleText('near-plans', {
      description: twin.description,
      triggers: twin.triggers,
      body: `${twin.body}\n- Mention luggage.`,
    });
    expect(nearestTo(sampleDraft(), [near, twin])?.duplicateOf).toBe('travel-plans');
    expect(nearestTo(sampleDraft(), [near])?.duplicateOf).toBe('near-plans');
  });

  test('knows the meaning from a cosine of 0.9 on, where there is one', () => {
    expect(nearestTo(sampleDraft(), [other], () => 0.9)).toEqual({
      duplicateOf: 'write-poems',
      similarity: 0.9,
      by: 'meaning',
    });
    expect(nearestTo(sampleDraft(), [other], () => 0.899)).toBeUndefined();
    expect(nearestTo(sampleDraft(), [other], () => undefined)).toBeUndefined();
    expect(nearestTo(sampleDraft(), [other], () => Number.NaN)).toBeUndefined();
  });

  test('compares a draft whose name is not allowed by its text', () => {
    expect(nearestTo(sampleDraft({ name: '../x' }), [other, twin])?.duplicateOf).toBe('travel-plans');
  });
});

function draft_({ description, triggers, body }: ReturnType<typeof sampleDraft>) {
  return { description, triggers, body };
}
