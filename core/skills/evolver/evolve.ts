import { type AppError, toAppError } from '../../domain/app-error.ts';
import type { ConversationKey } from '../../domain/conversation.ts';
import type { PersonId, Platform, SpaceId } from '../../domain/ids.ts';
import type { Proposal, ReplayEvidence } from '../../domain/proposal.ts';
import { type DraftText, draftsOf, type SkillOperation, targetsOf } from '../../domain/skill-operation.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ModelPort } from '../../ports/model.ts';
import type { EvolverRun, NewProposal, ProposalStore } from '../../ports/proposal-store.ts';
import { paraphrase } from '../replay/paraphrase.ts';
import { noReplay, type ReplayDeps, type ReplayFailure, replay } from '../replay/replay.ts';
import type { ApprovalPolicy } from '../space-policy.ts';
import type { AskDeps } from './ask-model.ts';
import type { CheckDraft } from './check-operation.ts';
import { type CostMeter, costSince, createCostMeter } from './cost-meter.ts';
import type { ProposalDesk } from './decide-proposal.ts';
import { draftHash } from './draft-hash.ts';
import { draftOperations } from './draft-operations.ts';
import { fitOperation } from './draft-to-proposal.ts';
import type { EvolverLibrary } from './evolver-library.ts';
import type { WorkItem } from './find-work.ts';
import { type EvolverMaterial, type GatherDeps, gatherMaterial } from './gather.ts';
import { isSaidIn } from './withhold.ts';

export interface EvolveDeps extends Omit<GatherDeps, 'ids' | 'library' | 'proposals'> {
  readonly model: ModelPort;
  /** The evolver's, as proposals name it. */
  readonly modelName: string;
  readonly judge: ModelPort;
  /** The judge's: where it is the evolver's too, its word weighs less. */
  readonly judgeName: string;
  /** As `replay` wants it. */
  readonly answer: ReplayDeps['answer'];
  readonly foreignPlatforms?: readonly Platform[];
  readonly proposals: Pick<ProposalStore, 'create' | 'get' | 'list' | 'record'>;
  readonly library: EvolverLibrary;
  readonly check: CheckDraft;
  /** Called with all texts of a run before they are checked, for what the check needs to know of them. */
  readonly prepare?: (drafts: readonly DraftText[]) => Promise<void>;
  readonly desk: Pick<ProposalDesk, 'applyByPolicy'>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly ids: Pick<Ids, 'code' | 'digest'>;
  readonly logger: Logger;
  readonly timeoutMs: number;
  readonly maxBodyTokens: number;
  readonly reserve: (calls: number) => Promise<boolean>;
  /** Where policy is `auto`, also what several people's failures led to takes effect at once. */
  readonly autoWiden: boolean;
  /** Called with each proposal that waits, or took effect by policy. May reject: that is logged. */
  readonly onProposal: (proposal: Proposal) => Promise<void> | void;
}

export interface RunRequest extends WorkItem {
  readonly policy: Exclude<ApprovalPolicy, 'off'>;
  readonly spaceId: SpaceId;
  readonly askedBy?: PersonId;
  readonly askedIn?: ConversationKey;
}

/** `unavailable`, `no_budget`, `stopped`: nothing is stored, and the failures wait as before. */
export type RunEnd =
  | { readonly kind: 'ran'; readonly run: EvolverRun; readonly proposals: readonly Proposal[] }
  | { readonly kind: 'unavailable'; readonly error: AppError }
  | { readonly kind: 'no_budget' }
  | { readonly kind: 'stopped' };

type Cut = Exclude<RunEnd, { kind: 'ran' }>;

const markChars = 16;
const ownWords = 'it was tried on the very request it was made from, in other words';
const sameWords = 'it was tried on the very request it was made from';
const sameModel = 'the judge is the model that wrote it';

/**
 * One run: gathers, asks the evolver, puts what it wants through gates and replay, and only then stores proposals and the run.
 * Changes the library only where the policy lets a proposal in. Rejects as the stores do.
 */
export async function evolve(request: RunRequest, deps: EvolveDeps, signal: AbortSignal): Promise<RunEnd> {
  // What changes from here on was not known to the draft.
  const startedAt = deps.clock.now();
  const meter = createCostMeter();
  const material = await gatherMaterial(request.cluster, request.focus, deps);
  if (material === undefined)
    return ended(request, 'nothing', 'nothing there may be learned from', [], meter, deps);

  const ask: AskDeps = { ...deps, meter };
  const drafted = await draftOperations(material, deps.ids.code(markChars), deps.maxBodyTokens, ask, signal);
  if (drafted.kind === 'unusable') return ended(request, 'failed', drafted.why, [], meter, deps);
  if (drafted.kind !== 'operations') return drafted;
  if (drafted.operations.length === 0) {
    return ended(request, 'nothing', drafted.why ?? 'the model saw nothing to change', [], meter, deps);
  }
  await deps.prepare?.(drafted.operations.flatMap(draftsOf));
  const made = await proposalsOf(drafted.operations, material, request, startedAt, meter, deps, signal);
  if (!Array.isArray(made)) return made;
  const stored: Proposal[] = [];
  for (const proposal of made) {
    const kept = await store(proposal, material, request, deps);
    if (kept !== undefined) stored.push(kept);
  }
  return ended(request, 'proposed', undefined, stored, meter, deps);
}

async function ended(
  { cluster, trigger, spaceId }: RunRequest,
  outcome: EvolverRun['outcome'],
  detail: string | undefined,
  proposals: readonly Proposal[],
  meter: CostMeter,
  deps: EvolveDeps,
): Promise<RunEnd> {
  const run: EvolverRun = {
    at: deps.clock.now(),
    spaceId,
    scope: cluster.scope,
    trigger,
    topic: cluster.topic,
    failures: cluster.failures.length,
    outcome,
    ...(outcome === 'failed' ? { errorCode: 'bad_reply' } : {}),
    ...(detail === undefined ? {} : { detail }),
    cost: meter.total(),
    proposals: proposals.map(({ number }) => number),
  };
  await deps.proposals.record(run);
  const { calls } = run.cost;
  deps.logger.info('evolver_ran', {
    trigger,
    outcome,
    failures: run.failures,
    proposals: run.proposals.length,
    calls,
  });
  return { kind: 'ran', run, proposals };
}

/** All of them, or what cut it off: a model that fails at the second leaves nothing of the first. */
async function proposalsOf(
  operations: readonly SkillOperation[],
  material: EvolverMaterial,
  request: RunRequest,
  startedAt: number,
  meter: CostMeter,
  deps: EvolveDeps,
  signal: AbortSignal,
): Promise<NewProposal[] | Cut> {
  const failures = await replayFailures(material, { ...deps, meter }, deps, signal);
  if ('kind' in failures) return failures;
  const weakBecause = [...failures.weakBecause, ...(deps.judgeName === deps.modelName ? [sameModel] : [])];
  const taken = new Set<string>();
  const proposals: NewProposal[] = [];
  let costBefore = { calls: 0, inputTokens: 0, outputTokens: 0 };
  for (const meant of operations) {
    const { scope, isPrivate } = material;
    const { operation, notes, refusal } = fitOperation(meant, { ...deps, scope, isPrivate, taken });
    let evidence: ReplayEvidence = noReplay([]);
    if (refusal === undefined) {
      const task = { scope, operation, failures: failures.turns, successes: material.successes, weakBecause };
      const end = await replay(task, { ...deps, meter }, signal);
      if (end.kind === 'failed') return { kind: 'unavailable', error: end.error };
      if (end.kind === 'stopped') return end;
      evidence = end.evidence;
      for (const name of targetsOf(operation)) taken.add(name);
      for (const { name } of draftsOf(operation)) taken.add(name);
    }
    const total = meter.total();
    proposals.push({
      ...newProposal(operation, refusal, evidence, material, deps),
      trigger: request.trigger,
      notes,
      cost: costSince(costBefore, total),
      createdAt: startedAt,
      ...(request.askedIn === undefined ? {} : { askedIn: request.askedIn }),
    });
    costBefore = total;
  }
  return proposals;
}

function newProposal(
  operation: SkillOperation,
  refusal: string | undefined,
  evidence: ReplayEvidence,
  { scope, topic, support, withheld, people, learnedFrom }: EvolverMaterial,
  { ids, modelName }: Pick<EvolveDeps, 'ids' | 'modelName'>,
): Omit<NewProposal, 'trigger' | 'notes' | 'cost' | 'createdAt'> {
  const reason = refusal ?? (evidence.verdict === 'failed' ? 'answers were worse with it' : undefined);
  return {
    spaceId: scope.spaceId,
    scope,
    operation,
    draftHash: draftHash(scope, operation, ids),
    state: reason === undefined ? 'waiting' : 'refused',
    ...(reason === undefined ? {} : { reason }),
    topic,
    support: support.map(({ turn }) => turn.turnId),
    withheld: withheld.map(({ turn }) => turn.turnId),
    people,
    learnedFrom,
    replay: evidence,
    model: modelName,
  };
}

interface ReplayFailures {
  readonly turns: readonly ReplayFailure[];
  readonly weakBecause: readonly string[];
}

/** What was kept from the evolver; of a single failure nothing could be, and it is asked again in other words. */
async function replayFailures(
  { support, withheld }: EvolverMaterial,
  ask: AskDeps,
  { ids }: Pick<EvolveDeps, 'ids'>,
  signal: AbortSignal,
): Promise<ReplayFailures | Cut> {
  if (withheld.length > 0) {
    const turns = withheld.map(({ turn, hints }) => ({ turn, hints: hints.map(({ text }) => text) }));
    const isKnown = withheld.every((kept) =>
      support.some(({ turn }) => isSaidIn(kept.turn.requestText, turn.requestText)),
    );
    return { turns, weakBecause: isKnown ? [sameWords] : [] };
  }
  const [only] = support;
  if (only === undefined) return { turns: [], weakBecause: [] };
  const said = await paraphrase(only.turn.requestText, ids.code(markChars), ask, signal);
  if (said.kind !== 'made') return said;
  const requestText = said.text ?? only.turn.requestText;
  return {
    turns: [{ turn: { ...only.turn, requestText }, hints: only.hints.map(({ text }) => text) }],
    weakBecause: [said.text === undefined ? sameWords : ownWords],
  };
}

/** Stores a proposal, lets it in where the policy does, and shows it to whoever decides. */
async function store(
  fresh: NewProposal,
  material: EvolverMaterial,
  request: RunRequest,
  deps: EvolveDeps,
): Promise<Proposal | undefined> {
  const number = await deps.proposals.create(fresh);
  const applied = mayApply(fresh, material, request, deps) ? await applyOne(number, fresh, deps) : undefined;
  const proposal = applied ?? (await deps.proposals.get(number));
  if (proposal === undefined) return undefined;
  if (proposal.state === 'waiting' || proposal.state === 'applied') {
    try {
      await deps.onProposal(proposal);
    } catch (error) {
      deps.logger.error('proposal_not_shown', { proposal: number, error });
    }
  }
  return proposal;
}

/**
 * Under `auto` a person's own correction takes effect for that person once it has passed everything, a remark of a gate
 * included, and nobody else had a word in it.
 */
function mayApply(
  { state, scope, replay: evidence, notes }: NewProposal,
  { support, withheld }: EvolverMaterial,
  { policy, trigger, askedBy }: RunRequest,
  { autoWiden }: Pick<EvolveDeps, 'autoWiden'>,
): boolean {
  if (policy !== 'auto' || state !== 'waiting' || evidence.verdict !== 'passed' || notes.length > 0)
    return false;
  if (autoWiden) return true;
  if (scope.kind !== 'user') return false;
  const isOwn = trigger === 'correction' || (trigger === 'command' && askedBy === scope.personId);
  const failures = [...support, ...withheld];
  const isAlone = failures.every(({ hints }) => hints.every(({ actorId }) => actorId === scope.personId));
  return isOwn && isAlone && failures.some(({ isCorrected }) => isCorrected);
}

async function applyOne(
  number: number,
  { draftHash: hash }: NewProposal,
  { desk, logger }: Pick<EvolveDeps, 'desk' | 'logger'>,
): Promise<Proposal | undefined> {
  try {
    return await desk.applyByPolicy(number, hash);
  } catch (thrown) {
    // It waits for a maintainer, or says itself why it may not be.
    logger.warn('proposal_not_applied', { proposal: number, error: toAppError(thrown) });
    return undefined;
  }
}
