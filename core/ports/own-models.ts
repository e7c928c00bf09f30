import type { AppError } from '../domain/app-error.ts';
import type { PolicyId } from '../domain/policy.ts';
import type { ApiCaller } from './api-access.ts';
import type { TalkMark } from './exchange-desk.ts';
import type { ModelPort } from './model.ts';

/** Names of our models begin so: no upstream is asked for them by that name. */
export const ownModelPrefix = 'metaclaw/';

/** `current`: what serves the caller's space now, trained weights included. `base`: the configured model, without a policy. */
export const ownModels = ['metaclaw/current', 'metaclaw/base'] as const;
export type OwnModel = (typeof ownModels)[number];

export function isOwnModel(model: string): model is OwnModel {
  return ownModels.some((name) => name === model);
}

/** Who answers as one of our models. */
export type OwnAnswerer =
  /** A model server that knows it by this name: the request goes there as it is. */
  | { readonly kind: 'server'; readonly model: string; readonly policyId?: PolicyId }
  /** An engine of ours, or whatever else is no server: the request is read and asked of it. */
  | { readonly kind: 'model'; readonly model: ModelPort; readonly policyId?: PolicyId }
  /** `config_invalid` and the like, as a sentence for whoever runs the caller. */
  | { readonly kind: 'none'; readonly error: AppError };

export interface OwnModels {
  /** Which one answers, the same for the same talk until a policy changes its state. From memory. */
  answererOf(model: OwnModel, caller: ApiCaller, talk: TalkMark): OwnAnswerer;
}
