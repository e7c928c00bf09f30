import type { CheckDraft } from '../../skills/evolver/check-operation.ts';
import { hiddenCharacters } from '../../skills/gates/hidden-characters.ts';
import { learnedPart, speaksOverRule } from './operator-lines.ts';
import { quoteRefusal } from './quote-gate.ts';
import type { SaidIndex } from './said-index.ts';
import type { Component } from './words-at-hand.ts';

export const longestPersona = 20_000;
const mostGrowth = 1.5;
/** A short text may grow by more than its half. */
const growthRoom = 600;
const leastLeft = 0.5;
/** So many of the old words must stand in the new text. */
const keptShare = 0.5;

/**
 * Why a text may not take the place of a component's, as a sentence; `undefined` where it may. Both ways of going wrong
 * of a model that writes a text anew are barred: it may neither shrink it nor lose what stood in it. `said`: what was said around
 * the answers that it was made from, which no text may hold. Of a persona the operator's lines stay word for word, and what is
 * new must pass without a remark, as no person looks at it before it is tried.
 */
export function textRefusal(
  component: Component,
  text: string,
  said: readonly SaidIndex[],
  check: CheckDraft,
): string | undefined {
  const old = component.text.trim();
  const fresh = text.trim();
  if (fresh === '') return 'The text is empty.';
  if (fresh === old) return 'The text is the same as before.';
  return (
    lengthRefusal(component, old, fresh) ??
    (component.kind === 'persona' ? operatorRefusal(component.configured, fresh) : undefined) ??
    said.map((index) => quoteRefusal(old, fresh, index)).find((refusal) => refusal !== undefined) ??
    (component.kind === 'persona' ? personaRefusal(old, fresh, check) : skillRefusal(component, fresh, check))
  );
}

function lengthRefusal({ kind }: Component, old: string, fresh: string): string | undefined {
  const most = Math.max(old.length * mostGrowth, old.length + growthRoom);
  if (fresh.length > most) return 'The text has grown too much; change less.';
  if (kind === 'persona' && fresh.length > longestPersona) {
    return `The text has more than ${longestPersona.toLocaleString('en')} characters.`;
  }
  if (fresh.length < old.length * leastLeft)
    return 'The text lost more than half of its length; keep what serves.';
  if (keptWords(old, fresh) < keptShare) return 'Too little of the old text is kept; change less.';
  return undefined;
}

const wordsIn = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** The share of the old words that stand in the new text, each as often. */
function keptWords(old: string, fresh: string): number {
  const left = new Map<string, number>();
  for (const word of wordsIn(fresh)) left.set(word, (left.get(word) ?? 0) + 1);
  const words = wordsIn(old);
  let kept = 0;
  for (const word of words) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    kept += 1;
  }
  return words.length === 0 ? 1 : kept / words.length;
}

function operatorRefusal(configured: string, fresh: string): string | undefined {
  const learned = learnedPart(configured, fresh);
  if (learned === undefined) {
    return 'The operator’s lines do not stand first, word for word; write what is new after them.';
  }
  return speaksOverRule(configured, learned)
    ? 'The text speaks of what the operator’s lines forbid or oblige to; leave that to them.'
    : undefined;
}

function personaRefusal(old: string, fresh: string, check: CheckDraft): string | undefined {
  const known = new Set(old.split('\n').map((line) => line.trim()));
  const added = fresh
    .split('\n')
    .filter((line) => !known.has(line.trim()))
    .join('\n');
  if (added === '') return undefined;
  const draft = { name: 'persona', description: 'Who the assistant is.', triggers: [], body: added };
  if (hiddenCharacters(added, true).length > 0) return 'The text holds characters that nobody can see.';
  // How long a skill may be is no matter here.
  return check(draft, []).findings.find(({ gate }) => gate !== 'schema')?.message;
}

function skillRefusal(
  { skill }: Extract<Component, { kind: 'skill' }>,
  body: string,
  check: CheckDraft,
): string | undefined {
  const { name, description, triggers } = skill;
  const { findings } = check({ name, description, triggers, body }, []);
  return findings.find(({ severity }) => severity === 'refuse')?.message;
}
