import { describe, expect, test } from 'vitest';
import { defaultPolarity, polarityOf, polarityRule, polarityTable } from '../../../core/feedback/polarity.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

const { digest } = createSequentialIds();
const reaction = (name: string) => ({ kind: 'reaction', name }) as const;

describe('the polarity table', () => {
  test('is the default with the operator’s own words over it', () => {
    const table = polarityTable({ '🚀': 1, ':shipit:': 0.5, '🙏': 0, '👍': -1 });
    expect(polarityOf(reaction('🚀'), table)).toBe(1);
    expect(polarityOf(reaction(':shipit:'), table)).toBe(0.5);
    expect(polarityOf(reaction('🙏'), table)).toBe(0);
    expect(polarityOf(reaction('👍'), table)).toBe(-1);
    expect(polarityOf(reaction('👎'), table)).toBe(-1);
    expect(polarityOf(reaction('👀'), table)).toBe(0);
    expect(polarityOf({ kind: 'button', name: 'good' }, table)).toBe(1);
  });

  test('knows an emoji however it is written', () => {
    const table = polarityTable({ '❤️': 0.25, '👌🏽': 1 });
    expect(polarityOf(reaction('❤'), table)).toBe(0.25);
    expect(polarityOf(reaction('👌'), table)).toBe(1);
  });

  test('names of objects’ own members say nothing', () => {
    expect(polarityOf(reaction('constructor'), polarityTable({}))).toBe(0);
    expect(polarityOf(reaction('__proto__'), polarityTable({ ':a:': 1 }))).toBe(0);
  });

  test('the rule tells one table from another, and not one order of writing from another', () => {
    expect(polarityRule(defaultPolarity, digest)).toBe('polarity-table@1');
    expect(polarityRule(polarityTable({}), digest)).toBe('polarity-table@1');
    expect(polarityRule(polarityTable({ '👍': 1 }), digest)).toBe('polarity-table@1');
    const rule = polarityRule(polarityTable({ '🚀': 1, ':a:': -1 }), digest);
    expect(rule).toMatch(/^polarity-table@1\+[0-9a-f]{8}$/);
    expect(polarityRule(polarityTable({ ':a:': -1, '🚀': 1 }), digest)).toBe(rule);
    expect(polarityRule(polarityTable({ ':a:': -1, '🚀': 0.5 }), digest)).not.toBe(rule);
  });
});
