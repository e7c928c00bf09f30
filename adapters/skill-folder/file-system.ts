import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { mostSkillBytes } from './decode-skill-bytes.ts';

export interface FolderEntry {
  readonly name: string;
  /** Also true for a link, which may lead to a folder. */
  readonly mayBeFolder: boolean;
}

/** What the reader needs of a file system. Each rejects as `node:fs` does, with a `code`. */
export interface SkillFileSystem {
  list(folder: string): Promise<readonly FolderEntry[]>;
  /** The path with every link followed. */
  realPath(path: string): Promise<string>;
  /** A regular file's bytes, one more than `mostBytes` (default: `mostSkillBytes`) at most; undefined when it is not a regular file. */
  read(path: string, mostBytes?: number): Promise<Uint8Array | undefined>;
}

/** `ENOENT` and the like, for branching and for diagnostics. */
export function errorCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return 'unknown error';
  return String(thrown.code);
}

/** Both with every link followed. */
export function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

async function readRegularFile(path: string, mostBytes = mostSkillBytes): Promise<Uint8Array | undefined> {
  // Without O_NONBLOCK opening a named pipe would wait for a writer for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const buffer = new Uint8Array(Math.min(stat.size, mostBytes) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

export const nodeFileSystem: SkillFileSystem = {
  async list(folder) {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({
      name: entry.name,
      mayBeFolder: entry.isDirectory() || entry.isSymbolicLink(),
    }));
  },
  realPath: (path) => realpath(path),
  read: readRegularFile,
};
