import { zipSync } from 'fflate';
import type { PackedSkill } from '../../core/ports/skill-archive.ts';
import { placedFiles } from './skill-paths.ts';

/** A zip holds local time without its zone: local noon of the first day that it can hold is the same bytes everywhere. */
const firstNoon = (): Date => new Date(1980, 0, 1, 12);
const unix = 3;
/** A regular file that its owner may change and everybody may read. */
const attributes = (0o100644 << 16) >>> 0;

/** A zip of skills. The same skills give the same bytes, on every machine: the packer is JavaScript, not the machine's zlib. */
export function writeZip(skills: readonly PackedSkill[]): Uint8Array {
  const entries = placedFiles(skills).map(({ path, bytes }) => [path, bytes] as const);
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: firstNoon(), os: unix, attrs: attributes });
}
