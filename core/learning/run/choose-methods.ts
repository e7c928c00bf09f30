import type { RunMethod } from '../../domain/training-run.ts';
import type { GatheredSample } from './gathered-sample.ts';
import { pairUp } from './pair-samples.ts';

export interface MethodOptions {
  /** How stored answers are learned from. `auto`: by pairs where there are enough, else one by one. */
  readonly stored: 'auto' | 'kto' | 'policy_gradient';
  /** From so many pairs on they are worth a method of their own. */
  readonly leastPairs: number;
  readonly groups: boolean;
  readonly hindsight: boolean;
  readonly teacher: boolean;
}

export const defaultMethods: MethodOptions = {
  stored: 'auto',
  leastPairs: 16,
  groups: false,
  hindsight: false,
  teacher: false,
};

/**
 * How a run learns from these samples: the way of the stored answers first, then what was switched on besides. Policy gradient
 * only where it was chosen and every sample was drawn so that its ratios are known; else it is as `auto`. Hindsight
 * only where there is a hint.
 */
export function methodsFor(
  samples: readonly Pick<GatheredSample, 'turnId' | 'value' | 'request' | 'answer' | 'path' | 'hasHints'>[],
  options: MethodOptions,
): readonly RunMethod[] {
  return [
    storedMethod(samples, options),
    ...(options.groups ? (['groups'] as const) : []),
    ...(options.hindsight && samples.some(({ hasHints }) => hasHints) ? (['hindsight'] as const) : []),
    ...(options.teacher ? (['teacher'] as const) : []),
  ];
}

function storedMethod(
  samples: Parameters<typeof methodsFor>[0],
  { stored, leastPairs }: MethodOptions,
): 'kto' | 'dpo' | 'policy_gradient' {
  if (stored === 'kto') return 'kto';
  if (stored === 'policy_gradient' && samples.every(({ path }) => path.path === 'ratio')) {
    return 'policy_gradient';
  }
  return pairUp(samples).length >= Math.max(1, leastPairs) ? 'dpo' : 'kto';
}
