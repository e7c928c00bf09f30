import * as z from 'zod';
import type { TuningJob, TuningState } from '../../core/ports/tuning.ts';
import { oneLine } from './one-line.ts';

const states: Readonly<Record<string, TuningState>> = {
  validating_files: 'queued',
  queued: 'queued',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
};

const job = z.looseObject({
  id: z.string().min(1),
  status: z.string(),
  fine_tuned_model: z.string().min(1).nullish(),
  trained_tokens: z.number().nonnegative().nullish(),
  created_at: z.number().nullish(),
  error: z.looseObject({ message: z.string().nullish(), code: z.string().nullish() }).nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

/** A job as it is listed. */
export interface ListedJob {
  readonly id: string;
  readonly job: TuningJob;
  /** Seconds since the epoch; 0 where the server does not say. */
  readonly createdAt: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** `undefined` where the value is no job. A status that is no end and unknown, as `paused`, is one of a job under way. */
export function parseJob(value: unknown): ListedJob | undefined {
  const parsed = job.safeParse(value);
  if (!parsed.success) return undefined;
  const { id, status, fine_tuned_model: model, trained_tokens: tokens, error, metadata } = parsed.data;
  const why = oneLine(error?.message ?? error?.code ?? '');
  return {
    id,
    job: {
      jobId: id,
      state: states[status] ?? 'running',
      ...(typeof model === 'string' && { model }),
      ...(typeof tokens === 'number' && { trainedTokens: tokens }),
      ...(why !== '' && { error: why }),
    },
    createdAt: parsed.data.created_at ?? 0,
    metadata: metadata ?? {},
  };
}

const file = z.looseObject({
  id: z.string().min(1),
  filename: z.string().nullish(),
  created_at: z.number().nullish(),
});

export interface ListedFile {
  readonly id: string;
  readonly name: string;
}

/** `undefined` where the value is no file. */
export function parseFile(value: unknown): ListedFile | undefined {
  const parsed = file.safeParse(value);
  return parsed.success ? { id: parsed.data.id, name: parsed.data.filename ?? '' } : undefined;
}

const page = z.looseObject({ data: z.array(z.unknown()), has_more: z.boolean().nullish() });

export interface Page {
  readonly entries: readonly unknown[];
  readonly hasMore: boolean;
}

/** `undefined` where the value is no page of a list. */
export function parsePage(value: unknown): Page | undefined {
  const parsed = page.safeParse(value);
  return parsed.success ? { entries: parsed.data.data, hasMore: parsed.data.has_more ?? false } : undefined;
}

const peerError = z.looseObject({
  status: z.number().optional(),
  message: z.string(),
  code: z.union([z.string(), z.number()]).nullish(),
  type: z.string().nullish(),
  headers: z.instanceof(Headers).optional(),
});

/** What a refusal tells. */
export interface PeerError {
  readonly status: number;
  readonly text: string;
  readonly code: string;
  readonly headers: Headers;
}

/** `undefined` where the server answered nothing: the connection failed. */
export function parsePeerError(thrown: unknown): PeerError | undefined {
  const parsed = peerError.safeParse(thrown);
  if (!(thrown instanceof Error) || !parsed.success || parsed.data.status === undefined) return undefined;
  const { status, message: text, code, type, headers } = parsed.data;
  return { status, text, code: String(code ?? type ?? ''), headers: headers ?? new Headers() };
}
