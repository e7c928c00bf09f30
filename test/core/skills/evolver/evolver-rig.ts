import { sessionId, type TurnId } from '../../../../core/domain/ids.ts';
import type { Proposal } from '../../../../core/domain/proposal.ts';
import type { Session } from '../../../../core/domain/session.ts';
import type { Signal } from '../../../../core/domain/signal.ts';
import type { Turn } from '../../../../core/domain/turn.ts';
import type { Settlement } from '../../../../core/ports/ledger-store.ts';
import type { ModelPort } from '../../../../core/ports/model.ts';
import { createProposalDesk } from '../../../../core/skills/evolver/decide-proposal.ts';
import {
  createEvolverWorker,
  type EvolverWorker,
  type EvolverWorkerDeps,
  type LearnOutcome,
} from '../../../../core/skills/evolver/evolver-worker.ts';
import type { LearnRequest } from '../../../../core/skills/evolver/find-asked.ts';
import { sampleSession } from '../../../contract/store-samples.ts';
import {
  createScriptedModel,
  type ScriptedModel,
  type ScriptedStep,
} from '../../../fakes/model/scripted-model.ts';
import {
  createMemoryEvidenceStore,
  type MemoryEvidenceStore,
} from '../../../fakes/skills/memory-evidence-store.ts';
import {
  createMemoryProposalStore,
  type MemoryProposalStore,
} from '../../../fakes/skills/memory-proposal-store.ts';
import { createFakeClock, type FakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { createFakeLibrary, type FakeLibrary } from './fake-library.ts';

export const minute = 60_000;
export const hour = 60 * minute;

export interface EvolverRigOptions extends Partial<Omit<EvolverWorkerDeps, 'clock' | 'logger' | 'judge'>> {
  readonly evolver?: readonly ScriptedStep[];
  /** Absent: the answer with a draft is always the better one. */
  readonly judge?: (material: string) => string;
}

export interface EvolverRig {
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly library: FakeLibrary;
  readonly proposals: MemoryProposalStore;
  readonly evidence: MemoryEvidenceStore;
  readonly model: ScriptedModel;
  readonly worker: EvolverWorker;
  readonly shown: readonly Proposal[];
  readonly outcomes: readonly { readonly request: LearnRequest; readonly outcome: LearnOutcome }[];
  readonly rows: Map<string, readonly Signal[]>;
  readonly sessions: Map<string, Session>;
  readonly turns: Map<string, Turn>;
  readonly settlements: Map<TurnId, Settlement>;
  /** How many calls reached the judge. */
  judged(): number;
  pass(ms: number): Promise<void>;
}

/** A judge that says what the function makes of the words it is shown, as often as it is asked. */
function createJudge(respond: (material: string) => string): ModelPort & { calls(): number } {
  let calls = 0;
  return {
    description: 'judge-model at judge.example',
    calls: () => calls,
    async *stream(request) {
      calls += 1;
      await Promise.resolve();
      yield { type: 'started', model: 'judge-model' };
      yield { type: 'text', text: respond(request.messages.at(-1)?.text ?? '') };
      yield { type: 'completed', finishReason: 'stop' };
    },
  };
}

export function better(material: string, word: string): string {
  const part = (letter: string): string =>
    material.slice(material.indexOf(`begin answer ${letter}`), material.indexOf(`end answer ${letter}`));
  return JSON.stringify({ better: part('A').includes(word) ? 'A' : part('B').includes(word) ? 'B' : 'tie' });
}

/** The evolver's worker over stores in memory, scripted models, and a clock that the test moves. */
export function createEvolverRig(options: EvolverRigOptions = {}): EvolverRig {
  const { evolver = [], judge = (material: string) => better(material, 'drafted'), ...given } = options;
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const library = createFakeLibrary(clock.now);
  const proposals = createMemoryProposalStore();
  const evidence = createMemoryEvidenceStore();
  const model = createScriptedModel([...evolver]);
  const judgeModel = createJudge(judge);
  const ids = createSequentialIds();
  const rows = new Map<string, readonly Signal[]>();
  const sessions = new Map<string, Session>([['session-1', sampleSession('session-1')]]);
  const turns = new Map<string, Turn>();
  const settlements = new Map<TurnId, Settlement>();
  const shown: Proposal[] = [];
  const outcomes: { request: LearnRequest; outcome: LearnOutcome }[] = [];
  const check: EvolverWorkerDeps['check'] = given.check ?? (() => ({ findings: [] }));
  const changing = {
    ...library,
    change: async (request: Parameters<FakeLibrary['change']>[0]) => {
      const changed = await library.change(request);
      evidence.consume(request.consumed ?? []);
      return changed;
    },
  };
  const desk = createProposalDesk({ proposals, library: changing, check, ids, clock, logger, people: 3 });
  const worker = createEvolverWorker({
    model,
    modelName: 'evolver-model',
    judge: judgeModel,
    judgeName: 'judge-model',
    answer: async (turn, skills) => ({
      kind: 'answer',
      text: skills.some(({ body }) => body.includes('totals'))
        ? `drafted ${turn.turnId}`
        : `plain ${turn.turnId}`,
    }),
    evidence,
    proposals,
    ledger: {
      ofTurn: async (id) => rows.get(id) ?? [],
      settlement: async (id) => settlements.get(id),
    },
    turns: { get: async (id) => turns.get(id) },
    sessions: { get: async (id) => sessions.get(id) },
    library,
    check,
    desk,
    mayUse: () => ({ allowed: true }),
    ids,
    key: 'secret',
    clock,
    logger,
    timeoutMs: minute,
    maxBodyTokens: 500,
    autoWiden: false,
    policyOf: async () => 'review',
    threshold: 3,
    people: 3,
    coolDownMs: 6 * hour,
    dailyCalls: 500,
    onProposal: (proposal) => void shown.push(proposal),
    onAsked: (request, outcome) => void outcomes.push({ request, outcome }),
    ...given,
  });
  return {
    clock,
    logger,
    library,
    proposals,
    evidence,
    model,
    worker,
    shown,
    outcomes,
    rows,
    sessions,
    turns,
    settlements,
    judged: judgeModel.calls,
    async pass(ms) {
      await clock.advance(ms);
      for (let round = 0; round < 50; round += 1) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

export function endSession(rig: EvolverRig, id: string): void {
  const session = sampleSession(id);
  rig.sessions.set(id, {
    ...session,
    sessionId: sessionId(id),
    endedAt: session.lastActiveAt,
    endReason: 'gap',
  });
}
