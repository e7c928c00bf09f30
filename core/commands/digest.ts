import type { DigestFacts, DigestLine } from '../skills/digest-facts.ts';
import { counted, enumerated, literal, shortened, spoken } from './markdown-text.ts';

const shownLines = 12;
const shownReasonChars = 160;

/** What happened to a space's skills, as Markdown for everybody there: names of skills, no names or words of people. */
export function digestText(facts: DigestFacts): string {
  const span = spoken(facts.to - facts.from);
  const parts = [
    part('Learned', facts.learned),
    part('Proven', facts.proven),
    part('Stopped, as people were less happy with it', facts.stopped),
    part('Undone', facts.undone),
    part('Retired', facts.retired),
  ].flatMap((text) => text ?? []);
  const nothing = parts.length === 0 ? ['Nothing changed in the shared skills.'] : [];
  return [`**Skills: the last ${span}**`, ...nothing, ...parts, changedPart(facts), costPart(facts)].join(
    '\n\n',
  );
}

function part(title: string, lines: readonly DigestLine[]): string | undefined {
  if (lines.length === 0) return undefined;
  const rest = lines.length - shownLines;
  return [
    `**${title}**`,
    ...lines.slice(0, shownLines).map(lineText),
    ...(rest > 0 ? [`- and ${counted(rest, 'more', 'more')}`] : []),
  ].join('\n');
}

function lineText({ name, scope, version, isLearned, reason }: DigestLine): string {
  const where = scope === 'conversation' ? ', in one conversation' : scope === 'global' ? ', everywhere' : '';
  const how = isLearned ? ', drafted from feedback' : '';
  const why = reason === undefined ? '' : `: ${literal(shortened(reason, shownReasonChars))}`;
  return `- **${literal(name)}** version ${version}${where}${how}${why}`;
}

function changedPart({ rated, ratedBefore, uses, personal, generation }: DigestFacts): string {
  const lines = [
    `- ${counted(rated, 'answer was rated', 'answers were rated')} (${ratedBefore} in the stretch before)`,
    ...uses.map(
      ({ name, sessions, good, bad }) =>
        `- ${literal(name)}: in ${counted(sessions, 'conversation', 'conversations')}, ${good} good and ${bad} bad ratings there`,
    ),
    ...(personal > 0
      ? [`- ${counted(personal, 'change', 'changes')} of skills that belong to one person`]
      : []),
    `- The library is at generation ${generation}`,
  ];
  return ['**What it changed**', ...lines].join('\n');
}

function costPart({ cost, waiting, refused, rejected, failedRuns, samples }: DigestFacts): string {
  const drafts = [
    ...(waiting > 0 ? [`${waiting} waiting for a maintainer`] : []),
    ...(refused > 0 ? [`${refused} refused by the checks`] : []),
    ...(rejected > 0 ? [`${rejected} rejected`] : []),
    ...(failedRuns > 0 ? [`${counted(failedRuns, 'attempt', 'attempts')} without a usable draft`] : []),
  ];
  const lines = [
    `- ${counted(cost.calls, 'model call', 'model calls')}, ${cost.inputTokens} tokens read and ${cost.outputTokens} written`,
    ...(drafts.length > 0 ? [`- Drafts: ${enumerated(drafts)}`] : []),
    `- Samples for training: ${samples.waiting} waiting, ${samples.dropped} dropped by changes of skills, ${samples.trained} trained on`,
  ];
  return ['**What it cost**', ...lines].join('\n');
}
