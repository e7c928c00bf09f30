import type { Brand } from './brand.ts';
import type { SpaceId } from './ids.ts';
import type { SkillProvenance } from './skill.ts';

export type PolicyId = Brand<'PolicyId'>;
export type RunId = Brand<'RunId'>;

export function policyId(value: string): PolicyId {
  return value as PolicyId;
}

export function runId(value: string): RunId {
  return value as RunId;
}

/** For whom a policy answers, and whose samples train it. `everywhere` only where an operator widened it. */
export type PolicyScope =
  | { readonly kind: 'everywhere' }
  | { readonly kind: 'space'; readonly spaceId: SpaceId };

/** A scope as one text: equal scopes, and only they, have equal keys. */
export function policyScopeKey(scope: PolicyScope): string {
  return scope.kind === 'everywhere' ? '*' : scope.spaceId;
}

/** Where a persona that a search found comes from. */
export interface PersonaOrigin {
  /** Digest (`Ids.digest`) of the configured persona that it was made from, and holds word for word. */
  readonly madeFrom: string;
  /** Whose words it was learned from, those of the learned persona before it included. */
  readonly learnedFrom: SkillProvenance;
}

/**
 * What makes a policy's answers differ from those of the model that the settings name. A policy has what its parent had, but for
 * what its run changed: trained weights keep a persona that was found before, and another persona keeps the weights.
 */
export type PolicySource =
  /** Weights of the training engine. */
  | {
      readonly kind: 'weights';
      readonly baseModel: string;
      /** To answer with. */
      readonly samplerPath: string;
      /** To train on from. */
      readonly statePath: string;
      /** In place of the configured one. */
      readonly persona?: string;
      /** Of the persona. Absent where it has none, and in policies from before this was kept. */
      readonly personaFrom?: PersonaOrigin;
    }
  /** A model that a provider tuned, by its name there. */
  | {
      readonly kind: 'hosted_model';
      readonly model: string;
      readonly persona?: string;
      readonly personaFrom?: PersonaOrigin;
    }
  /** Another persona for the same model: that of another policy where `answersBy` names it, else the configured one. */
  | {
      readonly kind: 'wording';
      readonly persona: string;
      readonly answersBy?: PolicyId;
      readonly personaFrom?: PersonaOrigin;
    };

/**
 * Whether a policy's persona was made from another one than the settings have now: what an operator has written since must not be
 * replaced by it. False without a persona, and where nobody knows what it was made from.
 */
export function isPersonaOutdated({ personaFrom }: PolicySource, configuredDigest: string): boolean {
  return personaFrom !== undefined && personaFrom.madeFrom !== configuredDigest;
}

/** A persona that a policy puts in the place of the configured one. */
export interface LearnedPersona {
  readonly text: string;
  /** Absent: nobody knows. */
  readonly from?: PersonaOrigin;
}

/** The persona that a policy answers with; `undefined`: the configured one, also where its own is outdated. */
export function learnedPersonaOf(
  source: PolicySource | undefined,
  configuredDigest: string,
): LearnedPersona | undefined {
  if (source?.persona === undefined || isPersonaOutdated(source, configuredDigest)) return undefined;
  const { persona, personaFrom } = source;
  return { text: persona, ...(personaFrom === undefined ? {} : { from: personaFrom }) };
}

/**
 * `candidate`: made, not yet tried on people. `canary`: answers a small share of conversations. `serving`: answers all others
 * of its scope. `superseded`: served until a later one did. `discarded`: never served. `rolled_back`: served, and taken
 * back. Where none serves, the model that the settings name does.
 */
export type PolicyState = 'candidate' | 'canary' | 'serving' | 'superseded' | 'discarded' | 'rolled_back';

/** How a candidate fared in answers to conversations that are kept out of learning, against the policy that serves. */
export interface PolicyReplay {
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  /** Evidence that it is better, and that it is worse; an e-value each. */
  readonly better: number;
  readonly worse: number;
  /** Answers that could not be compared, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** What is known of a policy, for people who decide about it. */
export interface PolicyEvidence {
  readonly replay?: PolicyReplay;
  /** The set of safety and flattery probes; `failed`: the names of those that it fails and its parent does not. */
  readonly probes?: { readonly passed: number; readonly failed: readonly string[] };
  /** Sessions that it answered, and those of the other arm, with what people said. */
  readonly live?: {
    readonly sessions: number;
    readonly others: number;
    readonly mean?: number;
    readonly othersMean?: number;
    /** Evidence that it does harm, an e-value. */
    readonly harm: number;
  };
}

/** Something that can answer in place of the configured model. */
export interface Policy {
  readonly policyId: PolicyId;
  /** As people name it, from 1, over all scopes. */
  readonly number: number;
  readonly scope: PolicyScope;
  /** Which one of its line: one more than its parent's; the configured model is 0. */
  readonly version: number;
  /** What served when it was made; absent: the configured model. */
  readonly parentId?: PolicyId;
  readonly source: PolicySource;
  readonly state: PolicyState;
  /** Why it is in this state, a clause for people. */
  readonly reason?: string;
  /** Pinned: nothing but a person's word takes it out of service or puts another in its place. */
  readonly isPinned: boolean;
  readonly runId: RunId;
  readonly evidence: PolicyEvidence;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Since when it is in this state. */
  readonly since: number;
}

/** The policy whose model answers for this one: itself, unless only its words are new; `undefined` for the configured model. */
export function answererOf({ policyId, source }: Pick<Policy, 'policyId' | 'source'>): PolicyId | undefined {
  return source.kind === 'wording' ? source.answersBy : policyId;
}

/** Whether what trains and answers in a scope is a space's business. */
export function concernsSpace(scope: PolicyScope, spaceId: SpaceId): boolean {
  return scope.kind === 'everywhere' || scope.spaceId === spaceId;
}

/** Whether two scopes have spaces in common: the same one, or any where one is everywhere. */
export function haveCommonSpaces(a: PolicyScope, b: PolicyScope): boolean {
  return a.kind === 'everywhere' || b.kind === 'everywhere' || a.spaceId === b.spaceId;
}
