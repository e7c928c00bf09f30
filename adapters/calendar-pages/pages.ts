import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { CalendarAccess } from '../../core/domain/calendar.ts';
import type { Question } from './options.ts';

/** A page that works without scripts. Text from outside stands in it as text. */
export interface Page {
  readonly status: number;
  readonly html: string;
  /** Besides those that every page has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An origin to which a form of the page may lead in the end. */
  readonly formsTo?: string;
}

const style = `:root { color-scheme: light dark; }
body { max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem; font: 1.05rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; }
strong { overflow-wrap: anywhere; }
button { font: inherit; margin: 0.75rem 0.75rem 0 0; padding: 0.55rem 1.2rem; border: 2px solid #a93a18; border-radius: 0.6rem; background: transparent; color: inherit; cursor: pointer; }
button[value="yes"] { background: #a93a18; color: #fff; }
button:focus-visible { outline: 3px solid #1f63c4; outline-offset: 2px; }
`;

/** No script, nothing from elsewhere, in nobody's frame; the only style is ours. Browsers hold `form-action` against redirects too. */
export function contentSecurityPolicy(formsTo: string | undefined): string {
  return [
    `default-src 'none'`,
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    `form-action 'self'${formsTo === undefined ? '' : ` ${formsTo}`}`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

const readWords: Readonly<Record<CalendarAccess, string>> = {
  freebusy: 'Only when you are busy is read: no titles, no places, no people.',
  events:
    'What is read is when you are busy and with what kind of event, such as out of office or declined: no titles, no places, no people.',
};

type Part = ReturnType<typeof html>;

/** Says for whom it is before the provider is asked anything. */
export async function startPage(question: Question): Promise<Page> {
  const whole = await page(
    200,
    'Let the bot see when you are busy?',
    html`${forWhom(question)}
<p>Go on only if that is you, and you asked for this yourself. If somebody sent you this link, close the page: your calendar would become theirs to use.</p>
<form method="post" action="start">
<input type="hidden" name="token" value="${question.token}">
<button type="submit" value="yes">That is me, go on</button>
</form>`,
  );
  return { ...whole, formsTo: new URL(question.url).origin };
}

function forWhom({ askedBy, spaceLabel, isForSpace, access }: Question): Part {
  return html`<p><strong>${askedBy}</strong> asked for this in <strong>${spaceLabel}</strong>. The calendar will be linked there ${
    isForSpace ? 'as a calendar of everybody' : 'as their own'
  }, so that the bot learns when nobody needs it.</p>
<p>${readWords[access]}</p>`;
}

/** Asks whether the calendar is to be linked, and says for whom. */
export function questionPage(question: Question): Promise<Page> {
  const { token } = question;
  return page(
    200,
    'Link your calendar?',
    html`${forWhom(question)}
<p>Go on only if that is you, and you asked for this yourself. If somebody sent you the link, answer No.</p>
<form method="post" action="confirm">
<input type="hidden" name="token" value="${token}">
<button type="submit" name="answer" value="yes">Yes, link it</button>
<button type="submit" name="answer" value="no">No</button>
</form>`,
  );
}

export function linkedPage({
  number,
  label,
}: {
  readonly number: number;
  readonly label: string;
}): Promise<Page> {
  return page(
    200,
    'Your calendar is linked',
    html`<p><strong>${label}</strong> is calendar ${number} in the chat now. You can close this page.</p>`,
  );
}

export function nothingLinkedPage(): Promise<Page> {
  return page(200, 'Nothing was linked', html`<p>You can close this page.</p>`);
}

export function refusalPage(status: number, message: string): Promise<Page> {
  return page(status, 'That did not work', html`<p>${message}</p>`);
}

async function page(status: number, title: string, body: Part): Promise<Page> {
  const whole = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – MetaClaw</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  return { status, html: whole.toString() };
}
