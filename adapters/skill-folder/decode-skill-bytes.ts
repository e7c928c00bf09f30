import type { Problems } from './problems.ts';

/** Longest SKILL.md that is read, in bytes. */
export const mostSkillBytes = 64 * 1024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text of a SKILL.md with plain line feeds and no byte order mark; undefined, with the reason noted, where the bytes are no such text. */
export function decodeSkillBytes(bytes: Uint8Array, problems: Problems): string | undefined {
  if (bytes.length > mostSkillBytes) {
    problems.error(
      `The file has ${bytes.length} bytes; at most ${mostSkillBytes} are read. Shorten it, or move details into a file beside it.`,
    );
    return undefined;
  }
  if (bytes.includes(0)) {
    problems.error('The file holds NUL bytes, so it is not a text file. Save it again as UTF-8 text.');
    return undefined;
  }
  const text = decoded(bytes);
  if (text === undefined) {
    problems.error('The file is not valid UTF-8. Save it again with the encoding UTF-8.');
    return undefined;
  }
  const isMarked = text.startsWith('\ufeff');
  if (isMarked) {
    problems.warning('The file begins with a byte order mark. Save it as UTF-8 without one.');
  }
  const clean = (isMarked ? text.slice(1) : text).replaceAll(/\r\n?/g, '\n');
  const printable = clean.replaceAll(controls, '');
  if (printable !== clean) problems.warning('Control characters were left out. Delete them from the file.');
  return printable;
}
