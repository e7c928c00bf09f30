import { type PersonId, personId, spaceId } from '../../../core/domain/ids.ts';

export const people = ['ann', 'bob', 'cleo'].map((name): PersonId => personId('web', name));
export const operator = personId('web', 'olga');

export const questions = [
  'How do I water tomatoes?',
  'Please book the invoices.',
  'Plan my practice of scales.',
  'Good morning!',
];
/** By topic of the questions. */
export const skills = [
  ['garden-care', 'Waters tomatoes.'],
  ['book-keeping', 'Books invoices.'],
  ['piano-lessons', 'Plans practice of scales.'],
] as const;
export const spaces = ['team', 'away'].map((name) => spaceId('web', name));
