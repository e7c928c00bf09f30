import ICAL from 'ical.js';
import type { Work } from './pace.ts';
import type { RawComponent } from './split-feed.ts';

/** One property, as jCal (RFC 7265) has it. */
export interface Property {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** `date`, `date-time`, `recur`, `period`, … */
  readonly type: string;
  readonly values: readonly unknown[];
}

export interface Component {
  /** In upper case. */
  readonly name: string;
  readonly properties: readonly Property[];
  readonly parts: readonly Component[];
}

/** For each parameter the parser looks through the rest of the line. A rule has 15 `=` at most. */
const maxEqualSigns = 50;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseProperty(line: string): Property | undefined {
  if (line.split('=', maxEqualSigns + 2).length > maxEqualSigns + 1) return undefined;
  let parsed: unknown;
  try {
    parsed = ICAL.parse.property(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const [name, params, type, ...values]: readonly unknown[] = parsed;
  if (typeof name !== 'string' || typeof type !== 'string' || !isObject(params)) return undefined;
  return { name, params, type, values };
}

/** `undefined` where one of the lines is broken. */
export function* parseComponent({ name, lines, parts }: RawComponent): Work<Component | undefined> {
  const properties: Property[] = [];
  for (const line of lines) {
    yield;
    const property = parseProperty(line);
    if (property === undefined) return undefined;
    properties.push(property);
  }
  const parsed: Component[] = [];
  for (const raw of parts) {
    const part = yield* parseComponent(raw);
    if (part === undefined) return undefined;
    parsed.push(part);
  }
  return { name, properties, parts: parsed };
}

export function allOf(component: Component, name: string): readonly Property[] {
  return component.properties.filter((property) => property.name === name);
}

/** The first value of a property, where it is a text; in upper case. */
export function wordOf(component: Component, name: string): string {
  const value = allOf(component, name)[0]?.values[0];
  return typeof value === 'string' ? value.trim().toUpperCase() : '';
}

/** The first value of a property, as it is. */
export function textOf(component: Component, name: string): string | undefined {
  const value = allOf(component, name)[0]?.values[0];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

export function paramOf(property: Property, name: string): string | undefined {
  const value = property.params[name];
  return typeof value === 'string' ? value : undefined;
}
