import type { EngineFacts } from '../../domain/engine-facts.ts';
import type { PolicySource } from '../../domain/policy.ts';

/** The checkpoint that a policy's answers are drawn from. Where models have one state each, saved sampler weights end with the model that made them. */
export function answeringPath(
  { samplerPath, statePath }: Pick<Extract<PolicySource, { kind: 'weights' }>, 'samplerPath' | 'statePath'>,
  { samplerIsolation }: Pick<EngineFacts, 'samplerIsolation'>,
): string {
  return samplerIsolation === 'shared_slot' ? statePath : samplerPath;
}
