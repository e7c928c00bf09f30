import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type BotApiSpec, botApiOverlay, overlaid, type SpecField } from './overlay.ts';
import { InputFile } from './uploads.ts';

const specPath = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  '..',
  'shared',
  'data',
  'specs',
  'telegram-bot-api.json',
);

const fieldSchema = z.object({
  name: z.string(),
  types: z.array(z.string()),
  required: z.boolean(),
  description: z.string(),
});
const partSchema = z.object({
  fields: z.array(fieldSchema).optional(),
  subtypes: z.array(z.string()).optional(),
});
const specSchema = z.object({
  version: z.string(),
  methods: z.record(z.string(), partSchema),
  types: z.record(z.string(), partSchema),
});

/** The Bot API as data, where it lies beside the project; as published, without the overlay. */
export const botApiSpec: BotApiSpec | undefined = existsSync(specPath)
  ? specSchema.parse(JSON.parse(readFileSync(specPath, 'utf8')))
  : undefined;

/** The same with everything newer: what calls are held against. */
const currentSpec = botApiSpec === undefined ? undefined : overlaid(botApiSpec, botApiOverlay);

/** Every update type that may be asked for; without the description, those that this fake knows. */
export const updateTypes: ReadonlySet<string> = new Set(
  currentSpec?.types['Update']?.fields?.map((field) => field.name) ?? [
    'message',
    'edited_message',
    'callback_query',
    'message_reaction',
    'message_reaction_count',
    'my_chat_member',
    'stopped_message_generation',
  ],
);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function checkType(spec: BotApiSpec, type: string, value: unknown, path: string): string[] {
  const item = /^Array of (.+)$/.exec(type)?.[1];
  if (item !== undefined) {
    if (!Array.isArray(value)) return [`${path} must be an array`];
    return value.flatMap((entry, index) => checkType(spec, item, entry, `${path}[${index}]`));
  }
  switch (type) {
    case 'Integer':
      return Number.isSafeInteger(value) ? [] : [`${path} must be an integer`];
    case 'Float':
      return typeof value === 'number' ? [] : [`${path} must be a number`];
    case 'String':
      return typeof value === 'string' ? [] : [`${path} must be a string`];
    case 'InputFile':
      return value instanceof InputFile ? [] : [`${path} must be a file`];
    case 'Boolean':
      return typeof value === 'boolean' ? [] : [`${path} must be a boolean`];
    default:
      return checkObject(spec, type, value, path);
  }
}

function checkObject(spec: BotApiSpec, type: string, value: unknown, path: string): string[] {
  const part = spec.types[type];
  if (part === undefined) return [`${path}: unknown type ${type}`];
  if (part.subtypes !== undefined) return checkAny(spec, part.subtypes, value, path);
  if (!isRecord(value)) return [`${path} must be a ${type}`];
  return checkFields(spec, part.fields ?? [], value, path);
}

/** At least one of the types fits; otherwise what is wrong by the first that comes nearest. */
function checkAny(spec: BotApiSpec, types: readonly string[], value: unknown, path: string): string[] {
  const attempts = types
    .map((type) => checkType(spec, type, value, path))
    .toSorted((a, b) => a.length - b.length);
  return attempts[0] ?? [];
}

function checkFields(
  spec: BotApiSpec,
  fields: readonly SpecField[],
  value: Record<string, unknown>,
  path: string,
): string[] {
  const known = new Map(fields.map((field) => [field.name, field]));
  const missing = fields
    .filter((field) => field.required && value[field.name] === undefined)
    .map((field) => `${path}.${field.name} is required`);
  const wrong = Object.entries(value).flatMap(([name, entry]) => {
    const field = known.get(name);
    if (field === undefined) return [`${path}.${name} is no parameter`];
    // What tells variants of a type apart is said in words: `Type of the reaction, always "emoji"`.
    const constant = /always ["“](\w+)["”]/.exec(field.description)?.[1];
    if (constant !== undefined && entry !== constant) return [`${path}.${name} must be ${constant}`];
    return checkAny(spec, field.types, entry, `${path}.${name}`);
  });
  return [...missing, ...wrong];
}

/** What is wrong with a call by a description of the Bot API. */
export function checkCallBy(
  spec: BotApiSpec,
  method: string,
  payload: Readonly<Record<string, unknown>>,
): readonly string[] {
  const part = spec.methods[method];
  if (part === undefined) return [`${method} is no method`];
  return checkFields(spec, part.fields ?? [], { ...payload }, method);
}

/** What is wrong with a call by the platform's own description and the overlay; nothing where the description is absent. */
export function checkCall(method: string, payload: Readonly<Record<string, unknown>>): readonly string[] {
  return currentSpec === undefined ? [] : checkCallBy(currentSpec, method, payload);
}
