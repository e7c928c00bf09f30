import { createPolicyModel, type PolicyModel } from '../adapters/policy-model/policy-model.ts';
import type { Policy } from '../core/domain/policy.ts';
import type { IsHoldOut } from '../core/feedback/hold-out.ts';
import { createPolicyArms, type PolicyArms } from '../core/learning/policies/policy-arms.ts';
import {
  createPolicyDesk,
  type PolicyChange,
  type PolicyDesk,
} from '../core/learning/policies/policy-desk.ts';
import { answeringPath } from '../core/learning/run/answering-path.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { PolicyStore } from '../core/ports/policy-store.ts';
import { type ModelChoice, type ModelDeps, openModel } from './choose-model.ts';
import { engineAnswersBy, type OpenedEngine } from './compose-engine.ts';
import type { Settings } from './schema.ts';

export interface ComposePoliciesDeps extends ModelDeps {
  readonly settings: Settings;
  readonly store: PolicyStore;
  /** The model that the settings name. */
  readonly configured: ModelPort;
  readonly choice: ModelChoice;
  /** Where one answers. */
  readonly engine?: OpenedEngine;
  readonly isHoldOut: IsHoldOut;
  /** Of this installation. */
  readonly key: string;
  /** As `PolicyDeskDeps.onChange`. */
  readonly onChange: (policy: Policy, what: PolicyChange) => void;
}

/** Which policy answers where, and the model that answers so. */
export interface ComposedPolicies {
  readonly desk: PolicyDesk;
  readonly arms: PolicyArms;
  readonly model: PolicyModel;
}

/** The ids that the desk gives policies begin with it: any other name on a turn is that of a configured model. */
const policyStamp = 'policy_';

/** Reads what serves. Rejects as the store does. */
export async function composePolicies(deps: ComposePoliciesDeps): Promise<ComposedPolicies> {
  const { settings, choice, engine, ids } = deps;
  const arms = createPolicyArms({
    key: deps.key,
    share: settings.gate.canaryPercent / 100,
    digest: ids.digest,
  });
  const desk = createPolicyDesk({
    ...deps,
    arms,
    isConfigured: (stamp) => !stamp.startsWith(policyStamp),
  });
  await desk.load();

  async function open({ source }: Policy): Promise<ModelPort | undefined> {
    if (source.kind === 'weights' && engine !== undefined) {
      const path = answeringPath(source, engine.trainer.facts);
      return (await engineAnswersBy({ path }, engine, settings, deps)).model;
    }
    if (source.kind !== 'hosted_model' || choice.server === undefined) return undefined;
    const tuned = { ...choice, server: { ...choice.server, model: source.model } };
    return openModel(tuned, { ...settings, model: { ...settings.model, fallbacks: [] } }, deps);
  }

  return { desk, arms, model: createPolicyModel({ ...deps, policyOf: desk.policyOf, open }) };
}
