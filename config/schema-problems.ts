import type { z } from 'zod';

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list, such as [one, two]',
  object: 'a group of settings, each on an indented line of its own',
};

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? 'text' : 'a group';
}

function bound(
  issue: { readonly origin: string; readonly inclusive?: boolean | undefined },
  edge: number | bigint,
  side: 'least' | 'most',
): string {
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
  return `must be at ${side} ${edge}${unit}`;
}

/** One finding of the schema as a sentence that says what is expected. Shows numbers, never texts: a text may be a secret. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'string' && typeof value === 'number'
        ? 'expects text, not a number: put it in quotation marks.'
        : `expects ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(value)}.`;
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty.';
      return `${bound(issue, issue.minimum, 'least')}${typeof value === 'number' ? `, not ${value}` : ''}.`;
    case 'too_big':
      return `${bound(issue, issue.maximum, 'most')}${typeof value === 'number' ? `, not ${value}` : ''}.`;
    case 'invalid_key': {
      const [told] = issue.issues;
      return `${told?.message ?? issue.message}.`;
    }
    case 'invalid_value':
      return `must be one of ${issue.values.map((one) => (one === '' ? "'' (empty)" : String(one))).join(', ')}.`;
    case 'invalid_union': {
      const told = issue.errors.flat().find((inner) => inner.code === 'invalid_format');
      return told === undefined ? 'is not valid here.' : `${told.message}.`;
    }
    default:
      return `${issue.message}.`;
  }
}
