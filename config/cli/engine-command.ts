import { toAppError } from '../../core/domain/app-error.ts';
import type { EngineFinding } from '../../core/learning/engine-check/engine-finding.ts';
import { examineEngine } from '../../core/learning/engine-check/examine-engine.ts';
import { openEngine } from '../compose-engine.ts';
import { watchProcess } from '../process-watch.ts';
import { type CommandIo, complain, say, sayJson } from './command-io.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { settingsForCommand } from './settings-for-command.ts';
import { createSystemParts } from './system-parts.ts';

export interface EngineCheckOptions {
  readonly json: boolean;
  /** Steps towards the toy reward. */
  readonly steps: number;
  readonly learningRate: number;
  /** Answers to each of four prompts in one step. */
  readonly group: number;
  /** The name under which the engine keeps what was trained. */
  readonly keep?: string;
  /** Ends the check; absent: Ctrl-C does. */
  readonly signal?: AbortSignal;
}

const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM', skipped: 'skipped' } as const;
/** Somebody sits before it: an engine that is not there is said soon. */
const RETRY_WINDOW_MS = 5_000;
const REQUEST_MS = 30_000;

function verdictOn(findings: readonly EngineFinding[]): string {
  const problems = findings.filter(({ state }) => state === 'problem').length;
  if (problems > 0) return `${problems} to mend before anything is trained on this engine.`;
  switch (findings.find(({ check }) => check === 'learning')?.state) {
    case 'ok':
      return 'This engine can be trained on.';
    case undefined:
      return 'This engine can be trained on by preference only, not by ratios.';
    default:
      return 'Whether learning on this engine is right could not be told: see learning.';
  }
}

/** Nothing is wrong, and learning was seen where it could be. */
function isTrusted(findings: readonly EngineFinding[]): boolean {
  const learning = findings.find(({ check }) => check === 'learning');
  return (
    findings.every(({ state }) => state !== 'problem') && (learning === undefined || learning.state === 'ok')
  );
}

/** `metaclaw engine check`: what an operator runs before trusting an engine. It makes an adapter there and takes it away again. */
export async function runEngineCheck(io: CommandIo, options: EngineCheckOptions): Promise<number> {
  const { json } = options;
  const loaded = settingsForCommand(io, json);
  if (loaded === undefined) return exitCodes.problem;
  const parts = createSystemParts(io, loaded, { level: 'silent' });
  const { settings, secrets } = loaded;
  const stopping = new AbortController();
  const stop = (): void => {
    if (!json) say(io, 'Stopping, and taking the adapter away. Ctrl-C once more leaves it there.');
    stopping.abort();
  };
  const watch = watchProcess({ logger: parts.logger, reload: () => {}, abandon: () => {} });
  if (options.signal === undefined) void watch.stopAsked.then(stop);
  options.signal?.addEventListener('abort', stop, { once: true });
  const findings: EngineFinding[] = [];
  try {
    const { trainer, tokenizer } = await openEngine(settings, secrets, {
      ...parts,
      ...loaded,
      fetch: io.fetch,
      timings: { retryWindowMs: RETRY_WINDOW_MS, requestMs: REQUEST_MS },
    });
    try {
      const probe = {
        trainer,
        ...(tokenizer === undefined ? {} : { tokenizer }),
        baseModel: settings.engine.baseModel,
        rank: settings.engine.rank,
        steps: options.steps,
        learningRate: options.learningRate,
        groupSize: options.group,
        ...(options.keep === undefined ? {} : { keepAs: options.keep }),
        nameOf: (what: string) => `check-${what}-${parts.ids.code(8)}`,
        onStep(step: number, meanReward: number) {
          if (!json) say(io, `         step ${step} of ${options.steps}: reward ${meanReward.toFixed(2)}`);
        },
      };
      for await (const finding of examineEngine(probe, stopping.signal)) {
        findings.push(finding);
        if (!json) say(io, `${marks[finding.state]}  ${finding.check}: ${finding.message}`);
      }
    } finally {
      await trainer.close();
    }
    const verdict = verdictOn(findings);
    const ok = isTrusted(findings);
    if (json) sayJson(io, { ok, verdict, engine: trainer.description, facts: trainer.facts, findings });
    else say(io, verdict);
    return ok ? exitCodes.ok : exitCodes.problem;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (json) sayJson(io, { ok: false, code: error.code, message: error.message, findings });
    else complain(io, error.code === 'aborted' ? 'Stopped.' : error.message);
    return exitCodeOf(error);
  } finally {
    options.signal?.removeEventListener('abort', stop);
    watch.end();
  }
}
