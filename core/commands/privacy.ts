import type { ContentUse } from '../domain/content-use.ts';
import type {
  CommandCall,
  CommandInvocation,
  PlatformUses,
  PrivacyRecipient,
  PrivacyReport,
} from './context.ts';
import { typed } from './help.ts';
import { enumerated, inlineCode, literal } from './markdown-text.ts';

/** What is kept, where, who else receives it, and how to have it deleted. For people who are not admitted too. */
export async function runPrivacy({ invocation, deps }: CommandCall): Promise<string> {
  const report = await deps.privacy.report(invocation.conversation.platform);
  return [
    part('What I keep', storedLines(report, invocation, deps.schedule !== undefined)),
    part('Where', whereLines(report, invocation)),
    part('Who else receives it', recipientLines(report.recipients, invocation)),
    part('What is learned from it', learningLines(report, invocation)),
    part('Training', [trainingLine(report)]),
    part('Deletion', [deletionLine(report)]),
  ].join('\n\n');
}

function part(title: string, lines: readonly string[]): string {
  return [`**${title}**`, ...lines.map((line) => `- ${line}`)].join('\n');
}

function storedLines(
  report: PrivacyReport,
  invocation: CommandInvocation,
  keepsSchedule: boolean,
): readonly string[] {
  const { carriedOut } = report;
  const { isAdmitted, capabilities } = invocation;
  const keepsPrompts = keepsPromptsHere(report, invocation);
  const stored = [
    'Your messages to me and my answers, with your name and account id on this platform and the time',
    'Which skills an answer was given, which model wrote it, and whose words it was shown',
    'Reactions and buttons on my answers, and what you say of one in a form or by command: who, what and when; taking one back is noted too. The people who run me in that place may read it',
    ...(carriedOut.includes('judge')
      ? ['How a model rated my answers, and what it quoted from your next message as a hint']
      : []),
    ...(carriedOut.includes('evolve')
      ? [
          'Skills, and drafts of them, that were written from what went wrong, also between us alone. The people who run me in that place may read them',
        ]
      : []),
    ...(keepsPrompts
      ? [
          'Everything that the model was given for an answer, as it read it: your words, the recent conversation, quotes and skills',
        ]
      : []),
    ...(keepsSchedule ? scheduleLines(invocation) : []),
    'Nothing of conversations in which I am not addressed',
    ...(capabilities.canReadThreads ? threadLines(keepsPrompts) : []),
  ];
  return isAdmitted
    ? stored
    : [
        'Of you: only the commands you sent me, for a few days, as you have not been admitted',
        ...stored.map(whenAdmitted),
      ];
}

/** Whole prompts are kept to be trained on, so not where the platform's terms forbid that for good. */
function keepsPromptsHere(
  { keepsPrompts = false, uses }: PrivacyReport,
  { conversation }: CommandInvocation,
): boolean {
  const here = uses.find(({ platform }) => platform === conversation.platform)?.uses;
  return (
    keepsPrompts && (here === undefined || here.some(({ use, term }) => isTraining(use) && term !== 'never'))
  );
}

/** What tells when nobody needs the bot. */
const scheduleLines = (invocation: CommandInvocation): readonly string[] => [
  'How busy a place is: what was sent, pressed or reacted to me there, counted by hour of the week, when the last of it came, and whether it is more than one person. No words and no names',
  `Sleep hours and a time zone that you tell me with ${typed(invocation, 'schedule sleep')} and ${typed(invocation, 'schedule timezone')}, until you take them back`,
  'Of a calendar that somebody links: who did, whose it is, what it is called and when it is busy, nothing of what its events say, until it is disconnected. What lets me read it is kept encrypted',
];

/** Words that were not said to the bot, and that it gets to see all the same. */
const threadLines = (keepsPrompts: boolean): readonly string[] => [
  'In a thread where I was addressed: further messages too, where I take them as meant for me without being named',
  `When I am called into a thread I read what everybody said there just before and pass it to the model with the question; ${
    keepsPrompts
      ? 'I keep the words as a part of what the model was given, and whose they were'
      : 'I keep none of the words, only whose they were'
  }`,
];

const whenAdmitted = (line: string): string =>
  `Once you are: ${line.charAt(0).toLowerCase()}${line.slice(1)}`;

/** Where on the machine is the business of whoever sits at it. */
function whereLines(
  { dataFolder, retention }: PrivacyReport,
  { role, capabilities }: CommandInvocation,
): readonly string[] {
  const place =
    role === 'operator' && capabilities.isLocal
      ? `On this machine, in one SQLite file in the folder ${inlineCode(dataFolder)}`
      : 'On the operator’s own machine, in one SQLite file';
  const kept = retention.length === 0 ? ['Until the operator deletes it'] : retention.map(literal);
  return [place, ...kept];
}

function recipientLines(
  recipients: readonly PrivacyRecipient[],
  { capabilities }: CommandInvocation,
): readonly string[] {
  const outside = recipients.filter(({ isLocal }) => !isLocal).map(recipientLine);
  const local = recipients
    .filter(({ isLocal }) => isLocal)
    .map((recipient) => `${recipientLine(recipient)} (runs on the operator’s own machine)`);
  const nobody = capabilities.isLocal ? 'Nobody outside' : 'Nobody outside but this chat platform itself';
  const none = outside.length === 0 ? [nobody] : [];
  return [...none, ...outside, ...local];
}

function recipientLine({ what, address, receives }: PrivacyRecipient): string {
  return `${literal(what)} at ${literal(address)}: ${literal(receives)}`;
}

/** What is done with people's words beside answering, to follow on “on”. */
const useWords: Readonly<Record<ContentUse, string>> = {
  judge: 'a model rates my answers',
  evolve: 'a model writes skills from what went wrong',
  train_local: 'a model is trained on the operator’s own machines',
  train_hosted: 'a model is trained elsewhere',
  export: 'conversations leave as a data set',
};

/** The reader’s own platform first. */
function learningLines(
  { uses, carriedOut }: PrivacyReport,
  { conversation }: CommandInvocation,
): readonly string[] {
  const here = uses.filter(({ platform }) => platform === conversation.platform);
  const elsewhere = uses.filter(({ platform }) => platform !== conversation.platform);
  return [
    ...(here.length === 0 ? ['Nothing'] : here.flatMap((place) => usesInFull(place, carriedOut))),
    ...elsewhere.map((place) => `On ${literal(place.platform)}: ${usesInShort(place, carriedOut)}`),
  ];
}

function usesInFull(place: PlatformUses, carriedOut: readonly ContentUse[]): readonly string[] {
  return place.uses.map((use) => `${capital(useWords[use.use])}: ${permission(use, place, carriedOut)}`);
}

type Use = PlatformUses['uses'][number];

function permission(
  { use, term, isOn }: Use,
  { consentBy }: PlatformUses,
  carriedOut: readonly ContentUse[],
): string {
  if (term === 'never') return 'never, the terms of this platform forbid it';
  if (!isOn) return 'no, the operator has it off';
  const byKey = consentBy === 'key' ? ' by the key that they use' : '';
  const condition =
    term === 'consent' ? `, only if everybody whose words it would use has agreed${byKey}` : '';
  return carriedOut.includes(use) ? `yes${condition}` : `allowed${condition}, but not done at present`;
}

function usesInShort({ uses }: PlatformUses, carriedOut: readonly ContentUse[]): string {
  const done = uses.filter(({ use, isOn }) => isOn && carriedOut.includes(use));
  if (done.length === 0) return 'nothing';
  return enumerated(
    done.map(({ use, term }) => `${useWords[use]}${term === 'consent' ? ', with consent' : ''}`),
  );
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const isTraining = (use: ContentUse): boolean => use === 'train_local' || use === 'train_hosted';

/** About what may happen anywhere: a reader of one platform may write on another. */
function trainingLine({ uses, carriedOut }: PrivacyReport): string {
  const places = uses
    .filter((place) => place.uses.some(({ use, isOn }) => isOn && isTraining(use)))
    .map(({ platform }) => literal(platform));
  if (places.length === 0) return 'None: no model is trained on what you write';
  return carriedOut.some(isTraining)
    ? `On for ${enumerated(places)}: a model of the operator’s may learn from conversations and feedback there`
    : `None at present, but the operator has allowed it for ${enumerated(places)}`;
}

function deletionLine({ operatorContact }: PrivacyReport): string {
  const whom = operatorContact === undefined ? 'the person who runs me' : literal(operatorContact);
  return `Ask ${whom} to delete what is kept of you`;
}
