import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/domain/app-error.ts';
import { systemCode } from './errors.ts';
import { fetchHubFile, type HubPlace } from './hub-file.ts';
import { type TokenizerDeps, type TokenizerSource, tokenizerFileNames } from './options.ts';

const repoName = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;
const revisionName = /^[A-Za-z0-9][\w./-]{0,199}$/;

/**
 * The folder with a model's tokenizer files: fetched once, and used without the network from then on. It appears whole or
 * not at all. To fetch anew, delete it. Rejects with an `AppError`.
 */
export async function ensureHubFolder(
  source: Extract<TokenizerSource, { kind: 'hub' }>,
  deps: TokenizerDeps,
): Promise<string> {
  const { repo, revision = 'main', cacheFolder, token } = source;
  if (!repoName.test(repo) || !revisionName.test(revision)) {
    throw new AppError(
      'config_invalid',
      `“${repo}@${revision}” names no model of the Hugging Face hub. Write org/name, and after @ a branch, tag or commit.`,
    );
  }
  const folder = join(cacheFolder, folderName(repo, revision));
  if (await isThere(folder)) return folder;
  const place: HubPlace = { repo, revision, ...(token === undefined ? {} : { token }) };
  const files = await fetchFiles(place, deps);
  try {
    await keep(cacheFolder, folder, files);
  } catch (cause) {
    throw storageError(folder, cause);
  }
  deps.logger.info('tokenizer_fetched', {
    repo,
    revision,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  });
  return folder;
}

/** A name of its own for each pair: neither part can hold `%` or `@`. */
function folderName(repo: string, revision: string): string {
  return `${repo}@${revision}`.replaceAll('/', '%2F');
}

interface FetchedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

async function fetchFiles(place: HubPlace, deps: TokenizerDeps): Promise<readonly FetchedFile[]> {
  const files: FetchedFile[] = [];
  for (const { name, required } of tokenizerFileNames) {
    const bytes = await fetchHubFile(place, name, deps);
    if (bytes === undefined && required) {
      throw new AppError(
        'not_found',
        `${place.repo} has no ${name} at ${place.revision}. Check the name and the revision, or name a model that has one.`,
      );
    }
    if (bytes === undefined) continue;
    if (name.endsWith('.json') && !looksLikeObject(bytes)) {
      throw new AppError(
        'bad_reply',
        `What huggingface.co gave as ${name} of ${place.repo} is no JSON. Check for a proxy in between, and try again.`,
      );
    }
    files.push({ name, bytes });
  }
  return files;
}

/**
 * What is kept is used for ever: a page of a proxy must not be, nor half a file. Not parsed, which takes long for the
 * largest, and is done when the file is read.
 */
function looksLikeObject(bytes: Uint8Array): boolean {
  const text = new TextDecoder();
  const edge = 100;
  return (
    text.decode(bytes.subarray(0, edge)).trimStart().startsWith('{') &&
    text.decode(bytes.subarray(-edge)).trimEnd().endsWith('}')
  );
}

async function keep(cacheFolder: string, folder: string, files: readonly FetchedFile[]): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const staging = await mkdtemp(join(cacheFolder, '.fetching-'));
  try {
    for (const { name, bytes } of files) await writeFile(join(staging, name), bytes, { flag: 'wx' });
    await rename(staging, folder);
  } catch (thrown) {
    await rm(staging, { recursive: true, force: true });
    // Another process was quicker: what it kept is the same.
    if (!(await isThere(folder))) throw thrown;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function storageError(folder: string, cause: unknown): AppError {
  const code = systemCode(cause);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new AppError(
    isFull ? 'storage_full' : 'storage_failed',
    `The tokenizer cannot be kept in “${folder}” (${code}). Check the folder, its permissions and the room on the disk.`,
    { cause },
  );
}
