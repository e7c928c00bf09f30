import { defaultModelTimeouts } from '../adapters/openai/options.ts';
import type { PrivacyRecipient } from '../core/commands/context.ts';
import { createJudgeWorker, type JudgeWorker, type JudgeWorkerDeps } from '../core/feedback/judge-worker.ts';
import type { Bot } from '../core/intake/bot.ts';
import type { Ids } from '../core/ports/ids.ts';
import { type ModelChoice, type ModelServer, placeOf } from './choose-model.ts';
import type { Settings } from './schema.ts';
import type { SecretName, Secrets } from './secrets.ts';

type JudgeSettings = Settings['judge'];

/** A server, and which secret its key is. */
export interface JudgeServer extends ModelServer {
  readonly keyName: SecretName;
}

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

/**
 * Where the judge is; `undefined` where none is set, or where there is no server to ask (`judgeWithoutServer`). The key of
 * the model that answers goes to that model's server only.
 */
export function judgeServer(
  { model, baseUrl }: JudgeSettings,
  { JUDGE_API_KEY: ownKey }: Secrets,
  { server }: ModelChoice,
): JudgeServer | undefined {
  if (model === '') return undefined;
  const own = {
    model,
    keyName: 'JUDGE_API_KEY',
    ...(ownKey === undefined ? {} : { apiKey: ownKey }),
  } as const;
  if (baseUrl !== '') return { ...own, baseUrl };
  if (server === undefined) return undefined;
  return ownKey === undefined ? { ...server, model, keyName: 'OPENAI_API_KEY' } : { ...server, ...own };
}

/** The judge over its own connection; it neither retries nor falls back, as its votes do that. */
export async function composeJudge(
  settings: JudgeSettings,
  server: JudgeServer | undefined,
  deps: ComposeJudgeDeps,
): Promise<ComposedJudge | undefined> {
  if (server === undefined) return undefined;
  const { createOpenAiModel } = await import('../adapters/openai/openai-model.ts');
  const { votes, timeoutMs, dailyCalls, concurrency } = settings;
  const { keyName, ...place } = server;
  const model = createOpenAiModel({
    ...deps,
    ...place,
    timeouts: { ...defaultModelTimeouts, firstEventMs: timeoutMs, idleMs: timeoutMs, overallMs: timeoutMs },
    settingNames: {
      baseUrl: settings.baseUrl === '' ? 'OPENAI_BASE_URL' : 'judge.baseUrl',
      apiKey: keyName,
      model: 'judge.model',
    },
  });
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

/** The judge works while the bot does; it is the first to stop, as nobody waits for it. */
export function withJudge(bot: Bot, worker: JudgeWorker): Bot {
  return {
    ...bot,
    start() {
      bot.start();
      worker.start();
    },
    async stop(deadlineMs) {
      await worker.stop();
      await bot.stop(deadlineMs);
    },
  };
}
