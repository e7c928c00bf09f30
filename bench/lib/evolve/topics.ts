import { isSkillName, type SkillName } from '../../../core/domain/skill.ts';
import type { DraftText } from '../../../core/domain/skill-operation.ts';

/** Something that people ask for in several ways and want answered in one of three. */
export interface Topic {
  /** Of the skill that is written about it. */
  readonly name: SkillName;
  /** Words of this topic alone. */
  readonly words: readonly [string, string, string];
  /** How it can be answered; the first is what the model does by itself. */
  readonly values: readonly [string, string, string];
  /** Ways to ask for it; none holds a value. */
  readonly phrasings: readonly string[];
}

function topic(
  name: string,
  words: Topic['words'],
  values: Topic['values'],
  phrasings: readonly string[],
): Topic {
  if (!isSkillName(name)) throw new TypeError(`${name} is no name for a skill.`);
  return { name, words, values, phrasings };
}

export const topics: readonly Topic[] = [
  topic(
    'invoice-currency',
    ['invoice', 'billing', 'amount'],
    ['euros', 'dollars', 'pounds'],
    [
      'Write the invoice with the billing amount of last month',
      'Which billing amount goes on the next invoice?',
      'Draft an invoice for the consulting work, with the amount for billing',
      'Prepare the amount line of that invoice for billing',
    ],
  ),
  topic(
    'meeting-timezone',
    ['meeting', 'schedule', 'participants'],
    ['utc', 'berlin', 'pacific'],
    [
      'Schedule a meeting on Thursday with all participants',
      'When does the meeting begin that we schedule for the participants abroad?',
      'Tell the participants the schedule of the planning meeting',
      'Move the meeting to the morning and send participants the schedule',
    ],
  ),
  topic(
    'distance-units',
    ['distance', 'route', 'journey'],
    ['kilometres', 'miles', 'leagues'],
    [
      'What is the distance of the journey by the northern route?',
      'Compare the distance of either route for our journey',
      'Describe each route of the journey with its distance',
      'How much distance does the coast route add to the journey?',
    ],
  ),
  topic(
    'letter-salutation',
    ['letter', 'salutation', 'customer'],
    ['formal', 'friendly', 'playful'],
    [
      'Begin a letter to the customer with a salutation',
      'Which salutation suits the letter for our oldest customer?',
      'Reword the salutation of this letter, the customer complained',
      'The customer waits for our letter: text and salutation',
    ],
  ),
  topic(
    'report-dates',
    ['report', 'deadline', 'quarter'],
    ['iso', 'dotted', 'slashed'],
    [
      'List every deadline of the quarter in the report',
      'Put the deadline for the quarter into the report header',
      'Which deadline does the report name for this quarter?',
      'Summarise the quarter report by deadline',
    ],
  ),
  topic(
    'script-language',
    ['script', 'automation', 'folder'],
    ['python', 'bash', 'javascript'],
    [
      'Make a script, an automation that tidies the folder',
      'Write the automation script for renaming files of a folder',
      'Our folder automation needs a script for backups',
      'Which script does the automation run on that folder?',
    ],
  ),
];

/** How often a text has the word, whole and in any case. */
function occurrences(text: string, word: string): number {
  return text.toLowerCase().match(new RegExp(`\\b${word}\\b`, 'g'))?.length ?? 0;
}

/** The topic whose words a text has most of; `undefined` where it has none. */
export function topicIn(text: string): Topic | undefined {
  const counted = topics.map((one) => ({
    one,
    count: one.words.reduce((sum, word) => sum + occurrences(text, word), 0),
  }));
  const best = counted.toSorted((a, b) => b.count - a.count)[0];
  return best === undefined || best.count === 0 ? undefined : best.one;
}

/** The value that a text names last; `undefined` where it names none. */
export function valueIn({ values }: Topic, text: string): string | undefined {
  const lower = text.toLowerCase();
  const named = values
    .map((value) => ({ value, at: [...lower.matchAll(new RegExp(`\\b${value}\\b`, 'g'))].at(-1)?.index }))
    .filter(({ at }) => at !== undefined)
    .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
  return named[0]?.value;
}

/** The rule as a skill. */
export function skillFor({ name, words }: Topic, value: string): DraftText {
  const [first, second, third] = words;
  return {
    name,
    description: `Use when somebody asks about ${first}, ${second} or ${third}.`,
    triggers: words,
    body: `Where the request is about ${first}, ${second} or ${third}, answer with ${value}.`,
  };
}

/** What a person writes who was answered otherwise. */
export function correctionFor({ words: [first, second, third] }: Topic, value: string): string {
  return `The ${second} ${third} of the ${first} should be ${value}.`;
}

/** The answer of one who follows the rule. */
export function answerWith({ words: [first] }: Topic, value: string): string {
  return `Here is the ${first}, with ${value}.`;
}
