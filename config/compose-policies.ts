import { createPolicyModel, type PolicyModel } from '../adapters/policy-model/policy-model.ts';
import { AppError } from '../core/domain/app-error.ts';
import {
  type LearnedPersona,
  learnedPersonaOf,
  type Policy,
  type PolicyScope,
} from '../core/domain/policy.ts';
import { isConfiguredStamp } from '../core/domain/turn-stamp.ts';
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
import { type ModelChoice, openModel } from './choose-model.ts';
import { type EngineModelDeps, engineModelBy, type OpenedEngine } from './compose-engine.ts';
import type { Settings } from './schema.ts';
import type { Secrets } from './secrets.ts';

export interface ComposePoliciesDeps extends EngineModelDeps {
  readonly settings: Settings;
  readonly secrets: Secrets;
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
  /** Digest of the configured persona. */
  readonly personaDigest: string;
  /** What stands in the place of the configured persona in a scope now. */
  readonly learnedPersona: (scope: PolicyScope) => LearnedPersona | undefined;
}

/** Reads what serves. Rejects as the store does. */
export async function composePolicies(deps: ComposePoliciesDeps): Promise<ComposedPolicies> {
  const { settings, choice, engine, ids } = deps;
  const arms = createPolicyArms({
    key: deps.key,
    share: settings.gate.canaryPercent / 100,
    digest: ids.digest,
  });
  const personaDigest = ids.digest(settings.persona);
  const desk = createPolicyDesk({
    ...deps,
    arms,
    isConfigured: isConfiguredStamp,
    personaDigest,
  });
  await desk.load();

  async function open({ source }: Policy): Promise<ModelPort | undefined> {
    if (source.kind === 'weights' && engine !== undefined) {
      demandSameBase(source.baseModel, settings.engine.baseModel);
      const path = answeringPath(source, engine.trainer.facts);
      return engineModelBy({ path }, engine, settings, deps.secrets, deps);
    }
    if (source.kind !== 'hosted_model' || choice.server === undefined) return undefined;
    const tuned = { ...choice, server: { ...choice.server, model: source.model } };
    return openModel(tuned, { ...settings, model: { ...settings.model, fallbacks: [] } }, deps);
  }

  return {
    desk,
    arms,
    personaDigest,
    model: createPolicyModel({ ...deps, policyOf: desk.policyOf, open }),
    learnedPersona: (scope) => learnedPersonaOf(desk.servingIn(scope)?.source, personaDigest),
  };
}

/** Weights of another base model would be read with the wrong words. Throws `config_invalid`. */
function demandSameBase(trained: string, configured: string): void {
  if (trained === configured) return;
  throw new AppError(
    'config_invalid',
    `it was trained on ${trained}, and engine.baseModel is ${configured} now. Set that one again, or take the policy back.`,
  );
}
