import { escapeText, JOINER } from './escape-text.ts';
import { type Mark, type Marks, markOrder, type Run } from './inline-runs.ts';
import { linkText } from './link-text.ts';

const signs: Readonly<Record<Mark, string>> = { strikethrough: '~~', strong: '**', emphasis: '*' };
const noMarks: Marks = new Set();

const isBlank = (run: Run): boolean => run.kind !== 'link' && run.text.trim() === '';

/** Words and the blanks between them as runs of their own; the same marks side by side are one run. */
function pieces(runs: readonly Run[]): readonly Run[] {
  const split = runs.flatMap((run): readonly Run[] => {
    if (run.kind === 'code' && isBlank(run)) return [{ kind: 'text', text: run.text, marks: noMarks }];
    if (run.kind !== 'text') return [holdsMarkSigns(run) ? { ...run, marks: noMarks } : run];
    return (run.text.match(/\s+|\S+/g) ?? []).map((text) => ({ ...run, text }));
  });
  return split.reduce<Run[]>((merged, run) => {
    const last = merged.at(-1);
    if (
      last?.kind === 'text' &&
      run.kind === 'text' &&
      isBlank(last) === isBlank(run) &&
      sameMarks(last, run)
    )
      merged[merged.length - 1] = { ...last, text: last.text + run.text };
    else merged.push(run);
    return merged;
  }, []);
}

/** Nothing is escaped in code and addresses: with these in them a mark around would end too early. */
const holdsMarkSigns = (run: Run): boolean =>
  /[*~]/.test(run.kind === 'link' ? run.url + run.text : run.text);

const sameMarks = (a: Run, b: Run): boolean => a.marks.size === b.marks.size && a.marks.isSubsetOf(b.marks);

/**
 * The marks of each run, from the outside in. Marks neither begin nor end at blanks: these are within the marks that
 * stay open from the words before them to those after them.
 */
function nestedMarks(runs: readonly Run[]): readonly (readonly Mark[])[] {
  const wordsAfter: (readonly Mark[])[] = [];
  let after: readonly Mark[] = [];
  for (const run of runs.toReversed()) {
    if (!isBlank(run)) after = nested(run.marks);
    wordsAfter.push(after);
  }
  wordsAfter.reverse();
  let before: readonly Mark[] = [];
  return runs.map((run, index) => {
    const next = wordsAfter[index] ?? [];
    if (isBlank(run)) return commonStart(before, next);
    before = next;
    return next;
  });
}

const nested = (marks: Marks): readonly Mark[] => markOrder.filter((mark) => marks.has(mark));

function commonStart(a: readonly Mark[], b: readonly Mark[]): readonly Mark[] {
  const end = a.findIndex((mark, index) => mark !== b[index]);
  return end === -1 ? a : a.slice(0, end);
}

function codeText(code: string): string {
  const runs = [...code.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = runs.includes(1) ? '``' : '`';
  // Where single and double signs stand in it neither fence is left: the doubles are parted.
  const inside = fence === '``' ? code.replaceAll(/(?<!`)``(?!`)/g, `\`${JOINER}\``) : code;
  const before = inside.startsWith('`') ? ' ' : '';
  const after = inside.endsWith('`') ? ' ' : '';
  return `${fence}${before}${inside}${after}${fence}`;
}

/**
 * One line in Discord's markup. `isBound`: an upper bound that never gets shorter when something is added at its end.
 */
export function writeLine(runs: readonly Run[], isBound: boolean): string {
  const line = pieces(runs);
  const marks = nestedMarks(line);
  let written = '';
  let isLineStart = true;
  let open: readonly Mark[] = [];
  /** The sign that a mark or code ended with, when nothing was written since. */
  let endedWith = '';

  const write = (text: string): void => {
    // `**a***b*` would be read otherwise, and so would code after code.
    if (endedWith !== '' && text.startsWith(endedWith)) written += JOINER;
    written += text;
    endedWith = '';
  };
  const switchTo = (wanted: readonly Mark[]): void => {
    const kept = commonStart(wanted, open);
    for (const mark of open.slice(kept.length).toReversed()) {
      const sign = signs[mark];
      if (mark === 'strikethrough' && written.endsWith('~')) written += JOINER;
      written += sign;
      endedWith = sign.charAt(0);
    }
    const opening = wanted
      .slice(kept.length)
      .map((mark) => signs[mark])
      .join('');
    if (opening !== '') write(opening);
    open = wanted;
  };

  line.forEach((run, index) => {
    switchTo(marks[index] ?? []);
    const next = line[index + 1];
    const after = next?.text.charAt(0) ?? '';
    const place = { isLineStart, after, isBound };
    if (run.kind === 'code') {
      write(codeText(run.text));
      endedWith = '`';
    } else {
      write(run.kind === 'link' ? linkText(run.url, run.text, place) : escapeText(run.text, place));
    }
    if (!isBlank(run)) isLineStart = false;
  });
  switchTo([]);
  return written;
}
