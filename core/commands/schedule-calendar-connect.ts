import { AppError } from '../domain/app-error.ts';
import type { LinkedCalendar } from '../domain/calendar.ts';
import { isWholeSpace } from '../domain/conversation.ts';
import { nativeId, platformOf } from '../domain/ids.ts';
import type { ConnectRequest, ConnectStart } from '../schedule/calendar-desk.ts';
import { mayUse } from './command-spec.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { isForAskerAlone } from './feedback-lines.ts';
import { typed } from './help.ts';
import { inlineCode, spoken } from './markdown-text.ts';
import { accessInWords, calendarTitle, ownerInWords, readInWords } from './schedule-calendar-words.ts';
import { demandSpace, refusingInMarkdown, scheduleOf } from './schedule-target.ts';

const longestAddressChars = 4_000;

/** Begins to link a calendar: a page to open, or at once where no consent is needed. For the asker's eyes alone. */
export async function runCalendarConnect({ invocation, args, deps }: CommandCall): Promise<string> {
  const schedule = scheduleOf(deps);
  const said = args['what'] ?? '';
  demandPrivacy('connect', said, invocation);
  const request = readRequest(said, invocation);
  if (request.owner === 'space') {
    const own = typed(invocation, 'schedule calendar connect');
    demandSpace(invocation, 'link a calendar that stands for everybody here', `Your own: ${own}`);
  }
  const start = await refusingInMarkdown(() => schedule.connect(request));
  return start.kind === 'linked'
    ? linkedText(start.calendar, invocation)
    : openText(start, request, invocation);
}

/** Ends what `connect` began, with the address at which a browser on another machine ended. */
export async function runCalendarFinish({ invocation, args, deps }: CommandCall): Promise<string> {
  const schedule = scheduleOf(deps);
  const address = (args['what'] ?? '').trim();
  demandPrivacy('finish', address, invocation);
  if (address === '') {
    throw new AppError(
      'invalid_input',
      `Say the address at which your browser ended: ${typed(invocation, 'schedule calendar finish <address>')}`,
    );
  }
  demandShort(address);
  const calendar = await refusingInMarkdown(() => schedule.finish(invocation.actorId, address));
  return linkedText(calendar, invocation);
}

/** Throws `not_allowed` where others would read the answer: whoever has the link can end what it begins. */
function demandPrivacy(act: 'connect' | 'finish', said: string, invocation: CommandInvocation): void {
  if (isForAskerAlone(invocation)) return;
  const exposed = said.includes('://')
    ? ' Others may have read the address that you wrote here: if it is secret, have a new one made.'
    : '';
  throw new AppError(
    'not_allowed',
    `Here others would read my answer. ${whereInstead(act, invocation)}${exposed}`,
  );
}

/** A direct chat may be another space, where the calendar would not count: what can be done here comes first. */
function whereInstead(act: 'connect' | 'finish', invocation: CommandInvocation): string {
  return invocation.capabilities.canAnswerPrivately
    ? `Choose ${typed(invocation, `schedule calendar ${act}`)} from the menu of commands: what I answer to that, you alone see.`
    : 'Write it to me in a direct chat.';
}

function demandShort(address: string): void {
  if (address.length <= longestAddressChars) return;
  throw new AppError(
    'invalid_input',
    `That is too long for an address: at most ${longestAddressChars} characters.`,
  );
}

function readRequest(said: string, invocation: CommandInvocation): ConnectRequest {
  const words = said.split(/\s+/).filter((word) => word !== '');
  const isSaid = (wanted: string): boolean => words.some((word) => word.toLowerCase() === wanted);
  const rest = words.filter((word) => !/^(?:for|space|events)$/i.test(word));
  const [what = 'google', ...more] = rest;
  if (more.length > 0) {
    throw new AppError(
      'invalid_input',
      `Say one calendar at a time: ${typed(invocation, 'schedule calendar connect google')}, the address of a feed, or the id of a calendar; then ${inlineCode('for space')} and ${inlineCode('events')} where you want that.`,
    );
  }
  demandShort(what);
  return {
    spaceId: invocation.conversation.spaceId,
    askedBy: askedBy(invocation),
    spaceLabel: spaceLabel(invocation),
    owner: isSaid('space') ? 'space' : invocation.actorId,
    by: invocation.actorId,
    what: /^google$/i.test(what) ? 'google' : what,
    access: isSaid('events') ? 'events' : 'freebusy',
    // A platform’s admins run their space, and know nothing of the domain whose calendars the account may see.
    mayUseServiceAccount: mayUse({ role: 'operator' }, invocation.role),
  };
}

/** For the page that asks for consent: whoever opens it must see whether it was they. Anybody can take another’s name, but not their account, which comes first. */
function askedBy({ actorId, actorName = '' }: CommandInvocation): string {
  const account = `${nativeId(actorId)} on ${platformOf(actorId)}`;
  return actorName === '' ? account : `${account}, called “${actorName}”`;
}

/** For the same page: where their busy times go. */
function spaceLabel({ conversation }: CommandInvocation): string {
  const { platform, spaceId } = conversation;
  return isWholeSpace(conversation) ? `a direct chat on ${platform}` : `${platform}, ${nativeId(spaceId)}`;
}

function linkedText(calendar: LinkedCalendar, invocation: CommandInvocation): string {
  const title = calendarTitle(calendar, invocation);
  return `Linked: ${title}, ${ownerInWords(calendar, invocation)}. I read ${readInWords(calendar)}. ${typed(invocation, `schedule calendar disconnect ${calendar.number}`)} ends that.`;
}

function openText(
  { url, expiresInMs, elsewhereUrl }: Extract<ConnectStart, { kind: 'open' }>,
  { owner, access }: ConnectRequest,
  invocation: CommandInvocation,
): string {
  const whose = owner === 'space' ? 'a calendar that stands for this whole space' : 'your own calendar';
  const lines = [
    `It is for ${whose}`,
    `I read ${accessInWords(access)}`,
    `The page is for you alone: pass it on to nobody. It works for ${spoken(expiresInMs)}`,
    ...(elsewhereUrl === undefined
      ? []
      : [
          `If your browser is on another machine than I am, open this one in its place: ${link(elsewhereUrl)}. It ends at a page that does not open. Copy the address of that page and send it to me: ${typed(invocation, 'schedule calendar finish <address>')}`,
        ]),
  ];
  return [`Open this page and agree there: ${link(url)}`, lines.map((line) => `- ${line}`).join('\n')].join(
    '\n\n',
  );
}

/** An address that people can press; code where Markdown could not hold it. */
function link(url: string): string {
  return /^https?:\/\/[^\s<>\\]+$/.test(url) ? `<${url}>` : inlineCode(url);
}
