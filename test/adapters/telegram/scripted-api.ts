import type { TelegramApi } from '../../../adapters/telegram/telegram-api.ts';

export interface ApiCall {
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ScriptedApi extends TelegramApi {
  readonly calls: readonly ApiCall[];
  of(method: string): readonly ApiCall['payload'][];
  /** Resolves when that many calls of the method were made. */
  called(method: string, times: number): Promise<void>;
}

/** As telegraf throws it. */
export function refusal(error_code: number, description: string, parameters?: object): Error {
  return Object.assign(new Error(`${error_code}: ${description}`), {
    response: { error_code, description, ...(parameters === undefined ? {} : { parameters }) },
  });
}

/** Never answers, but lets itself be aborted. */
export function never(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void =>
      reject(Object.assign(new Error('The user aborted a request.'), { name: 'AbortError' }));
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort);
  });
}

/** Answers every call with what `answer` gives or throws. */
export function createScriptedApi(
  answer: (call: ApiCall, signal: AbortSignal | undefined) => unknown,
): ScriptedApi {
  const calls: ApiCall[] = [];
  const watchers = new Set<() => void>();
  const of = (method: string) => calls.filter((call) => call.method === method).map((call) => call.payload);
  return {
    calls,
    of,
    async callApi(method, payload, options) {
      const call = { method, payload: { ...payload } };
      calls.push(call);
      for (const watcher of [...watchers]) watcher();
      return await answer(call, options?.signal);
    },
    called: (method, times) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (of(method).length < times) return;
          clearTimeout(deadline);
          watchers.delete(look);
          resolve();
        };
        const deadline = setTimeout(() => {
          reject(new Error(`waited for ${times} calls of ${method}, got ${of(method).length}`));
        }, 5_000);
        watchers.add(look);
        look();
      }),
  };
}
