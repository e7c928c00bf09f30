import type { PrivacyRecipient } from '../core/commands/context.ts';
import { createJudgeWorker, type JudgeWorker, type JudgeWorkerDeps } from '../core/feedback/judge-worker.ts';
import type { Ids } from '../core/ports/ids.ts';
import { type ModelChoice, placeOf } from './choose-model.ts';
import { type HelperServer, helperServer, openHelperModel } from './helper-server.ts';
import type { Settings } from './schema.ts';
import type { Secrets } from './secrets.ts';

type JudgeSettings = Settings['judge'];

/** What rates answers, and who receives them for it. */
export interface ComposedJudge {
  readonly worker: JudgeWorker;
  readonly recipient: PrivacyRecipient;
}

export interface ComposeJudgeDeps
  extends Pick<
    JudgeWorkerDeps,
    'queue' | 'turns' | 'ledger' | 'clock' | 'ids' | 'logger' | 'quietTimes' | 'mayUse'
  > {
  readonly ids: Ids;
  readonly fetch: typeof globalThis.fetch;
}

/** A sentence for `status` where a judge is set and nobody is there to ask; answers do not wait for it. */
export const judgeWithoutServer =
  'judge.model is set, but no model server was found at the start, so no answer is judged. Set judge.baseUrl to the address of one, or start the model’s server and then the bot again.';

/** Where the judge is, as `helperServer` tells; `judgeWithoutServer` says so where it is nowhere. */
export function judgeServer(
  settings: JudgeSettings,
  { JUDGE_API_KEY }: Secrets,
  choice: ModelChoice,
): HelperServer | undefined {
  return helperServer(settings, JUDGE_API_KEY, 'JUDGE_API_KEY', choice);
}

/** The judge over its own connection; it neither retries nor falls back, as its votes do that. */
export async function composeJudge(
  settings: JudgeSettings,
  server: HelperServer | undefined,
  deps: ComposeJudgeDeps,
): Promise<ComposedJudge | undefined> {
  if (server === undefined) return undefined;
  const { votes, timeoutMs, dailyCalls, concurrency } = settings;
  const model = await openHelperModel('judge', settings, server, deps);
  return {
    worker: createJudgeWorker({
      ...deps,
      model,
      modelName: server.model,
      votes,
      timeoutMs,
      dailyCalls,
      concurrency,
    }),
    recipient: {
      what: 'the judge, a model that rates answers,',
      receives: 'your message, my answer to it, how its tools ended, and your next message',
      ...placeOf(server),
    },
  };
}
