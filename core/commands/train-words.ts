import type { PolicyScope } from '../domain/policy.ts';
import type { RunKind, RunMethod, RunState, Spend, TrainingRun } from '../domain/training-run.ts';
import { describeRunReason } from '../learning/run/run-reasons.ts';
import { counted, enumerated, literal } from './markdown-text.ts';

const methods: Readonly<Record<RunMethod, string>> = {
  kto: 'KTO (single answers)',
  dpo: 'DPO (pairs of answers)',
  policy_gradient: 'policy gradient (stored answers)',
  groups: 'groups of fresh answers',
  hindsight: 'hindsight (what people said was wrong)',
  teacher: 'a teacher',
  sft: 'good answers by heart',
  wording: 'a search for better words',
};

const isMethod = (method: string): method is RunMethod => Object.hasOwn(methods, method);

/** How a run learns, to follow on `by`. What is no known method stands for itself. Markdown. */
export function methodsInWords(names: readonly string[]): string {
  return enumerated(names.map((name) => (isMethod(name) ? methods[name] : literal(name))));
}

const kinds: Readonly<Record<RunKind, string>> = {
  weights: 'weights',
  provider: 'a model at its provider',
  wording: 'wording',
};

export function kindInWords(kind: RunKind): string {
  return kinds[kind];
}

const states: Readonly<Record<RunState, string>> = {
  running: 'under way',
  paused: 'paused',
  done: 'done',
  skipped: 'came to nothing',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** Where a run stands and why, in words that end a sentence. Markdown. */
export function runStanding({ state, reason }: Pick<TrainingRun, 'state' | 'reason'>): string {
  return reason === undefined ? states[state] : `${states[state]}: ${reasonInWords(reason)}`;
}

/** A reason in words. Markdown. */
export function reasonInWords(reason: string): string {
  return literal(describeRunReason(reason));
}

/** A run in a few words without its number. No Markdown. */
export function runInShort({ kind, state, reason }: Pick<TrainingRun, 'kind' | 'state' | 'reason'>): string {
  const why = reason === undefined ? '' : `: ${describeRunReason(reason)}`;
  return `${kinds[kind]}, ${states[state]}${why}`;
}

/** For whom a run or a policy is, to end `for …`. */
export function placeInWords({ kind }: PolicyScope): string {
  return kind === 'everywhere' ? 'everybody everywhere' : 'everybody here';
}

/** An amount of money, given in millionths: `nothing`, `0.0042 USD`, `0.50 USD`, `1,250.00 USD`. Markdown. */
export function money(micros: number, currency: string): string {
  if (micros <= 0) return 'nothing';
  if (micros < 100) return `less than 0.0001 ${literal(currency)}`;
  const amount = (micros / 1e6).toLocaleString('en', {
    minimumFractionDigits: 2,
    maximumFractionDigits: micros < 1e6 ? 4 : 2,
  });
  return `${amount} ${literal(currency)}`;
}

/** ` in 4 steps`, to follow on what is trained on; empty for a run that has none, as a search for words. */
export function inSteps(steps: number): string {
  return steps === 0 ? '' : ` in ${counted(steps, 'step', 'steps')}`;
}

/** Calls, tokens and money. Markdown. */
export function spendInWords({ calls, tokens, micros }: Spend, currency: string): string {
  const said = `${tokens.toLocaleString('en')} ${tokens === 1 ? 'token' : 'tokens'}`;
  return `${money(micros, currency)}, for ${counted(calls, 'call', 'calls')} and ${said}`;
}

/** Things counted by reason, the most frequent first, a list item each. Markdown. */
export function countedReasons(reasons: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(reasons)
    .filter(([, count]) => count > 0)
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .map(([reason, count]) => `- ${count}: ${reasonInWords(reason)}`);
}
