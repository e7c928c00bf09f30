import { betOf } from '../../skills/proof/e-process.ts';

export type PairOutcome = 'win' | 'tie' | 'loss';

/**
 * Evidence from answers compared in pairs; fold it with `stepPaired`. While a win is, after whatever came before, no likelier
 * than a loss, `logBetter` reaches ln x at any time with a probability of 1/x at most (Ville), however often one looks, and
 * `logWorse` while a loss is no likelier than a win. Ties move nothing.
 */
export interface PairedProcess {
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  /** Natural logarithms of two e-values: that the first is better, and that it is worse. */
  readonly logBetter: number;
  readonly logWorse: number;
}

const nothingYet: PairedProcess = Object.freeze({ wins: 0, ties: 0, losses: 0, logBetter: 0, logWorse: 0 });

export function beginPaired(): PairedProcess {
  return nothingYet;
}

const differences = { win: 1, tie: 0, loss: -1 } as const;

/** The bets are known before the outcome: of the differences so far, as `betOf` says. */
export function stepPaired(state: PairedProcess, outcome: PairOutcome): PairedProcess {
  const { wins, ties, losses } = state;
  const difference = differences[outcome];
  const gains = wins - losses;
  const squares = wins + losses;
  return {
    wins: wins + (outcome === 'win' ? 1 : 0),
    ties: ties + (outcome === 'tie' ? 1 : 0),
    losses: losses + (outcome === 'loss' ? 1 : 0),
    logBetter: state.logBetter + Math.log1p(betOf({ gains, squares }) * difference),
    logWorse: state.logWorse + Math.log1p(-betOf({ gains: -gains, squares }) * difference),
  };
}

/** The e-value that decides: wrong in at most one of so many. */
export const decidingEvidence = 20;

export type PairedDecision = 'better' | 'worse' | 'undecided';

/**
 * What outcomes say, in their order: it is decided as soon as it can be, and what comes later changes nothing. `least`: not
 * before so many of them, however clear it is.
 */
export function decidePaired(
  outcomes: readonly PairOutcome[],
  least = 0,
): {
  readonly decision: PairedDecision;
  readonly process: PairedProcess;
} {
  const needed = Math.log(decidingEvidence);
  let process = beginPaired();
  for (const [index, outcome] of outcomes.entries()) {
    process = stepPaired(process, outcome);
    if (index + 1 < least) continue;
    if (process.logBetter >= needed) return { decision: 'better', process };
    if (process.logWorse >= needed) return { decision: 'worse', process };
  }
  return { decision: 'undecided', process };
}

/** An e-value that can be written down. */
export function evidenceOf(logE: number): number {
  return Math.exp(Math.min(logE, 700));
}
