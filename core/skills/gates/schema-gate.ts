import { isSkillName } from '../../domain/skill.ts';
import type { DraftText } from '../../domain/skill-operation.ts';
import { estimateTokens } from '../../domain/tokens.ts';
import { type DraftField, draftFields, placeIn } from './draft-fields.ts';
import type { GateFinding } from './gate-finding.ts';
import { hiddenCharacters } from './hidden-characters.ts';

/** How long the parts of a draft may be. */
export interface DraftLimits {
  /** Estimated tokens of the instructions. */
  readonly maxBodyTokens: number;
  /** Default: 20. The skills that come with the bot have more. */
  readonly maxTriggers?: number;
}

const mostDescriptionChars = 1024;
const mostTriggers = 20;
const mostTriggerChars = 80;
const mostBodyChars = 8_000;
/** One text full of them says no more than its first few. */
const mostHiddenNamed = 3;

/** Names of devices, which some file systems refuse or hang on. */
const deviceName = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;
/** Names that YAML reads as something else than a text: nothing, a truth value, a number, a date. */
const yamlValue =
  /^(?:null|true|false|yes|no|on|off|y|n|inf|nan|\d+|0x[0-9a-f]+|0o[0-7]+|0b[01]+|\d+e\d+|\d{4}-\d{1,2}-\d{1,2})$/;
/** What a plain YAML text must not begin with. */
const yamlStart = /^\s*(?:[&*!|>%@`{}[\]"'#,]|[-?:](?:\s|$)|---|\.\.\.)/;
const fence = /^[ \t]*(?:-{3,}|\+{3,})/m;

/** Whether a draft can be stored, shown whole to a person, and read back from a file as it is. */
export function schemaFindings(draft: DraftText, limits: DraftLimits): readonly GateFinding[] {
  return [
    ...nameFindings(draft.name),
    ...descriptionFindings(draft.description),
    ...triggerFindings(draft.triggers, limits.maxTriggers ?? mostTriggers),
    ...bodyFindings(draft.body, limits.maxBodyTokens),
    ...draftFields(draft).flatMap(hiddenFindings),
  ];
}

function refusal(message: string): GateFinding {
  return { gate: 'schema', severity: 'refuse', message };
}

function* nameFindings(name: string): Generator<GateFinding> {
  if (!isSkillName(name)) {
    yield refusal('The name is not allowed; use 1 to 64 of a–z and 0–9 with single hyphens between words.');
  } else if (deviceName.test(name) || yamlValue.test(name)) {
    yield refusal(
      'The name is reserved, as files or their readers take it for something else; choose another.',
    );
  }
}

function* descriptionFindings(description: string): Generator<GateFinding> {
  if (description.trim() === '') {
    yield refusal('The description is missing; say what the skill does and when it applies.');
  } else if (isLonger(description, mostDescriptionChars)) {
    yield refusal(
      `The description has more than ${mostDescriptionChars.toLocaleString('en')} characters; shorten it.`,
    );
  }
  if (/[\n\r]/.test(description)) yield refusal('The description has a line break; write it on one line.');
  if (fence.test(description) || yamlStart.test(description)) {
    yield refusal(
      'The description begins with a sign that means something else in a skill file; begin it with a word.',
    );
  }
}

function* triggerFindings(triggers: readonly string[], most: number): Generator<GateFinding> {
  if (triggers.length > most) yield refusal(`There are more than ${most} triggers; leave the weakest out.`);
  for (const [index, trigger] of triggers.slice(0, most).entries()) {
    const title = `Trigger ${index + 1}`;
    if (trigger.trim() === '') yield refusal(`${title} is empty; leave it out.`);
    if (isLonger(trigger, mostTriggerChars)) {
      yield refusal(`${title} has more than ${mostTriggerChars} characters; use a few words.`);
    }
    if (/[\n\r,]/.test(trigger)) {
      yield refusal(`${title} has a comma or a line break, which would make two of it; write two triggers.`);
    }
  }
}

function* bodyFindings(body: string, maxTokens: number): Generator<GateFinding> {
  if (body.trim() === '') {
    yield refusal('There are no instructions; say what to do.');
    return;
  }
  const tokens = estimateTokens(body);
  if (tokens > maxTokens) {
    yield refusal(`The instructions cost about ${tokens} tokens and ${maxTokens} are allowed; shorten them.`);
  }
  if (isLonger(body, mostBodyChars)) {
    yield refusal(
      `The instructions have more than ${mostBodyChars.toLocaleString('en')} characters; shorten them.`,
    );
  }
}

function hiddenFindings(field: DraftField): readonly GateFinding[] {
  const firsts = new Map<string, number>();
  for (const { codePoint, offset } of hiddenCharacters(field.text, field.kind === 'body')) {
    if (!firsts.has(codePoint)) firsts.set(codePoint, offset);
  }
  return [...firsts]
    .slice(0, mostHiddenNamed)
    .map(([codePoint, offset]) =>
      refusal(`${placeIn(field, offset)} holds a character that nobody can see (${codePoint}); take it out.`),
    );
}

/** Counted as people count: a pair of surrogates is one character. */
function isLonger(text: string, most: number): boolean {
  return text.length > 2 * most || (text.length > most && [...text].length > most);
}
