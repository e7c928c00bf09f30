import type { OpenAI } from 'openai';
import { AppError } from '../../core/domain/app-error.ts';

export interface ChatClientOptions {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly host: string;
  /** Where the address is set, for errors. */
  readonly baseUrlName: string;
}

export interface ChatCall {
  readonly params: OpenAI.ChatCompletionCreateParamsStreaming;
  /** Ends the request and closes the connection. */
  readonly signal: AbortSignal;
  /** Called with each piece of the body. */
  readonly onBytes: () => void;
}

export interface EmbeddingCall extends Omit<ChatCall, 'params'> {
  /** With its `encoding_format`: the SDK chooses one where there is none. */
  readonly params: OpenAI.EmbeddingCreateParams & { readonly encoding_format: 'float' | 'base64' };
}

/** The slice of the SDK that we use. Its methods reject and throw whatever the SDK or the connection throws. */
export interface ChatClient {
  /** The chunks as the server sent them. */
  open(call: ChatCall): Promise<AsyncIterator<unknown>>;
  /** The whole answer as the server sent it: vectors are not decoded. */
  embed(call: EmbeddingCall): Promise<unknown>;
}

/** An answer this long is no answer. */
const maxBodyBytes = 32 * 1024 * 1024;
const maxErrorChars = 64 * 1024;
/** The longest timer that Node has: our own guards end requests, not the SDK's. */
const never = 2_147_483_647;

/**
 * The only importer of the `openai` package, which is loaded with the first request: it costs a fifth of a second.
 * Every setting is given so that the SDK takes none from the environment (but for `OPENAI_CUSTOM_HEADERS`, which it
 * always adds); it neither retries nor logs.
 */
export function createChatClient(options: ChatClientOptions): ChatClient {
  let loading: Promise<Loaded> | undefined;

  async function load(): Promise<Loaded> {
    const [sdk, streaming] = await Promise.all([import('openai'), import('openai/streaming')]);
    const client = new sdk.OpenAI({
      apiKey: options.apiKey ?? 'none',
      baseURL: options.baseUrl,
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: never,
      logLevel: 'off',
      fetch: shortErrors(options.fetch),
      ...(options.apiKey === undefined && { defaultHeaders: { Authorization: null } }),
    });
    return { client, Stream: streaming.Stream };
  }

  function loaded(): Promise<Loaded> {
    loading ??= load();
    return loading;
  }

  /** The same answer with its bytes counted. A page for people is none. */
  function watchedAnswer(response: Response, onBytes: () => void, wanted: string): Response {
    const type = response.headers.get('content-type') ?? '';
    if (response.body === null || type.includes('text/html')) throw noAnswer(options, wanted);
    const body = response.body.pipeThrough(watched(onBytes, options.host));
    return new Response(body, { headers: response.headers });
  }

  return {
    async open({ params, signal, onBytes }) {
      const { client, Stream } = await loaded();
      const response = await client.chat.completions.create(params, { signal }).asResponse();
      const answer = watchedAnswer(response, onBytes, 'a chat answer');
      const type = answer.headers.get('content-type') ?? '';
      if (type.includes('application/json')) return onlyChunk(await answer.json());
      return Stream.fromSSEResponse<unknown>(answer, new AbortController(), client)[Symbol.asyncIterator]();
    },
    async embed({ params, signal, onBytes }) {
      const { client } = await loaded();
      const response = await client.embeddings.create(params, { signal }).asResponse();
      return watchedAnswer(response, onBytes, 'vectors').json();
    },
  };
}

interface Loaded {
  readonly client: OpenAI;
  readonly Stream: typeof import('openai/streaming').Stream;
}

function noAnswer({ host, baseUrlName }: ChatClientOptions, wanted: string): AppError {
  return new AppError(
    'bad_reply',
    `${host} answered with something other than ${wanted}. Check ${baseUrlName}; it usually ends in /v1.`,
  );
}

/** A server that does not stream sends the whole answer as one. */
async function* onlyChunk(answer: unknown): AsyncGenerator<unknown> {
  yield answer;
}

function watched(
  onBytes: () => void,
  host: string,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  return new TransformStream({
    transform(piece, controller) {
      bytes += piece.byteLength;
      if (bytes > maxBodyBytes) {
        controller.error(
          new AppError('bad_reply', `The answer of ${host} has no end. Choose another model.`),
        );
        return;
      }
      onBytes();
      controller.enqueue(piece);
    },
  });
}

/** The SDK reads an error's body to its end, which may be far or never. */
function shortErrors(inner: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await inner(input, init);
    if (response.ok) return response;
    const headers = new Headers(response.headers);
    headers.delete('content-length');
    headers.delete('content-encoding');
    const { status, statusText } = response;
    return new Response(await firstChars(response, maxErrorChars), { status, statusText, headers });
  };
}

async function firstChars(response: Response, maxChars: number): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length >= maxChars) break;
  }
  return text.slice(0, maxChars);
}
