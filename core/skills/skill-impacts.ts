import type { SkillText } from '../domain/skill.ts';
import { eachTerm } from './tokenise.ts';

/** How much a word in one field counts, and how the field's length tempers it. */
interface FieldWeight {
  readonly weight: number;
  /** 0: length does not matter; 1: twice the usual length halves the weight. A short field gains nothing. */
  readonly lengthPenalty: number;
  /** Terms in a usual field of this kind. Fixed, not the library's mean: adding a skill must not change the others. */
  readonly usualTerms: number;
}

const fields = {
  name: { weight: 2.5, lengthPenalty: 0, usualTerms: 2 },
  triggers: { weight: 3, lengthPenalty: 0.25, usualTerms: 15 },
  description: { weight: 2, lengthPenalty: 0.4, usualTerms: 20 },
  body: { weight: 0.35, lengthPenalty: 0.5, usualTerms: 90 },
} satisfies Record<string, FieldWeight>;

/** BM25's k1: how soon further occurrences stop counting. */
const saturation = 1.2;

function addField(totals: Map<string, number>, text: string, field: FieldWeight): void {
  const counts = new Map<string, number>();
  let length = 0;
  eachTerm(text, (term) => {
    counts.set(term, (counts.get(term) ?? 0) + 1);
    length += 1;
  });
  const excess = Math.max(0, length / field.usualTerms - 1);
  const norm = 1 + field.lengthPenalty * excess;
  for (const [term, count] of counts) {
    totals.set(term, (totals.get(term) ?? 0) + (field.weight * count) / norm);
  }
}

/**
 * What each term of a skill is worth, from 0 to 1, before its rarity: BM25 over weighted fields (BM25F). Depends on the
 * skill alone.
 */
export function skillImpacts(skill: SkillText): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  addField(totals, skill.name, fields.name);
  addField(totals, skill.triggers.join('\n'), fields.triggers);
  addField(totals, skill.description, fields.description);
  addField(totals, skill.body, fields.body);
  for (const [term, total] of totals) totals.set(term, total / (total + saturation));
  return totals;
}
