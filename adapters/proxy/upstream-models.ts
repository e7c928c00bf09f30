import { AppError } from '../../core/domain/app-error.ts';
import type { Dialect } from '../../core/domain/dialect.ts';
import type { UpstreamPort, UpstreamRequest } from '../../core/ports/upstream.ts';
import { isForAnthropic, type ListedModel, type ModelAsk, type ModelSource } from './endpoints/model-list.ts';
import type { JsonCall } from './json-endpoint.ts';
import { keyHeaderNames, presentedKeys } from './presented-key.ts';

/** An upstream whose models are listed. */
export interface ListedUpstream {
  readonly name: string;
  readonly dialects: readonly Dialect[];
  /** `https://api.openai.com` */
  readonly origin: string;
  /** On this machine. */
  readonly isLoopback: boolean;
  readonly hasOwnKey: boolean;
  /** It asks for no key, and is shown nobody's. */
  readonly isKeyless: boolean;
  /** Asks this one alone. */
  readonly upstream: Pick<UpstreamPort, 'forward'>;
  /** Whether callers may ask it for this model. */
  readonly serves: (dialect: Dialect, model: string) => boolean;
}

/** A list is not larger. */
const mostBytes = 8 * 1024 * 1024;
const sentHeaders = ['x-metaclaw-key', ...keyHeaderNames];
/** Where the dialect's server tells twenty of its models unless it is asked for more (Anthropic API reference, "List models"). */
const paths: Readonly<Record<Dialect, string>> = {
  'openai-chat': '/models',
  'openai-responses': '/models',
  anthropic: '/models?limit=1000',
};

type Call = Pick<JsonCall, 'header' | 'keyMode'>;
type CallerKey = UpstreamRequest['callerKey'];

/** Which dialects the caller's client speaks. */
function isSpoken(call: Call): (dialect: Dialect) => boolean {
  return (dialect) => (dialect === 'anthropic') === isForAnthropic(call);
}

/** Which servers a caller's key is for, as it shows it: clients of Anthropic's send their version, or their key in a header of their own. */
function isFor(callerKey: CallerKey, call: Call): (dialect: Dialect) => boolean {
  const isAnthropic = isForAnthropic(call) || callerKey['x-api-key'] !== undefined;
  return (dialect) => (dialect === 'anthropic') === isAnthropic;
}

const showsOwnKey = ({ keyMode }: Call, { hasOwnKey }: ListedUpstream): boolean =>
  hasOwnKey && keyMode !== 'caller';

/**
 * The models that upstreams list at `GET /models`, of those that the caller's client speaks to, and as far as callers may ask for
 * them. A caller's key belongs to one provider: it is shown to the first that speaks as the key is shown and has none of its own,
 * and to others at that address. One that no key is left for is not asked, unless it is on this machine: nothing is sent anywhere
 * that nobody set up.
 */
export function upstreamModels(upstreams: readonly ListedUpstream[]): readonly ModelSource[] {
  /** Where a caller's key goes. */
  function originFor(call: Call, callerKey: CallerKey): string | undefined {
    if (call.keyMode === 'own' || Object.keys(callerKey).length === 0) return undefined;
    const speaks = isFor(callerKey, call);
    return upstreams.find((one) => !one.isKeyless && !showsOwnKey(call, one) && one.dialects.some(speaks))
      ?.origin;
  }

  function askFor(one: ListedUpstream, call: Call): ModelAsk | undefined {
    const spoken = one.dialects.find(isSpoken(call));
    if (spoken === undefined) return undefined;
    if (one.isKeyless || showsOwnKey(call, one)) return asking(one, spoken, 'own', {});
    const { callerKey } = presentedKeys(
      Object.fromEntries(sentHeaders.map((key) => [key, call.header(key)])),
    );
    const dialect = one.dialects.find(isFor(callerKey, call));
    if (dialect !== undefined && originFor(call, callerKey) === one.origin) {
      return asking(one, dialect, 'caller', callerKey);
    }
    return one.isLoopback && !one.hasOwnKey ? asking(one, spoken, 'caller', {}) : undefined;
  }

  return upstreams.map((one) => ({ name: one.name, askFor: (call) => askFor(one, call) }));
}

function asking(
  { upstream, serves }: ListedUpstream,
  dialect: Dialect,
  key: 'own' | 'caller',
  callerKey: CallerKey,
): ModelAsk {
  const headers = dialect === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {};
  return {
    account: JSON.stringify([dialect, key, callerKey]),
    async list() {
      const body = await bodyOf((sink) =>
        upstream.forward({ dialect, method: 'GET', path: paths[dialect], headers, callerKey, key }, sink),
      );
      return modelsIn(body).filter(({ id }) => serves(dialect, id));
    },
  };
}

type Sink = Parameters<UpstreamPort['forward']>[1];

/** The body of an answer that went well. Rejects with an `AppError`. */
function bodyOf(ask: (sink: Sink) => ReturnType<UpstreamPort['forward']>): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let status = 0;
    const flow = ask({
      head(head) {
        status = head.status;
      },
      data(chunk) {
        bytes += chunk.byteLength;
        if (bytes <= mostBytes) chunks.push(chunk);
        else flow.abort();
        return true;
      },
      end() {
        if (status === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new AppError('peer_failed', 'Its list of models was refused.', { details: { status } }));
      },
      failed: reject,
    });
  });
}

function isListed(entry: unknown): entry is ListedModel {
  return typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string';
}

function modelsIn(body: string): readonly ListedModel[] {
  const list = parsed(body);
  const data = typeof list === 'object' && list !== null && 'data' in list ? list.data : undefined;
  if (!Array.isArray(data)) throw new AppError('bad_reply', 'Its list of models is none.');
  return data.filter(isListed);
}

/** The parser's own message would quote what came. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
