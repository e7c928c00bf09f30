import { lineDiff, showDiff } from '../domain/line-diff.ts';
import type { Action } from '../domain/outbound-message.ts';
import type { Proposal, ProposalState, ReplayEvidence, ReplayTally } from '../domain/proposal.ts';
import type { Skill, SkillName } from '../domain/skill.ts';
import { type DraftText, draftsOf, type SkillOperation, targetsOf } from '../domain/skill-operation.ts';
import type { Form } from '../ports/channel.ts';
import { counted, enumerated, literal, shortened } from './markdown-text.ts';
import { fenced, scopeInWords, skillLines } from './skill-words.ts';

const codeHashChars = 6;
const buttonHashChars = 8;

/** How people name a draft as it is now: its number, a dot, the begin of its hash. Another text has another code. */
export function draftCode({ number, draftHash }: Pick<Proposal, 'number' | 'draftHash'>): string {
  return `${number}.${draftHash.slice(0, codeHashChars)}`;
}

export interface NamedDraft {
  readonly number: number;
  /** The begin of its hash; absent where only the number was given. */
  readonly hash?: string;
}

/** `12.3fa2c1`, `#12.3fa2c1`, `12`. */
export function readDraftCode(text: string): NamedDraft | undefined {
  const [, number, hash] = /^#?(\d{1,9})(?:\.([0-9a-f]{6,64}))?$/i.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  return { number: Number(number), ...(hash === undefined ? {} : { hash: hash.toLowerCase() }) };
}

export const draftActs = ['approve', 'edit', 'reject', 'undo'] as const;
export type DraftAct = (typeof draftActs)[number];

const labels: Readonly<Record<DraftAct, string>> = {
  approve: 'Approve',
  edit: 'Edit',
  reject: 'Reject',
  undo: 'Undo',
};

/** The buttons under a card. Each names the text it was made for. */
export function draftActions(
  proposal: Pick<Proposal, 'state' | 'draftHash' | 'operation'>,
): readonly (readonly Action[])[] {
  const acts: readonly DraftAct[] =
    proposal.state === 'waiting'
      ? isEditable(proposal.operation)
        ? ['approve', 'edit', 'reject']
        : ['approve', 'reject']
      : proposal.state === 'applied'
        ? ['undo']
        : [];
  if (acts.length === 0) return [];
  const hash = proposal.draftHash.slice(0, buttonHashChars);
  return [acts.map((act) => ({ actionId: `skill.${act}.${hash}`, label: labels[act] }))];
}

/** What a button of a card asks for; `undefined` for any other button. */
export function readDraftAction(
  actionId: string,
): { readonly act: DraftAct; readonly hash: string } | undefined {
  const [, word, hash] = /^skill\.([a-z]+)\.([0-9a-f]{8})$/.exec(actionId) ?? [];
  const act = draftActs.find((known) => known === word);
  return act === undefined || hash === undefined ? undefined : { act, hash };
}

/** One text can be edited in a form; several, or none, cannot. */
function isEditable(operation: SkillOperation): boolean {
  return draftsOf(operation).length === 1;
}

export const DRAFT_FORM = 'skill.draft';
export const longestFormTextChars = 3_000;

/** The form behind Edit; `undefined` where the text is too long for one, or there is none. */
export function draftForm(proposal: Proposal): Form | undefined {
  const [draft, ...more] = draftsOf(proposal.operation);
  if (draft === undefined || more.length > 0) return undefined;
  return skillTextForm(DRAFT_FORM, `skill.draft:${draftCode(proposal)}`, 'Edit this draft', draft);
}

/** A form for the text of a skill, with its present words in it. `undefined` where these are too long. */
export function skillTextForm(
  formId: string,
  subject: string,
  title: string,
  draft: Pick<DraftText, 'description' | 'body'>,
): Form | undefined {
  if (draft.body.length > longestFormTextChars || draft.description.length > longestFormTextChars)
    return undefined;
  return {
    formId,
    title,
    subject,
    submitLabel: 'Save',
    fields: [
      {
        fieldId: 'description',
        label: 'When it applies',
        kind: 'text',
        maxChars: 1_024,
        placeholder: 'Use when somebody asks for release notes.',
        ...(draft.description === '' ? {} : { value: draft.description }),
        required: true,
      },
      {
        fieldId: 'body',
        label: 'What I shall do then',
        kind: 'text',
        maxChars: longestFormTextChars,
        ...(draft.body === '' ? {} : { value: draft.body }),
        required: true,
      },
    ],
  };
}

export interface DraftCardFacts {
  /** The text that a draft would change, as it is now. */
  readonly before: (name: SkillName) => Skill | undefined;
  /** Bounds the card: a longer text or comparison is cut. Characters. */
  readonly maxTextChars: number;
}

/** A draft for whoever decides on it: what it would do, and what speaks for and against it. No names and no words of people. */
export function draftCard(proposal: Proposal, facts: DraftCardFacts): string {
  return [
    `**Draft ${literal(draftCode(proposal))}**: ${operationInWords(proposal.operation)}, for ${scopeInWords(proposal.scope)}`,
    stateInWords(proposal),
    `*Why:* ${literal(shortened(whyOf(proposal.operation), 400))}`,
    ...textParts(proposal, facts),
    evidencePart(proposal),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function whyOf(operation: SkillOperation): string {
  return operation.why;
}

function operationInWords(operation: SkillOperation): string {
  const names = (list: readonly string[]): string => enumerated(list.map((name) => `**${literal(name)}**`));
  switch (operation.op) {
    case 'add':
      return `a new skill ${names([operation.draft.name])}`;
    case 'edit':
      return `another text for ${names([operation.name])}`;
    case 'merge':
      return `${names(operation.names)} become ${names([operation.draft.name])}`;
    case 'split':
      return `${names([operation.name])} becomes ${names(operation.drafts.map(({ name }) => name))}`;
    case 'retire':
      return `${names([operation.name])} is retired`;
  }
}

const states: Readonly<Record<ProposalState, string>> = {
  waiting: '',
  applied: 'In use',
  refused: 'Refused by the checks',
  rejected: 'Rejected',
  undone: 'Undone',
  stale: 'Out of date',
};

function stateInWords({ state, reason, generation }: Proposal): string {
  const word = states[state];
  if (word === '') return '';
  const where = generation === undefined ? '' : `, since generation ${generation}`;
  return `*${word}${where}*${reason === undefined ? '' : `: ${literal(shortened(reason, 300))}`}`;
}

function textParts({ operation }: Proposal, { before, maxTextChars }: DraftCardFacts): readonly string[] {
  const drafts = draftsOf(operation);
  const [target, ...others] = targetsOf(operation);
  const old =
    operation.op === 'edit' && target !== undefined && others.length === 0 ? before(target) : undefined;
  const share = Math.floor(maxTextChars / Math.max(1, drafts.length));
  return drafts.map((draft) => {
    const text = skillLines(draft);
    const shown = old === undefined ? text : showDiff(lineDiff(skillLines(old), text));
    return fenced(shown, share, old === undefined ? 'markdown' : 'diff');
  });
}

function evidencePart({ support, withheld, people, replay, notes, cost, model }: Proposal): string {
  const failures = support.length + withheld.length;
  return [
    '**Evidence**',
    `- From ${counted(failures, 'answer', 'answers')} of ${counted(people.length, 'person', 'people')}; ${counted(withheld.length, 'answer was', 'answers were')} kept from the model that wrote it`,
    ...replayLines(replay),
    ...notes.map(
      ({ severity, message }) => `- ${severity === 'refuse' ? 'Refused: ' : 'Note: '}${literal(message)}`,
    ),
    `- Written by ${literal(model)}, with ${counted(cost.calls, 'call', 'calls')}, ${cost.inputTokens} tokens read and ${cost.outputTokens} written`,
  ].join('\n');
}

const verdicts: Readonly<Record<ReplayEvidence['verdict'], string>> = {
  passed: 'Replay passed',
  failed: 'Replay failed',
  insufficient: 'Too few answers to replay; it is yours to decide',
  none: 'Not replayed',
};

function replayLines({
  verdict,
  failures,
  successes,
  weakBecause,
  leftOut,
}: ReplayEvidence): readonly string[] {
  const left = Object.entries(leftOut).map(
    ([reason, count]) => `${count} ${literal(reason.replaceAll('_', ' '))}`,
  );
  return [
    verdict === 'none'
      ? `- ${verdicts.none}`
      : `- ${verdicts[verdict]}: on failures ${tally(failures)}; on good answers ${tally(successes)}`,
    ...(weakBecause.length > 0 ? [`- Weak, because ${enumerated(weakBecause.map(literal))}`] : []),
    ...(left.length > 0 ? [`- Left out of the replay: ${enumerated(left)}`] : []),
  ];
}

function tally({ wins, ties, losses }: ReplayTally): string {
  return `${wins} better, ${ties} alike, ${losses} worse`;
}
