import {
  isSkillName,
  type SkillDiagnostic,
  type SkillName,
  type SkillText,
} from '../../core/domain/skill.ts';
import { estimateTokens } from '../../core/domain/tokens.ts';
import { decodeSkillBytes } from './decode-skill-bytes.ts';
import { readFrontMatter } from './front-matter.ts';
import { createProblems, type Problems } from './problems.ts';

export interface SkillFile {
  /** The folder's name, which the skill's name must equal. Absent for a file without a folder of its own. */
  readonly folderName?: string;
  /** Where it lies, for diagnostics. */
  readonly source: string;
  readonly bytes: Uint8Array;
  /** A body of more tokens can never be shown. Default: no such limit. */
  readonly budgetTokens?: number;
}

export interface ParsedSkillFile {
  /** Undefined when there was an error. */
  readonly skill: SkillText | undefined;
  readonly diagnostics: readonly SkillDiagnostic[];
}

type Keys = ReadonlyMap<string, unknown>;

const mostDescriptionChars = 1024;
const mostCompatibilityChars = 500;
const knownKeys = new Set(['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools']);

function readName(keys: Keys, folderName: string | undefined, problems: Problems): SkillName | undefined {
  const name = keys.get('name');
  if (typeof name !== 'string' || name === '') {
    problems.error(
      `The name is missing. Add the line "name: ${folderName ?? 'some-name'}" to the front matter.`,
    );
    return undefined;
  }
  if (!isSkillName(name)) {
    problems.error(
      `The name "${name.slice(0, 80)}" is not allowed. Use 1 to 64 of a-z and 0-9 with single hyphens between words.`,
    );
    return undefined;
  }
  if (folderName !== undefined && name !== folderName) {
    problems.error(
      `The name "${name}" differs from its folder "${folderName.slice(0, 80)}". Give both the same name.`,
    );
    return undefined;
  }
  return name;
}

function readDescription(keys: Keys, problems: Problems): string {
  const value = keys.get('description');
  const description = typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : '';
  if (description === '') {
    problems.error(
      'The description is missing. Add a line "description: …" that says what the skill does and when it applies.',
    );
  } else if ([...description].length > mostDescriptionChars) {
    problems.error(`The description has more than ${mostDescriptionChars} characters. Shorten it.`);
  }
  return description;
}

function splitTriggers(phrases: readonly string[]): readonly string[] {
  const trimmed = phrases.map((phrase) => phrase.replaceAll(/\s+/g, ' ').trim());
  return [...new Set(trimmed.filter((phrase) => phrase !== ''))];
}

function readTriggers(value: unknown, problems: Problems): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return splitTriggers(value.split(/[,\n]/));
  if (Array.isArray(value) && value.every((phrase) => typeof phrase === 'string')) {
    problems.warning(
      'metadata.triggers is a list. Write it as one line with commas: "triggers: first, second".',
    );
    return splitTriggers(value);
  }
  problems.warning(
    'metadata.triggers was left out. Write it as one line with commas: "triggers: first, second".',
  );
  return [];
}

function readMetadata(value: unknown, problems: Problems): readonly string[] {
  if (value === undefined || value === '') return [];
  if (!(value instanceof Map)) {
    problems.warning('metadata was left out. Write it as indented lines "key: value".');
    return [];
  }
  for (const [key, entry] of value) {
    if (key === 'triggers' || (typeof key === 'string' && typeof entry === 'string')) continue;
    problems.warning(
      `metadata.${String(key).slice(0, 80)} is not a text. Write metadata as plain "key: value" lines.`,
    );
  }
  return readTriggers(value.get('triggers'), problems);
}

function checkOptionalKeys(keys: Keys, problems: Problems): void {
  const license = keys.get('license');
  if (license !== undefined && typeof license !== 'string') {
    problems.warning('license is not a text. Write the name of the licence or of its file.');
  }
  const compatibility = keys.get('compatibility');
  if (
    compatibility !== undefined &&
    (typeof compatibility !== 'string' || [...compatibility].length > mostCompatibilityChars)
  ) {
    problems.warning(
      `compatibility is not a text of at most ${mostCompatibilityChars} characters. Shorten it.`,
    );
  }
  const tools = keys.get('allowed-tools');
  if (tools !== undefined && typeof tools !== 'string') {
    problems.warning('allowed-tools is not a text. Write the names on one line with blanks between them.');
  }
  for (const key of keys.keys()) {
    if (knownKeys.has(key)) continue;
    const place = key === 'triggers' ? 'Put it under "metadata:".' : 'Delete it or put it under "metadata:".';
    problems.warning(`The key "${key.slice(0, 80)}" is not part of the format and has no effect. ${place}`);
  }
}

function checkBody(body: string, budgetTokens: number | undefined, problems: Problems): void {
  if (body === '') {
    problems.error('There are no instructions. Write them below the second line "---".');
    return;
  }
  const tokens = estimateTokens(body);
  if (budgetTokens !== undefined && tokens > budgetTokens) {
    problems.warning(
      `The instructions cost about ${tokens} tokens and the budget is ${budgetTokens}, so they can never be shown. Shorten them, or raise skills.budgetTokens.`,
    );
  }
}

/**
 * Reads one SKILL.md in the agentskills.io format. Never throws; the same bytes give the same answer. Whatever is wrong
 * is a diagnostic that says how to mend it; a file with an error gives no skill.
 */
export function parseSkillFile(file: SkillFile): ParsedSkillFile {
  const problems = createProblems(file.source);
  const text = decodeSkillBytes(file.bytes, problems);
  const front = text === undefined ? undefined : readFrontMatter(text, problems);
  if (front === undefined) return { skill: undefined, diagnostics: problems.list() };
  const name = readName(front.keys, file.folderName, problems);
  const description = readDescription(front.keys, problems);
  checkOptionalKeys(front.keys, problems);
  const triggers = readMetadata(front.keys.get('metadata'), problems);
  checkBody(front.body, file.budgetTokens, problems);
  const skill =
    name === undefined || problems.hasError
      ? undefined
      : { name, description, triggers, body: front.body, source: file.source };
  return { skill, diagnostics: problems.list() };
}
