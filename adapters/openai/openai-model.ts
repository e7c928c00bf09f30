import { AppError } from '../../core/domain/app-error.ts';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import { addressOf } from './address.ts';
import { createAnswerAssembly } from './answer-assembly.ts';
import { chatRequest } from './chat-request.ts';
import { createChatClient } from './client.ts';
import { currentDialect, olderDialect } from './dialect.ts';
import { toModelError } from './errors.ts';
import { defaultModelTimeouts, defaultSettingNames, type OpenAiModelOptions } from './options.ts';
import { abortedError, createRequestGuard, type RequestGuard } from './request-guard.ts';
import { parseChunk, parsePeerError } from './wire.ts';

/** After the last chunk of the answer servers send the usage, and some forget to close. */
const usageGraceMs = 2_000;

/**
 * A model behind an OpenAI-compatible chat completions API. Makes exactly one request per stream, and one more
 * for each optional field that the server refuses. Connection failures, 429 and 5xx are `retryable`; retrying
 * is `createModelChain`'s business. Throws `config_invalid` at once on an unusable `baseUrl`.
 */
export function createOpenAiModel(options: OpenAiModelOptions): ModelPort {
  const { model, clock, ids, logger } = options;
  const apiKey = options.apiKey === '' ? undefined : options.apiKey;
  const names = options.settingNames ?? defaultSettingNames;
  const url = addressOf(options.baseUrl ?? 'https://api.openai.com/v1', names.baseUrl);
  const host = url.host;
  const timeouts = { ...defaultModelTimeouts, ...options.timeouts };
  const client = createChatClient({
    baseUrl: url.href.replace(/\/+$/, ''),
    apiKey,
    fetch: options.fetch,
    host,
    baseUrlName: names.baseUrl,
  });
  let dialect = currentDialect;

  async function open(request: ModelRequest, guard: RequestGuard): Promise<AsyncIterator<unknown>> {
    let tried = dialect;
    for (;;) {
      try {
        const chunks = await client.open({
          params: chatRequest(model, request, tried),
          signal: guard.signal,
          onBytes: guard.alive,
        });
        // Learnt only when it helped: a complaint may name a field that is not at fault.
        if (tried !== dialect) logger.info('model_dialect_learnt', { model, ...tried });
        dialect = tried;
        return chunks;
      } catch (thrown) {
        const error = parsePeerError(thrown);
        const older = error && olderDialect(tried, error, request);
        if (older === undefined) throw thrown;
        tried = older;
      }
    }
  }

  async function* answer(request: ModelRequest, guard: RequestGuard): AsyncGenerator<ModelEvent> {
    const chunks = await guard.wait(open(request, guard));
    const assembly = createAnswerAssembly(host, () => ids.next('call'));
    let started = false;
    for (;;) {
      const next = await nextChunk(chunks, guard, assembly.isFinished());
      if (next === undefined) break;
      const chunk = parseChunk(next);
      if (chunk === undefined) throw new SyntaxError('The chunk has neither choices nor usage.');
      if (!started) yield { type: 'started', model };
      started = true;
      const text = assembly.add(chunk);
      if (text !== '') yield { type: 'text', text };
      if (assembly.isFinished()) guard.hurry(usageGraceMs);
    }
    yield* assembly.end();
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    if (signal.aborted) {
      yield { type: 'failed', error: abortedError() };
      return;
    }
    const guard = createRequestGuard(clock, signal, timeouts, host);
    try {
      yield* answer(request, guard);
    } catch (thrown) {
      const secrets = apiKey === undefined ? [] : [apiKey];
      const said = request.messages.flatMap(({ role, text }) => (role === 'system' ? [] : [text]));
      const context = { model, host, hasKey: apiKey !== undefined, names, secrets, said, nowMs: clock.now() };
      yield { type: 'failed', error: toModelError(thrown, context) };
    } finally {
      guard.close();
    }
  }

  return { description: `${model} at ${host}`, stream };
}

/** Undefined at the end. When the answer is whole already, nothing that happens to its connection matters any more. */
async function nextChunk(
  chunks: AsyncIterator<unknown>,
  guard: RequestGuard,
  isFinished: boolean,
): Promise<unknown> {
  try {
    const next = await guard.wait(chunks.next());
    return next.done === true ? undefined : next.value;
  } catch (thrown) {
    const aborted = thrown instanceof AppError && thrown.code === 'aborted';
    if (isFinished && !aborted) return undefined;
    throw thrown;
  }
}
