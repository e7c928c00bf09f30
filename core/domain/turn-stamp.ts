import { type PolicyId, policyId } from './policy.ts';

/*
 * What `Turn.policy` says. Three kinds of names that are never taken for each other: those of policies, those of models that a caller asked
 * a server for, and any other, which is the configured model's.
 */
const ofPolicy = 'policy_';
const ofUpstream = 'upstream:';

/** The id of the policy that a run made. */
export function policyOfRun(runId: string): PolicyId {
  return policyId(`${ofPolicy}${runId}`);
}

/** Of an answer by a model that its caller asked for by its own name: whatever that name is, it is none of ours. */
export function upstreamStamp(model: string): string {
  return `${ofUpstream}${model}`;
}

/** Whether the model that the settings name, now or before, gave an answer. */
export function isConfiguredStamp(stamp: string): boolean {
  return !stamp.startsWith(ofPolicy) && !stamp.startsWith(ofUpstream);
}
