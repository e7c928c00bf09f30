import { AppError } from '../domain/app-error.ts';
import type { DraftText } from '../domain/skill-operation.ts';
import type { StoredSkillFile } from '../ports/library-store.ts';
import type { SkillArchivePort } from '../ports/skill-archive.ts';
import { beginning } from './markdown-text.ts';

/** A skill as somebody wrote it into a command. */
export interface WrittenSkill {
  readonly draft: DraftText;
  /** Where it came as a file: so that it can be given back byte for byte. */
  readonly files?: readonly StoredSkillFile[];
}

const longestDescriptionChars = 300;

/**
 * Reads the words of `skill add` and `skill edit`: a whole SKILL.md, in a code block or not, or plain instructions, whose
 * first sentence then says when they apply. `name`: as given before the text; a SKILL.md may name itself. Throws
 * `invalid_input` with what is wrong.
 */
export function readWrittenSkill(
  text: string,
  name: string | undefined,
  archive: Pick<SkillArchivePort, 'readBytes'>,
): WrittenSkill {
  const plain = unfenced(text);
  if (/^---\s*\n/.test(plain)) return readSkillFile(plain, archive);
  if (name === undefined) {
    throw new AppError('invalid_input', 'Give the skill a name before its text: of a–z, 0–9 and hyphens.');
  }
  const body = plain.trim();
  if (body === '') throw new AppError('invalid_input', 'There are no instructions. Write what I shall do.');
  return { draft: { name, description: firstSentence(body), triggers: [], body } };
}

function readSkillFile(text: string, archive: Pick<SkillArchivePort, 'readBytes'>): WrittenSkill {
  const bytes = new TextEncoder().encode(`${text}\n`);
  const { skills, diagnostics } = archive.readBytes(bytes, 'SKILL.md');
  const [skill] = skills;
  if (skill === undefined) {
    const error = diagnostics.find(({ severity }) => severity === 'error');
    throw new AppError('invalid_input', error?.message ?? 'That is no SKILL.md that I can read.');
  }
  const { name, description, triggers, body } = skill.text;
  return { draft: { name, description, triggers, body }, files: skill.files };
}

/** Chat programs invite people to put files into code blocks. */
function unfenced(text: string): string {
  return /^\s*(`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n\s*\1\s*$/.exec(text)?.[2] ?? text.trim();
}

function firstSentence(body: string): string {
  const line = body
    .replaceAll(/^[#>*\-\s]+/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const sentence = /^.{8,}?[.!?。！？](?=\s|$)/u.exec(line)?.[0] ?? line;
  return beginning(sentence, longestDescriptionChars);
}
