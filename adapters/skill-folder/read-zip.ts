import { crc32, inflateRawSync } from 'node:zlib';
import type { LoadedPack } from '../../core/ports/skill-archive.ts';
import { errorCode } from './file-system.ts';
import { type FileContent, loadPack, type PackPlace } from './load-pack.ts';
import { bytesText, packLimits } from './pack-limits.ts';
import { isJunk } from './pack-path.ts';
import { type PackProblem, planPack } from './plan-pack.ts';
import { packedBytesOf, readZipDirectory, type ZipEntry } from './zip-directory.ts';

const unreadable = (message: string): FileContent => ({ kind: 'unreadable', message });
const damaged = unreadable('It is damaged in the zip. Pack the zip again.');

/** Stops inflating as soon as there are more bytes than allowed, whatever the zip says of itself. */
function inflated(packed: Uint8Array, mostBytes: number): Uint8Array | FileContent {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, mostBytes) });
  } catch (thrown) {
    return errorCode(thrown) === 'ERR_BUFFER_TOO_LARGE' ? { kind: 'too_large' } : damaged;
  }
}

function contentOf(zip: Uint8Array, entry: ZipEntry, mostBytes: number): FileContent {
  if (entry.isEncrypted) return unreadable('It is encrypted. Pack the zip without a password.');
  if (entry.method !== 0 && entry.method !== 8) {
    return unreadable(
      'It is packed in a way that is not read here. Pack the zip again with the usual settings.',
    );
  }
  if (entry.bytes > mostBytes) return { kind: 'too_large' };
  const packed = packedBytesOf(zip, entry);
  if (packed === undefined) return damaged;
  const bytes = entry.method === 0 ? packed : inflated(packed, mostBytes);
  if (!(bytes instanceof Uint8Array)) return bytes;
  if (bytes.length > mostBytes) return { kind: 'too_large' };
  if (bytes.length !== entry.bytes || crc32(bytes) !== entry.crc) return damaged;
  return { kind: 'bytes', bytes: Uint8Array.from(bytes) };
}

const notRead: Readonly<Record<Exclude<ZipEntry['kind'], 'file' | 'folder'>, string>> = {
  link: 'It is a link, and was left out. Put the file itself into the zip.',
  other: 'It is no regular file, and was left out. Put a regular file into the zip.',
  misnamed: 'Its name is not UTF-8, so it was left out. Pack the zip with a current program.',
};

/** Said also of what lies outside of the skills: it may be what somebody wanted to be one. */
function entryProblem({ kind, path }: ZipEntry): readonly PackProblem[] {
  if (kind === 'file' || kind === 'folder' || isJunk(path)) return [];
  return [{ severity: 'error', path, message: notRead[kind] }];
}

function nothing(message: string, { sourceOf }: PackPlace): LoadedPack {
  return { skills: [], diagnostics: [{ severity: 'error', source: sourceOf(''), message }] };
}

/** The skills in a zip. Never throws. */
export function readZip(zip: Uint8Array, place: PackPlace): LoadedPack {
  if (zip.length > packLimits.zipBytes) {
    return nothing(`The zip has more than ${bytesText(packLimits.zipBytes)}. Pack fewer files.`, place);
  }
  const entries = readZipDirectory(zip);
  if (entries === undefined) {
    return nothing('The zip is damaged, or of a format for very large zips. Pack it again.', place);
  }
  const byPath = new Map<string, ZipEntry>();
  const files = entries.filter(({ kind }) => kind === 'file');
  for (const entry of files) {
    if (!byPath.has(entry.path)) byPath.set(entry.path, entry);
  }
  const plan = planPack(files.map(({ path }) => path));
  const problems = [...entries.flatMap(entryProblem), ...plan.problems];
  const loading = loadPack({ ...plan, problems }, place);
  let step = loading.next();
  while (step.done !== true) {
    const { path, mostBytes } = step.value;
    const entry = byPath.get(path);
    step = loading.next(entry === undefined ? damaged : contentOf(zip, entry, mostBytes));
  }
  return step.value;
}
