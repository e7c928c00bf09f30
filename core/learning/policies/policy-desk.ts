import { AppError } from '../../domain/app-error.ts';
import type { ConversationAddress, ConversationKey } from '../../domain/conversation.ts';
import type { PersonId } from '../../domain/ids.ts';
import {
  type Policy,
  type PolicyId,
  type PolicyScope,
  type PolicySource,
  type PolicyState,
  policyId,
  policyScopeKey,
} from '../../domain/policy.ts';
import type { TrainingRun } from '../../domain/training-run.ts';
import { policyOfRun } from '../../domain/turn-stamp.ts';
import type { IsHoldOut } from '../../feedback/hold-out.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import { type AnsweringPolicy, answeringBy } from './answering-by.ts';
import { choosePolicy } from './choose-policy.ts';
import { inherited } from './inherited.ts';
import { type Advance, mayAdvance } from './may-advance.ts';
import type { PolicyArms } from './policy-arms.ts';
import { type PolicyLine, policyLines, servingIn } from './policy-lines.ts';

/** `harm_but_pinned`: it does harm, and stays as somebody pinned it. */
export type PolicyChange = 'added' | 'canary' | 'promoted' | 'discarded' | 'rolled_back' | 'harm_but_pinned';

export interface PolicyDeskDeps {
  readonly store: Pick<PolicyStore, 'add' | 'get' | 'byNumber' | 'list' | 'move' | 'pin'>;
  readonly arms: PolicyArms;
  readonly isHoldOut: IsHoldOut;
  /** Whether a turn's stamp is a name of the model that the settings name, of now or of before. */
  readonly isConfigured: (stamp: string) => boolean;
  /** Digest (`Ids.digest`) of the persona that the settings have now. */
  readonly personaDigest: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** Told after the commit. Must not throw. */
  readonly onChange?: (policy: Policy, what: PolicyChange) => void;
}

/** `by`: whose word it is; absent where the test of policies decides. */
export interface PolicyVerdict {
  readonly reason: string;
  readonly by?: PersonId;
}

/**
 * Which policy answers where. What it answers by is held in memory and swapped as a whole after each commit, so that
 * `policyFor` waits for nothing and an answer under way is not touched. Actions run one after the other; they reject with an
 * `AppError` whose message is for the person who asked, or as the store does, and then nothing has changed.
 */
export interface PolicyDesk {
  /** Reads what is stored. Until then the configured model answers everybody. */
  load(): Promise<void>;
  /** `undefined`: the configured model. The same for the same conversation until a policy changes its state or a watch ends. */
  policyFor(conversation: ConversationAddress, key: ConversationKey): AnsweringPolicy | undefined;
  policyOf(policyId: PolicyId): Policy | undefined;
  /** Which one of its line a turn was answered by, from `Turn.policy`; 0: the configured model; `undefined`: neither. */
  versionOf(stamp: string): number | undefined;
  servingIn(scope: PolicyScope): Policy | undefined;
  lineOf(scope: PolicyScope): PolicyLine | undefined;
  /** Once for each run; again gives what is stored. */
  add(source: PolicySource, run: TrainingRun): Promise<Policy>;
  /** Puts it into service at once, from whatever state. */
  promote(number: number, by: PersonId): Promise<Policy>;
  /**
   * Takes back what serves in a scope; what served before it answers again, and what was made from it and is in test is
   * discarded. `undefined` where no policy of this very scope serves. `conflict` where it is another one than expected.
   */
  rollback(scope: PolicyScope, expectedNumber: number, by: PersonId): Promise<Policy | undefined>;
  pin(number: number, isPinned: boolean, by: PersonId): Promise<Policy>;
  /** One that does not serve. */
  discard(number: number, by: PersonId): Promise<Policy>;
  /**
   * For the test of policies: moves it on if it is in this state still, and nothing pinned would be replaced or taken back; false
   * else. To where people are answered by it only while its parent serves. To `candidate`: it gives up its place. A rollback
   * discards what was made from it as `rollback` does.
   */
  advance(policy: Policy, to: Advance, reason?: string): Promise<boolean>;
  /** Tells of harm by what serves and is pinned. */
  tellHarm(policy: Policy): void;
}

/** Nobody is told of one that gives up its place. */
const changes = {
  candidate: undefined,
  canary: 'canary',
  serving: 'promoted',
  discarded: 'discarded',
  rolled_back: 'rolled_back',
} as const;

const notServing: readonly PolicyState[] = ['candidate', 'canary', 'superseded', 'discarded', 'rolled_back'];
const inTest: readonly PolicyState[] = ['candidate', 'canary'];
/** More than any installation makes. */
const mostPolicies = 100_000;

export function createPolicyDesk(deps: PolicyDeskDeps): PolicyDesk {
  const { store, clock, logger } = deps;
  let lines = policyLines([]);
  let last: Promise<unknown> = Promise.resolve();

  async function load(): Promise<void> {
    lines = policyLines(await store.list(mostPolicies));
  }

  function alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = last.then(work);
    last = run.catch(() => undefined);
    return run;
  }

  async function numbered(number: number): Promise<Policy> {
    const policy = await store.byNumber(number);
    if (policy !== undefined) return policy;
    throw new AppError('not_found', `There is no policy ${number}. Ask for the list of policies.`);
  }

  async function reread({ policyId }: Policy): Promise<Policy> {
    const policy = await store.get(policyId);
    if (policy === undefined) throw new AppError('internal', 'A policy is gone that was stored.');
    return policy;
  }

  const lineIn = (scope: PolicyScope): PolicyLine | undefined => lines.byScope.get(policyScopeKey(scope));

  /** The store decides; what was read before may be of yesterday. */
  async function move(
    policy: Policy,
    from: readonly PolicyState[],
    state: Advance,
    reason: string | undefined,
    by?: PersonId,
  ): Promise<Policy | undefined> {
    const previous = state === 'rolled_back' ? lineIn(policy.scope)?.previous : undefined;
    const moved = await store.move(policy.policyId, from, {
      state,
      ...(reason === undefined ? {} : { reason }),
      at: clock.now(),
      ...(previous === undefined ? {} : { successor: previous.policyId }),
    });
    await load();
    if (!moved) return undefined;
    const now = await reread(policy);
    logger.info('policy_moved', {
      policyId: policy.policyId,
      number: policy.number,
      state,
      by: by ?? 'test',
    });
    const told = changes[state];
    if (told !== undefined) deps.onChange?.(now, told);
    return now;
  }

  /** It may do the same harm, and has nothing to be compared with. Where this fails the test of policies does it later. */
  async function discardOffspring({ policyId, number }: Policy): Promise<void> {
    try {
      for (const policy of lines.byId.values()) {
        if (policy.parentId !== policyId || !inTest.includes(policy.state)) continue;
        await move(policy, inTest, 'discarded', 'what it was made from was taken back');
      }
    } catch (error) {
      logger.warn('policy_offspring_left', { policyId, number, error });
    }
  }

  async function takeBack(serving: Policy, reason?: string, by?: PersonId): Promise<Policy | undefined> {
    const taken = await move(serving, ['serving'], 'rolled_back', reason, by);
    if (taken !== undefined) await discardOffspring(taken);
    return taken;
  }

  const changedMeanwhile = (number: number): AppError =>
    new AppError('conflict', `Policy ${number} has changed meanwhile. Look at it again.`);
  const servesInstead = (number: number, expected: number): AppError =>
    new AppError(
      'conflict',
      `Policy ${expected} no longer serves here, policy ${number} does. Nothing was taken back; look at what serves now.`,
    );

  return {
    load: () => alone(load),
    policyFor(conversation, key) {
      const isHoldOut = deps.isHoldOut(key);
      const chosen = choosePolicy(conversation, key, { lines, arms: deps.arms, now: clock.now(), isHoldOut });
      return chosen === undefined ? undefined : answeringBy(chosen, deps.personaDigest);
    },
    policyOf: (id) => lines.byId.get(id),
    versionOf: (stamp) =>
      lines.byId.get(policyId(stamp))?.version ?? (deps.isConfigured(stamp) ? 0 : undefined),
    servingIn: (scope) => servingIn(lines, scope),
    lineOf: lineIn,
    add: (source, run) =>
      alone(async () => {
        const id = policyOfRun(run.runId);
        const isNew = (await store.get(id)) === undefined;
        const policy = await store.add({
          policyId: id,
          scope: run.scope,
          ...(run.parentId === undefined ? {} : { parentId: run.parentId }),
          source: inherited(source, run.parentId === undefined ? undefined : await store.get(run.parentId)),
          runId: run.runId,
          createdAt: clock.now(),
        });
        await load();
        if (isNew) deps.onChange?.(policy, 'added');
        return policy;
      }),
    promote: (number, by) =>
      alone(async () => {
        const policy = await numbered(number);
        if (policy.state === 'serving') return policy;
        const promoted = await move(policy, notServing, 'serving', 'a person put it into service', by);
        if (promoted === undefined) throw changedMeanwhile(number);
        return promoted;
      }),
    rollback: (scope, expectedNumber, by) =>
      alone(async () => {
        await load();
        const serving = lineIn(scope)?.serving;
        if (serving === undefined) return undefined;
        if (serving.number !== expectedNumber) throw servesInstead(serving.number, expectedNumber);
        const taken = await takeBack(serving, 'a person took it back', by);
        if (taken === undefined) throw changedMeanwhile(serving.number);
        return taken;
      }),
    pin: (number, isPinned, by) =>
      alone(async () => {
        const policy = await numbered(number);
        await store.pin(policy.policyId, isPinned);
        await load();
        logger.info('policy_pinned', { policyId: policy.policyId, number, isPinned, by });
        return reread(policy);
      }),
    discard: (number, by) =>
      alone(async () => {
        const policy = await numbered(number);
        if (policy.state === 'discarded') return policy;
        const gone = await move(policy, inTest, 'discarded', 'a person discarded it', by);
        if (gone !== undefined) return gone;
        throw new AppError(
          'invalid_input',
          `Policy ${number} served already. Roll it back where it still does.`,
        );
      }),
    advance: (policy, to, reason) =>
      alone(async () => {
        await load();
        const now = lines.byId.get(policy.policyId);
        if (now === undefined || now.state !== policy.state || !mayAdvance(lines, now, to)) return false;
        const moved = to === 'rolled_back' ? takeBack(now, reason) : move(now, [policy.state], to, reason);
        return (await moved) !== undefined;
      }),
    tellHarm(policy) {
      logger.warn('policy_harms_pinned', { policyId: policy.policyId, number: policy.number });
      deps.onChange?.(policy, 'harm_but_pinned');
    },
  };
}
