import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { archiveAddress } from './archive-address.ts';
import { ask } from './ask.ts';
import { eitherSignal } from './either-signal.ts';
import { replyError } from './errors.ts';
import type { Http } from './http.ts';
import { type HttpCall, type HttpReply, jsonOf, textOf } from './http.ts';
import { badReply, isObject, type JsonObject } from './json-codec.ts';
import type { EngineProfile } from './profiles.ts';
import type { Transport } from './transport.ts';

export interface CheckpointRow {
  readonly path: string;
  readonly kind: 'state' | 'sampler';
  readonly createdAt?: number;
  readonly sizeBytes?: number;
  readonly isPublic?: boolean;
  readonly expiresAt?: number;
}

export interface WeightsInfo {
  readonly baseModel: string;
  readonly isLora: boolean;
  readonly rank: number | undefined;
}

export interface RunsPage {
  readonly runs: readonly JsonObject[];
  readonly total: number | undefined;
}

/** Saved weights and the runs that made them. Everything but the archive is answered at once. */
export interface CheckpointDesk {
  info(path: string, signal: AbortSignal): Promise<WeightsInfo>;
  runs(page: { readonly limit?: number; readonly offset?: number }, signal: AbortSignal): Promise<RunsPage>;
  ofRun(runId: string, signal: AbortSignal): Promise<readonly CheckpointRow[]>;
  all(
    page: { readonly limit?: number; readonly offset?: number },
    signal: AbortSignal,
  ): Promise<readonly CheckpointRow[]>;
  /** One that is not there is no error. */
  delete(path: string, signal: AbortSignal): Promise<void>;
  publish(path: string, isPublic: boolean, signal: AbortSignal): Promise<void>;
  /** `null` keeps it for ever. */
  setTtl(path: string, ttlSeconds: number | null, signal: AbortSignal): Promise<void>;
  /** Its adapter as an archive (tar), of PEFT's files. Waits while the engine packs it. */
  archive(path: string, signal: AbortSignal): Promise<Uint8Array>;
}

const archiveDelayMs = 30_000;
const archiveAttempts = 6;
const archiveTimeoutMs = 600_000;

/** `tinker://<run>/<kind>/<name>`; engines may leave the kind of sampler weights out. */
export function partsOfPath(path: string): {
  readonly runId: string;
  readonly kind: string;
  readonly name: string;
} {
  const [, runId, ...rest] = /^tinker:\/\/([^/]+)\/(?:(.+)\/)?([^/]+)$/.exec(path) ?? [];
  const [kind = 'sampler_weights', name] = rest;
  if (runId === undefined || name === undefined) {
    throw new AppError(
      'invalid_input',
      `“${path}” is no path of a checkpoint; it looks like tinker://<run>/weights/<name>.`,
    );
  }
  return { runId, kind, name };
}

/** Engines write the time of day in UTC, some without saying so. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(value) ? value : `${value}Z`);
  return Number.isFinite(at) ? at : undefined;
}

function rowOf(value: unknown): readonly CheckpointRow[] {
  if (!isObject(value)) return [];
  const { tinker_path: path, checkpoint_type: kind, size_bytes: size, public: isPublic } = value;
  if (typeof path !== 'string') return [];
  const [createdAt, expiresAt] = [timeOf(value['time']), timeOf(value['expires_at'])];
  return [
    {
      path,
      kind: kind === 'sampler' ? 'sampler' : 'state',
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(typeof size === 'number' ? { sizeBytes: size } : {}),
      ...(typeof isPublic === 'boolean' ? { isPublic } : {}),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
  ];
}

export interface CheckpointDeskOptions {
  readonly profile: EngineProfile;
  readonly transport: Transport;
  readonly http: Http;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The engine's, without a slash at its end; what archives that lie at a relative address are relative to. */
  readonly baseUrl: string;
  /** Fires when the client is closed. */
  readonly closing: AbortSignal;
  /** What must be known of the engine before the first call. */
  begin(signal: AbortSignal): Promise<unknown>;
}

export function createCheckpointDesk(options: CheckpointDeskOptions): CheckpointDesk {
  const { profile, transport, http, clock, timeoutMs, closing } = options;

  async function put(call: Omit<HttpCall, 'timeoutMs'>, signal: AbortSignal): Promise<HttpReply> {
    const either = eitherSignal(signal, closing);
    try {
      await options.begin(either.signal);
      return await ask(profile, transport, { ...call, timeoutMs }, either.signal);
    } finally {
      either.release();
    }
  }

  const ofRun = (runId: string): string => `training_runs/${encodeURIComponent(runId)}/checkpoints`;

  function addressOf(path: string): string {
    const { runId, kind, name } = partsOfPath(path);
    return `${ofRun(runId)}/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
  }

  async function rows(path: string, signal: AbortSignal): Promise<readonly CheckpointRow[]> {
    const body = jsonOf(await put({ method: 'GET', path, what: 'checkpoints' }, signal));
    const list = isObject(body) ? body['checkpoints'] : undefined;
    if (!Array.isArray(list)) throw badReply('there is no list of checkpoints');
    return list.flatMap(rowOf);
  }

  /** Whether the engine has it, for those that fail over what they do not have. */
  async function isListed(path: string, signal: AbortSignal): Promise<boolean> {
    const { runId, kind, name } = partsOfPath(path);
    const wanted = kind === 'weights' ? 'state' : 'sampler';
    try {
      const list = await rows(ofRun(runId), signal);
      return list.some((row) => row.kind === wanted && partsOfPath(row.path).name === name);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'not_found') return false;
      throw error;
    }
  }

  function archivePath(path: string): string {
    if (profile.archiveNamesKind) return `${addressOf(path)}/archive`;
    const { runId, name } = partsOfPath(path);
    return `${ofRun(runId)}/${encodeURIComponent(name)}/archive`;
  }

  /** The archive, or the address where it lies once it is packed. */
  async function packed(path: string, signal: AbortSignal): Promise<string | Uint8Array> {
    const what = 'archive';
    const own = archivePath(path);
    const asked = `${options.baseUrl}/api/v1/${own}`;
    const of = { asked, host: http.host };
    for (let attempt = 0; ; attempt += 1) {
      const call = { method: 'GET', path: own, what, timeoutMs } as const;
      const reply = await transport.once(call, signal);
      const isPacking = reply.status === 503 || reply.status === 425;
      if (isPacking && attempt + 1 < archiveAttempts) {
        await clock.sleep(archiveDelayMs, signal);
        continue;
      }
      if (reply.status >= 400) throw replyError({ ...reply, text: textOf(reply) }, transport.contextOf(what));
      const location = reply.headers.get('location');
      if (reply.status >= 300 && location !== null) return archiveAddress(location, of);
      if (!(reply.headers.get('content-type') ?? '').includes('json')) return reply.body;
      const body = jsonOf(reply);
      if (!isObject(body) || typeof body['url'] !== 'string') throw badReply('the archive has no address');
      return archiveAddress(body['url'], of);
    }
  }

  async function download(address: string, signal: AbortSignal): Promise<Uint8Array> {
    const what = 'archive';
    // Another server's address as a rule: it must not see our key.
    const call = { method: 'GET', path: address, what, timeoutMs: archiveTimeoutMs } as const;
    const reply = await http.send({ ...call, headers: { accept: '*/*' } }, signal);
    if (reply.status >= 300) throw replyError({ ...reply, text: textOf(reply) }, transport.contextOf(what));
    return reply.body;
  }

  return {
    async info(path, signal) {
      const what = 'weights_info';
      const body = jsonOf(
        await put({ method: 'POST', path: what, what, json: { tinker_path: path } }, signal),
      );
      if (!isObject(body) || typeof body['base_model'] !== 'string')
        throw badReply('the weights have no base model');
      const { base_model: baseModel, is_lora: isLora, lora_rank: rank } = body;
      return {
        baseModel,
        isLora: isLora !== false,
        rank: typeof rank === 'number' ? rank : undefined,
      };
    },
    async runs({ limit = 20, offset = 0 }, signal) {
      const path = `training_runs?limit=${limit}&offset=${offset}`;
      const body = jsonOf(await put({ method: 'GET', path, what: 'training_runs' }, signal));
      const list = isObject(body) ? body['training_runs'] : undefined;
      if (!isObject(body) || !Array.isArray(list)) throw badReply('there is no list of runs');
      const cursor = body['cursor'];
      const total = isObject(cursor) ? cursor['total_count'] : undefined;
      return { runs: list.filter(isObject), total: typeof total === 'number' ? total : undefined };
    },
    ofRun: (runId, signal) => rows(ofRun(runId), signal),
    all: ({ limit = 100, offset = 0 }, signal) => rows(`checkpoints?limit=${limit}&offset=${offset}`, signal),
    async delete(path, signal) {
      try {
        await put({ method: 'DELETE', path: addressOf(path), what: 'delete checkpoint' }, signal);
      } catch (thrown) {
        const error = toAppError(thrown);
        const mayBeMissing = profile.crashesOnUnknown && error.details['status'] === 500;
        if (error.code === 'not_found' || (mayBeMissing && !(await isListed(path, signal)))) return;
        throw error;
      }
    },
    async publish(path, isPublic, signal) {
      const method = isPublic ? 'POST' : 'DELETE';
      await put({ method, path: `${addressOf(path)}/publish`, what: 'publish' }, signal);
    },
    async setTtl(path, ttlSeconds, signal) {
      const json = { ttl_seconds: ttlSeconds };
      await put({ method: 'PUT', path: `${addressOf(path)}/ttl`, what: 'ttl', json }, signal);
    },
    async archive(path, signal) {
      const either = eitherSignal(signal, closing);
      try {
        await options.begin(either.signal);
        const found = await packed(path, either.signal);
        return typeof found === 'string' ? await download(found, either.signal) : found;
      } finally {
        either.release();
      }
    },
  };
}
