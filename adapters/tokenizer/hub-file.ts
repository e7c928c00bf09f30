import { AppError } from '../../core/domain/app-error.ts';
import { systemCode } from './errors.ts';
import type { TokenizerDeps } from './options.ts';

export interface HubPlace {
  readonly repo: string;
  readonly revision: string;
  readonly token?: string;
}

/** The largest tokenizers have some 35 MB. */
export const mostFileBytes = 100 * 1024 * 1024;

/** One file of a repository on the Hugging Face hub; undefined where it has none of that name. Rejects with an `AppError`. */
export async function fetchHubFile(
  { repo, revision, token }: HubPlace,
  name: string,
  { fetch, signal }: Pick<TokenizerDeps, 'fetch' | 'signal'>,
): Promise<Uint8Array | undefined> {
  const url = `https://huggingface.co/${repo}/resolve/${encodeURIComponent(revision)}/${name}`;
  try {
    const response = await fetch(url, {
      ...(signal === undefined ? {} : { signal }),
      ...(token === undefined || token === '' ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
    if (response.ok) return await limitedBytes(response, repo, name);
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw statusError(response, repo, name);
  } catch (thrown) {
    throw transportError(thrown, repo, name, signal);
  }
}

async function limitedBytes(response: Response, repo: string, name: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.byteLength;
    if (length > mostFileBytes) {
      throw new AppError(
        'bad_reply',
        `${name} of ${repo} has more than ${mostFileBytes / 1024 / 1024} MB, which is no tokenizer. Name another model.`,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function statusError({ status, headers }: Response, repo: string, name: string): AppError {
  const details = { status };
  if (status === 401 || status === 403) {
    return new AppError(
      'auth_failed',
      `huggingface.co does not give out ${repo}: it is gated or private, or there is no such model. Accept its terms there and set the token of your Hugging Face account, or copy its files and name the folder.`,
      { details },
    );
  }
  if (status === 429) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    return new AppError('rate_limited', 'huggingface.co asks to wait. Try again in a few minutes.', {
      details,
      retryable: true,
      ...(seconds >= 0 && Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {}),
    });
  }
  const fault = `huggingface.co answered ${status} when ${name} of ${repo} was asked for.`;
  return status >= 500
    ? new AppError('peer_failed', `${fault} Try again later.`, { details, retryable: true })
    : new AppError('refused_by_peer', `${fault} Check the name and the revision.`, { details });
}

function transportError(
  thrown: unknown,
  repo: string,
  name: string,
  signal: AbortSignal | undefined,
): AppError {
  if (thrown instanceof AppError) return thrown;
  if (signal?.aborted === true)
    return new AppError('aborted', 'The download was stopped.', { cause: thrown });
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  return new AppError(
    'network',
    `${name} of ${repo} cannot be fetched from huggingface.co (${systemCode(cause)}). Check the connection, or copy the model's tokenizer files and name the folder.`,
    { cause: thrown, retryable: true },
  );
}
