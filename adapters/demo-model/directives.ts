/** How an answer is laid out. */
export type Shape = 'numbered list' | 'bullet list' | 'table';

/** What the skills' directives ask of one answer. */
export interface Directives {
  readonly shape: Shape | undefined;
  readonly firstLines: readonly string[];
  readonly lastLines: readonly string[];
  readonly maxSentences: number | undefined;
}

export interface DirectiveRow {
  /** The sentence as a skill's author writes it; `…` and `N` stand for their own words. */
  readonly sentence: string;
  readonly effect: string;
}

/** Every sentence that is obeyed. The table in docs/models.md says the same. */
export const directiveTable: readonly DirectiveRow[] = [
  { sentence: 'Answer with a numbered list.', effect: 'each point is a numbered item' },
  { sentence: 'Answer with a bullet list.', effect: 'each point is a bulleted item' },
  { sentence: 'Answer with a table.', effect: 'each point is a row of a table' },
  { sentence: 'Start with the line: …', effect: 'the rest of that line is the first line of the answer' },
  { sentence: 'End with the line: …', effect: 'the rest of that line is the last line of the answer' },
  {
    sentence: 'Answer in at most N sentences.',
    effect: 'no more than N points; N is a number, or a word up to ten',
  },
];

const shapes: Readonly<Record<string, Shape>> = {
  'answer with a numbered list': 'numbered list',
  'answer with a bullet list': 'bullet list',
  'answer with a table': 'table',
};
const numberWords = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const fixedLine = /(?:^|[.!?:;]\s+)(start|end) with the line:\s*(\S.*)$/i;
const sentenceLimit = /^answer in at most (\w+) sentences?$/;
const heading = /^(#{1,6}\s|\*\*[^*]+\*\*:?$)/;
const aboutWhatNotToDo = /avoid|anti-?pattern|\bdo(n['’]t| not)\b|never|mistake|pitfall/i;
const longestLineChars = 200;

/** The lines of a skill that tell what to do: no code, nothing under a heading about what not to do. */
function instructions(body: string): readonly string[] {
  const lines: string[] = [];
  let inCode = false;
  let isWarning = false;
  for (const raw of body.split(/\r?\n/)) {
    const line = raw.trim();
    if (/^(```|~~~)/.test(line)) {
      inCode = !inCode;
      continue;
    }
    if (inCode) continue;
    if (heading.test(line)) {
      isWarning = aboutWhatNotToDo.test(line);
      continue;
    }
    if (!isWarning) lines.push(line.replace(/^([-*+]|\d+[.)])\s+/, ''));
  }
  return lines;
}

function unquoted(text: string): string {
  const line = text.trim();
  const pair = line.length > 1 ? `${line[0]}${line.at(-1)}` : '';
  return (['""', "''", '“”', '``'].includes(pair) ? line.slice(1, -1) : line).slice(0, longestLineChars);
}

function numberOf(word: string): number | undefined {
  const value = /^\d{1,4}$/.test(word) ? Number(word) : numberWords.indexOf(word) + 1;
  return value > 0 ? value : undefined;
}

/** What one skill's body asks. A directive is a sentence of its own, in any case; anything else is left alone. */
export function readDirectives(body: string): Directives {
  let shape: Shape | undefined;
  let maxSentences: number | undefined;
  const firstLines: string[] = [];
  const lastLines: string[] = [];
  for (const line of instructions(body)) {
    const fixed = fixedLine.exec(line);
    const words = unquoted(fixed?.[2] ?? '');
    if (words !== '') (fixed?.[1]?.toLowerCase() === 'start' ? firstLines : lastLines).push(words);
    const prose = fixed === null ? line : line.slice(0, fixed.index);
    for (const raw of prose.split(/(?<=[.!?:;])\s+/)) {
      const sentence = raw.toLowerCase().replace(/[.!]$/, '').replaceAll('*', '');
      shape ??= shapes[sentence];
      const limit = numberOf(sentenceLimit.exec(sentence)?.[1] ?? '');
      if (limit !== undefined) maxSentences = Math.min(limit, maxSentences ?? limit);
    }
  }
  return { shape, firstLines, lastLines, maxSentences };
}

/** The first line of a skill that is no directive, without list and emphasis marks. */
export function firstInstruction(body: string): string | undefined {
  return instructions(body)
    .filter((line) => {
      const { shape, firstLines, lastLines, maxSentences } = readDirectives(line);
      return shape === undefined && maxSentences === undefined && firstLines.length + lastLines.length === 0;
    })
    .map(bare)
    .find((line) => line !== '');
}

/** A line without marks of emphasis. */
export function bare(line: string): string {
  return line.replaceAll(/\*\*|__|`/g, '').trim();
}

/** What several skills ask together: the first shape in their order, every line, the smallest limit. */
export function joinDirectives(all: readonly Directives[]): Directives {
  const limits = all.flatMap((one) => (one.maxSentences === undefined ? [] : [one.maxSentences]));
  return {
    shape: all.find((one) => one.shape !== undefined)?.shape,
    firstLines: all.flatMap((one) => one.firstLines),
    lastLines: all.flatMap((one) => one.lastLines),
    maxSentences: limits.length === 0 ? undefined : Math.min(...limits),
  };
}
