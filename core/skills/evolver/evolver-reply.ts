import { isSkillName, type SkillName } from '../../domain/skill.ts';
import type { DraftText, SkillOperation } from '../../domain/skill-operation.ts';
import { estimateTokens } from '../../domain/tokens.ts';
import { objectsBeginningWith, repeatedKey } from './json-object.ts';

export const mostOperations = 5;
export const mostSplitParts = 3;
export const mostTriggers = 20;

/** How each kind of operation is written: how many names it takes and how many drafts it gives. `none` stands alone. */
const forms = {
  add: { names: [0, 0], drafts: [1, 1] },
  edit: { names: [1, 1], drafts: [1, 1] },
  merge: { names: [2, 5], drafts: [1, 1] },
  split: { names: [1, 1], drafts: [2, mostSplitParts] },
  retire: { names: [1, 1], drafts: [0, 0] },
  none: { names: [0, 0], drafts: [0, 0] },
} as const;

type OperationWord = keyof typeof forms;

export const operationWords: readonly OperationWord[] = ['add', 'edit', 'merge', 'split', 'retire', 'none'];

export interface ReplyContext {
  /** Skills that it was shown and may name. */
  readonly known: ReadonlySet<string>;
  readonly maxBodyTokens: number;
}

/** What an evolver wants done; no operations: nothing, and why. Or a sentence for the evolver on what its reply lacks. */
export type EvolverReply =
  | { readonly operations: readonly SkillOperation[]; readonly why?: string }
  | { readonly error: string };

/**
 * Reads an evolver's reply: exactly one JSON object that begins with `operations`, whatever prose or fence stands around it.
 * Never throws. What is not as it was asked for is an error as a whole: of half an answer nothing is taken.
 */
export function readEvolverReply(text: string, context: ReplyContext): EvolverReply {
  const [json, ...more] = objectsBeginningWith('operations', text);
  if (json === undefined) return { error: 'It holds no complete JSON object that begins with "operations".' };
  if (more.length > 0) return { error: 'It holds more than one JSON object with "operations".' };
  const parsed = parsedJson(json);
  if (parsed === undefined) return { error: 'The object is not valid JSON.' };
  const twice = repeatedKey(json);
  if (twice !== undefined) return { error: `The key "${brief(twice)}" stands twice in one object.` };
  const reply = fieldsOf(parsed, ['operations']);
  const items = reply?.['operations'];
  if (!Array.isArray(items)) return { error: 'The object must hold "operations", a list, and nothing else.' };
  if (items.length > mostOperations) {
    return { error: `There are ${items.length} operations; at most ${mostOperations} are allowed.` };
  }
  try {
    return together(items.map((item, index) => readOperation(item, `Operation ${index + 1}`, context)));
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { error: thrown.message };
    throw thrown;
  }
}

/** Says what one part of the reply lacks; caught where the reply is read. */
class Unreadable extends Error {}

type ReadOperation = SkillOperation | { readonly op: 'none'; readonly why: string };

function together(read: readonly ReadOperation[]): EvolverReply {
  const operations = read.filter((one) => one.op !== 'none');
  const none = read.find((one) => one.op === 'none');
  if (none !== undefined && read.length > 1) return { error: '"none" must be the only operation.' };
  const named = operations.flatMap((one) => {
    if (one.op === 'add') return [];
    return one.op === 'merge' ? one.names : [one.name];
  });
  const twice = named.find((name, index) => named.indexOf(name) !== index);
  if (twice !== undefined) return { error: `Two operations name the skill "${twice}".` };
  return none === undefined ? { operations } : { operations, why: none.why };
}

function readOperation(value: unknown, where: string, context: ReplyContext): ReadOperation {
  const fields = fieldsOf(value, ['op', 'names', 'drafts', 'why']);
  if (fields === undefined) {
    throw new Unreadable(`${where} must be an object with exactly "op", "names", "drafts" and "why".`);
  }
  const op = operationWords.find((word) => word === fields['op']);
  if (op === undefined) {
    throw new Unreadable(`${where} has an unknown "op"; it is one of ${operationWords.join(', ')}.`);
  }
  const here = `${where} (${op})`;
  const why = textOf(fields['why'], `${here}: "why"`);
  const names = listOf(fields['names'], `${here}: "names"`, forms[op].names).map((name) =>
    knownName(name, here, context),
  );
  const drafts = listOf(fields['drafts'], `${here}: "drafts"`, forms[op].drafts).map((draft) =>
    readDraft(draft, here, context),
  );
  return operationOf(op, names, drafts, why, here);
}

function operationOf(
  op: OperationWord,
  names: readonly SkillName[],
  drafts: readonly DraftText[],
  why: string,
  here: string,
): ReadOperation {
  const [name] = names;
  const [draft] = drafts;
  if (op === 'none') return { op, why };
  if (op === 'add' && draft !== undefined) return { op, draft, why };
  if (op === 'edit' && name !== undefined && draft !== undefined) {
    if (draft.name !== name) throw new Unreadable(`${here}: the draft must keep the name "${name}".`);
    return { op, name, draft, why };
  }
  if (op === 'merge' && draft !== undefined) {
    if (new Set(names).size < names.length) throw new Unreadable(`${here}: a name stands twice.`);
    return { op, names, draft, why };
  }
  if (op === 'split' && name !== undefined) {
    const own = new Set(drafts.map((part) => part.name));
    if (own.size < drafts.length) throw new Unreadable(`${here}: two drafts have one name.`);
    return { op, name, drafts, why };
  }
  if (op === 'retire' && name !== undefined) return { op, name, why };
  throw new Unreadable(`${here} lacks a name or a draft.`);
}

function readDraft(value: unknown, here: string, { maxBodyTokens }: ReplyContext): DraftText {
  const fields = fieldsOf(value, ['name', 'description', 'triggers', 'body']);
  if (fields === undefined) {
    throw new Unreadable(
      `${here}: a draft must be an object with exactly "name", "description", "triggers" and "body".`,
    );
  }
  const name = textOf(fields['name'], `${here}: a draft's "name"`);
  if (!isSkillName(name)) {
    throw new Unreadable(
      `${here}: a draft's name must be 1 to 64 of a-z, 0-9 and single hyphens between them.`,
    );
  }
  const body = textOf(fields['body'], `${here}: the "body" of "${name}"`);
  if (estimateTokens(body) > maxBodyTokens) {
    throw new Unreadable(`${here}: the body of "${name}" is longer than ${maxBodyTokens} tokens.`);
  }
  return {
    name,
    description: textOf(fields['description'], `${here}: the "description" of "${name}"`),
    triggers: listOf(fields['triggers'], `${here}: the "triggers" of "${name}"`, [0, mostTriggers]).map(
      (trigger) => textOf(trigger, `${here}: a trigger of "${name}"`),
    ),
    body,
  };
}

function knownName(value: unknown, here: string, { known }: ReplyContext): SkillName {
  const name = textOf(value, `${here}: a name`);
  if (known.has(name) && isSkillName(name)) return name;
  throw new Unreadable(`${here}: there is no skill "${brief(name)}" among those shown.`);
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Unreadable(`${what} must be a text.`);
  const text = value.trim();
  if (text === '') throw new Unreadable(`${what} is empty.`);
  return text;
}

function listOf(value: unknown, what: string, [least, most]: readonly [number, number]): readonly unknown[] {
  if (!Array.isArray(value)) throw new Unreadable(`${what} must be a list.`);
  if (value.length < least || value.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    throw new Unreadable(`${what} has ${value.length} entries instead of ${wanted}.`);
  }
  return value;
}

/** The object's fields where it has exactly these. */
function fieldsOf(value: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const isExact = entries.length === keys.length && keys.every((key) => Object.hasOwn(value, key));
  return isExact ? Object.fromEntries(entries) : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const brief = (text: string): string => (text.length <= 80 ? text : `${text.slice(0, 80)}…`);
