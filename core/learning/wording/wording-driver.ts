import type { TurnId } from '../../domain/ids.ts';
import type { PolicySource } from '../../domain/policy.ts';
import type { TrainingRun } from '../../domain/training-run.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { CheckDraft } from '../../skills/evolver/check-operation.ts';
import { joined } from '../../skills/evolver/provenance.ts';
import { isSaidIn } from '../../skills/evolver/withhold.ts';
import type { DriverEnd, RunDriver } from '../run/run-driver.ts';
import { haltOf, type RunGate } from '../run/run-gate.ts';
import { beginSearch, evened, haveWordsChanged, shortageOf, withoutTurns, wordsOf } from './begin-search.ts';
import { isHeardByMany } from './even-turns.ts';
import { componentsOf } from './plan-newcomer.ts';
import { type PersonaDeps, type PresentPersona, presentPersona } from './present-persona.ts';
import { gatherRated, type RatedDeps, type RatedTurn, readRated } from './rated-turns.ts';
import { indexSaid, type SaidIndex } from './said-index.ts';
import { createSearchCalls, type SearchCallDeps } from './search-calls.ts';
import { decodeSearch, encodeSearch, type SearchState } from './search-state.ts';
import { type SearchLimits, type SearchWorld, searchStep } from './search-step.ts';
import { proofOf, type SkillEdit, seenProvenance, skillEdit } from './skill-edit.ts';
import { textRefusal } from './text-gate.ts';
import { personaKey, type WordingChange } from './words-at-hand.ts';

export interface WordingDriverDeps extends RatedDeps, PersonaDeps, Omit<SearchCallDeps, 'clock' | 'ids'> {
  readonly runs: Pick<RunStore, 'setProgress'>;
  readonly clock: RatedDeps['clock'] & SearchCallDeps['clock'];
  readonly ids: Pick<Ids, 'code' | 'digest'>;
  readonly logger: Logger;
  /** The gates of learned text; the limits of a skill's body included. */
  readonly check: CheckDraft;
  /**
   * Makes a draft of the fast loop of a new text: there it is approved, tried and taken back. The same key again makes no second one. What may
   * not become a draft comes to nothing there; it rejects as stores do.
   */
  readonly proposeSkillEdit: (edit: SkillEdit) => Promise<void>;
  /** Default: 400 calls, alpha 0.05, margin 1. */
  readonly limits?: Partial<SearchLimits>;
}

export const defaultLimits: SearchLimits = Object.freeze({ maxCalls: 400, alpha: 0.05, margin: 1 });

/** A model that failed is asked again after so long, and the run ends after so many failures in a row. */
const againMs = 10 * 60_000;
const mostFailures = 6;

/**
 * The slow loop without gradients: a reflective search over the words of the persona and of skills on rated turns (after GEPA,
 * arXiv:2507.19457). It keeps its state in the run's progress after each answer and each rewording, so that a crash costs one
 * of them and the rest goes on in the same order. Turns, hints and consent are read anew whenever it is driven: what may not be
 * used any more goes, with each text that was written with a look at it. Another persona, in which
 * the operator's lines stand as they are, becomes a candidate, other texts of skills drafts of the fast loop; each is tested
 * further on its own there. Needs no steps and leases no samples.
 */
export function createWordingDriver(deps: WordingDriverDeps): RunDriver {
  const limits: SearchLimits = { ...defaultLimits, ...deps.limits };

  /** Where the run's search stands, with the turns as they may be used now; or that it has come to an end. */
  async function resume(run: TrainingRun): Promise<Search | Extract<DriverEnd, { kind: 'nothing' }>> {
    const stored = run.progress === undefined ? undefined : decodeSearch(run.progress);
    if (run.progress !== undefined && stored === undefined) {
      deps.logger.warn('wording_progress_unreadable', { run: run.number });
    }
    const begun = stored ?? (await begin(run));
    if (typeof begun === 'string') return { kind: 'nothing', reason: begun };
    const chosen = [...begun.train, ...begun.select];
    const read = await readRated(chosen, run.scope, deps);
    const turns = withoutQuotes(begun, read);
    const gone = new Set(chosen.map(({ turnId }) => turnId).filter((turnId) => !turns.has(turnId)));
    const persona = presentPersona(run.scope, [...turns.values()], deps);
    const words = wordsOf(persona.text, turns.values(), deps.ids);
    if (stored !== undefined && haveWordsChanged(stored.words, words, gone.size > 0)) {
      return { kind: 'nothing', reason: 'changed' };
    }
    if (gone.size > 0 && !isHeardByMany([...turns.values()])) {
      return { kind: 'nothing', reason: 'too_few_people' };
    }
    return { state: { ...evened(withoutTurns(begun, gone), turns), words }, turns, persona };
  }

  async function begin(run: TrainingRun): Promise<SearchState | 'too_few_samples' | 'too_few_people'> {
    const { turns } = await gatherRated(run.scope, deps);
    return shortageOf(turns) ?? beginSearch(run, turns, limits.maxCalls, deps.ids);
  }

  function worldOf(
    run: TrainingRun,
    { state, turns, persona }: Search,
    gate: RunGate,
    signal: AbortSignal,
  ): SearchWorld {
    const train = state.train.flatMap(({ turnId }) => turns.get(turnId) ?? []);
    const said = saidOf([...turns.values()]);
    return {
      persona: persona.text,
      // A draft of a skill belongs to a space.
      components: componentsOf(persona, train, run.scope.kind === 'space'),
      turns,
      calls: createSearchCalls(deps, gate, signal),
      refusal: (component, text, shown) => {
        const ofModels = indexSaid({ requests: [], others: shown, people: [] });
        return textRefusal(component, text, [said, ofModels], deps.check);
      },
      ids: deps.ids,
      limits,
    };
  }

  async function search(run: TrainingRun, gate: RunGate, signal: AbortSignal): Promise<DriverEnd> {
    const resumed = await resume(run);
    if ('kind' in resumed) return resumed;
    const world = worldOf(run, resumed, gate, signal);
    const save = (next: SearchState): Promise<void> => deps.runs.setProgress(run.runId, encodeSearch(next));
    let { state } = resumed;
    await save(state);
    for (;;) {
      await gate.beforeStep();
      const step = await searchStep(state, world);
      switch (step.kind) {
        case 'too_few':
          return { kind: 'nothing', reason: 'too_few_samples' };
        case 'end':
          return step.winner === undefined
            ? { kind: 'nothing', reason: 'nothing_better' }
            : conclude(run, { ...resumed, state }, step.winner, world.components, save);
        case 'failed': {
          await save(step.state);
          const { error } = step;
          deps.logger.warn('wording_call_failed', { run: run.number, error });
          return step.state.failures >= mostFailures
            ? { kind: 'failed', reason: 'model_failed', error }
            : { kind: 'waiting', againMs: error.retryAfterMs ?? againMs };
        }
        case 'state':
          state = step.state;
          await save(state);
      }
    }
  }

  async function conclude(
    run: TrainingRun,
    { state, turns, persona: present }: Search,
    place: number,
    components: SearchWorld['components'],
    save: (next: SearchState) => Promise<void>,
  ): Promise<DriverEnd> {
    const winner = state.pool[place];
    const [before] = state.pool;
    if (winner === undefined || before === undefined) return { kind: 'nothing', reason: 'nothing_better' };
    const replay = proofOf(winner, before, state.select);
    const personaFrom = present.learnedFrom === undefined ? {} : { personaFrom: present.learnedFrom };
    let { filed } = state;
    for (const change of winner.changes) {
      const component = components.find(({ key }) => key === change.component);
      if (component?.kind !== 'skill' || filed.includes(component.key)) continue;
      const key = deps.ids.digest(JSON.stringify(['wording', run.runId, component.key, change.text]));
      const { runId, scope } = run;
      await deps.proposeSkillEdit(
        skillEdit({ key, runId, scope, skill: component.skill, change, turns, replay, ...personaFrom }),
      );
      filed = [...filed, component.key];
      await save({ ...state, filed });
    }
    const persona = winner.changes.find(({ component }) => component === personaKey);
    deps.logger.info('wording_found', { run: run.number, calls: state.calls, texts: winner.changes.length });
    return persona === undefined
      ? { kind: 'nothing', reason: 'skills_proposed' }
      : { kind: 'candidate', source: sourceOf(persona, { turns, persona: present }) };
  }

  function sourceOf(
    { text, from }: WordingChange,
    { turns, persona }: Pick<Search, 'turns' | 'persona'>,
  ): PolicySource {
    const seen = from.flatMap((turnId) => turns.get(turnId) ?? []);
    const learnedFrom = joined([seenProvenance(seen), persona.learnedFrom]);
    return {
      kind: 'wording',
      persona: text,
      personaFrom: { madeFrom: deps.ids.digest(persona.configured), learnedFrom },
    };
  }

  return {
    async drive(run, gate, signal) {
      if (gate.halted.aborted || signal.aborted) return { kind: 'paused' };
      try {
        return await search(run, gate, signal);
      } catch (thrown) {
        const halt = haltOf(thrown);
        if (halt === 'paused') return { kind: 'paused' };
        if (halt === 'budget_spent') return { kind: 'nothing', reason: 'budget_spent' };
        throw thrown;
      }
    },
    // Nothing runs elsewhere.
    abandon: async () => undefined,
  };
}

interface Search {
  readonly state: SearchState;
  readonly turns: ReadonlyMap<TurnId, RatedTurn>;
  readonly persona: PresentPersona;
}

/** What people wrote and were told; of the turns to prove on too. */
function saidOf(turns: readonly RatedTurn[]): SaidIndex {
  return indexSaid({
    requests: turns.map(({ turn }) => turn.requestText),
    others: turns.flatMap(({ turn, hints }) => [turn.replyText, ...hints.map(({ text }) => text)]),
    people: turns.map(({ turn }) => turn.askerName),
  });
}

/** What is said of a turn to learn from in words of a request to prove on is not shown: what a person wrote next may be one. */
function withoutQuotes(
  { train, select }: SearchState,
  turns: ReadonlyMap<TurnId, RatedTurn>,
): ReadonlyMap<TurnId, RatedTurn> {
  const proofs = select.flatMap(({ turnId }) => turns.get(turnId)?.turn.requestText ?? []);
  const isTrain = new Set(train.map(({ turnId }) => turnId));
  return new Map(
    [...turns].map(([turnId, rated]) => {
      if (!isTrain.has(turnId)) return [turnId, rated] as const;
      const hints = rated.hints.filter(({ text }) => !proofs.some((request) => isSaidIn(request, text)));
      return [turnId, { ...rated, hints }] as const;
    }),
  );
}
