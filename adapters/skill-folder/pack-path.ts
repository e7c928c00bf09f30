import { cleanText } from '../../core/domain/clean-text.ts';
import { packLimits } from './pack-limits.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f]/;
const mostPathChars = 1024;
/** What file systems take as one name, UTF-8. */
const mostNameBytes = 255;
const encoder = new TextEncoder();

/** Why a path, `/` between its parts, may not name a file inside of a folder, as a sentence that says what to do; undefined where it may. */
export function whyUnsafe(path: string): string | undefined {
  if (controls.test(path)) return 'Its name holds a NUL or another control character. Rename it.';
  if (path.includes('\\')) {
    return 'Its name holds a backslash. Rename it, or pack it with a program that writes "/" between folders.';
  }
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) {
    return 'Its path is absolute. Pack the files with paths relative to the folder.';
  }
  const parts = path.split('/');
  if (parts.includes('..')) return 'Its path leads out of the folder with "..". Pack it without that.';
  if (parts.some((part) => part === '' || part === '.')) {
    return 'Its path has an empty part or a ".". Pack it without that.';
  }
  if (path.includes(':')) return 'Its name holds a colon, which some systems do not take. Rename it.';
  const isTooLong = parts.some((part) => encoder.encode(part).length > mostNameBytes);
  if (isTooLong || path.length > mostPathChars || parts.length > packLimits.depth) {
    return 'Its path is too long or too deep. Use shorter names and fewer folders.';
  }
  return undefined;
}

const junk = new Set([
  '__MACOSX',
  '.DS_Store',
  'Thumbs.db',
  'desktop.ini',
  '.git',
  '.svn',
  '.hg',
  'node_modules',
]);

/** Left by a file manager or a tool: nobody means it as part of a skill. */
export function isJunk(path: string): boolean {
  return path.split('/').some((part) => junk.has(part) || part.startsWith('._'));
}

/** Equal for paths that are one file on systems that do not tell case or composition apart. */
export function collisionKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

const mostShownChars = 200;

/** A path as a diagnostic may hold it, whatever it is. */
export function shownPath(path: string): string {
  const clean = cleanText(path.slice(0, mostShownChars)).replaceAll(/\s/g, ' ');
  return path.length > mostShownChars ? `${clean}…` : clean;
}
