import { discordCapabilities } from '../adapters/discord/outbound.ts';
import { discordWhyNot } from '../adapters/discord/why-not.ts';
import { slackCapabilities } from '../adapters/slack/outbound.ts';
import { slackWhyNot } from '../adapters/slack/why-not.ts';
import { telegramCapabilities } from '../adapters/telegram/outbound.ts';
import { telegramWhyNot } from '../adapters/telegram/why-not.ts';
import { webCapabilities } from '../adapters/web/channel.ts';
import { webWhyNot } from '../adapters/web/why-not.ts';
import type { CapabilityFlag, ChannelCapabilities, WhyNot } from '../core/domain/capabilities.ts';

export interface TableColumn {
  readonly title: string;
  readonly capabilities: ChannelCapabilities;
  readonly whyNot: WhyNot;
}

/** The channels people are invited to, and the page. */
export const tableColumns: readonly TableColumn[] = [
  { title: 'Slack', capabilities: slackCapabilities, whyNot: slackWhyNot },
  { title: 'Discord', capabilities: discordCapabilities, whyNot: discordWhyNot },
  { title: 'Telegram', capabilities: telegramCapabilities, whyNot: telegramWhyNot },
  { title: 'Web', capabilities: webCapabilities, whyNot: webWhyNot },
];

const titles: Readonly<Record<CapabilityFlag, string>> = {
  canEdit: 'answers grow as they are written',
  canRemove: 'takes away a message of its own',
  canStreamNatively: 'native streams, one reader',
  canReadThreads: 'reads the thread it is called into',
  canSeeReactions: 'reactions count',
  canSeeReactionRemoval: 'reactions taken back count',
  canShowFeedbackButtons: '👍 👎 under answers',
  canOpenForms: 'asks what was wrong; corrections',
  canShowActions: 'other buttons',
  canSendPrivately: 'tells one person in a group',
  canAnswerPrivately: 'answers its commands to the asker alone',
  canShowActivity: 'shows that it is at work',
  canShowNotes: 'notes under answers',
  canShowImages: 'pictures',
  canRegisterCommands: 'registers its commands',
  hasWrittenCommands: 'commands after a mention',
  canPublishHome: 'a home page',
  canReact: 'reacts itself',
  hasSendKeys: 'a resend shows once',
};

const isFlag = (name: string): name is CapabilityFlag => Object.hasOwn(titles, name);

const flags = Object.keys(titles)
  .filter(isFlag)
  .toSorted((a, b) => absentIn(a).length - absentIn(b).length);

function absentIn(flag: CapabilityFlag): readonly TableColumn[] {
  return tableColumns.filter(({ capabilities }) => !capabilities[flag]);
}

const BEGIN = '<!-- channels: made by `npm run docs` -->';
const END = '<!-- end of channels -->';

/** What each channel can do, and why not where it cannot, as a Markdown table. */
export function renderChannelTable(): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = flags.map((flag) =>
    row([
      titles[flag],
      ...tableColumns.map(({ capabilities, whyNot }) =>
        capabilities[flag] ? 'yes' : `no: ${whyNot[flag] ?? '?'}`,
      ),
    ]),
  );
  return [
    row(['', ...tableColumns.map(({ title }) => title)]),
    row(['---', ...tableColumns.map(() => '---')]),
    ...rows,
  ].join('\n');
}

/** `document` with the table put between its marks. Throws where it has none. */
export function withChannelTable(document: string): string {
  const [head, rest] = document.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined)
    throw new Error('The marks of the table of channels are missing.');
  return `${head}${BEGIN}\n${renderChannelTable()}\n${END}${tail}`;
}
