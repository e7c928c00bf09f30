import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createSystemIds } from '../../../adapters/system/ids.ts';
import { addressOf } from '../../../adapters/web/account.ts';
import type { WebChannelOptions } from '../../../adapters/web/options.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../../core/domain/outbound-message.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import { createRecordingSink, type RecordingSink } from '../../contract/channel/recording-sink.ts';
import { createWebRig, type WebRig } from './web-rig.ts';

export const chromiumPath = '/usr/bin/chromium';
export const hasChromium = existsSync(chromiumPath);

export const feedback = [
  { actionId: 'feedback.good', label: 'Good' },
  { actionId: 'feedback.bad', label: 'Bad' },
];

export const notes = {
  model: 'gpt-5-mini',
  skills: [
    { name: 'be-concise', version: 2, score: 0.82, because: ['short', 'summary'] },
    { name: 'worked-example', version: 1, score: 0.41, because: [] },
  ],
};

/** A bot that says what the test tells it to, on a real listener, seen by a real browser. */
export interface BrowserStage extends WebRig {
  readonly inbox: RecordingSink;
  readonly origin: string;
  /** A page in a browser of its own. What goes wrong in it is in `problems`. */
  open(options?: BrowserContextOptions): Promise<StagePage>;
  /** Where the person of the last event talks. */
  target(): ConversationAddress;
  say(markdown: string, extra?: Partial<OutboundMessage>): Promise<MessageRef>;
  edit(ref: MessageRef, markdown: string, extra?: Partial<OutboundMessage>): Promise<void>;
  /** How completions are answered. Default: the commands below. */
  answerCompletions(answer: (line: string) => readonly string[] | 'unavailable'): void;
  /** Cuts every connection and listens no more. */
  goAway(): Promise<void>;
  /** Listens at the same address again. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

export interface StagePage {
  readonly page: Page;
  /** Errors, warnings, violated policies, dialogs, and requests to other places. */
  readonly problems: readonly string[];
  checks(): Promise<{
    readonly lowContrast: string[];
    readonly faults: string[];
    readonly tooWide: string[];
  }>;
}

const lines = ['help', 'new', 'stop', 'skill list', 'skill show', 'skill search', 'status'];
const checksSource = readFileSync(join(import.meta.dirname, 'in-page-checks.js'), 'utf8')
  .trim()
  .replace(/;$/, '');

export function launchChromium(): Promise<Browser> {
  const args =
    '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
  return chromium.launch({ executablePath: chromiumPath, args: args.split(' ') });
}

export async function createStage(
  browser: Browser,
  options: Partial<WebChannelOptions> = {},
): Promise<BrowserStage> {
  const clock = createSystemClock();
  const markdown = createMarkdown();
  const rig = createWebRig({ clock, ids: createSystemIds(clock), ...options });
  const inbox = createRecordingSink();
  let completions: (line: string) => readonly string[] | 'unavailable' = (line) =>
    lines.filter((other) => other.startsWith(line));
  await rig.channel.registerCommands([
    { name: 'help', summary: 'What I can do' },
    { name: 'skill', summary: 'List, show or search skills' },
  ]);
  await rig.channel.start(async (event: InboundEvent): Promise<Receipt> => {
    const receipt = await inbox.sink(event);
    if (event.type !== 'completion_requested') return receipt;
    const found = completions(event.line);
    if (found === 'unavailable') return 'unavailable';
    const choices = found.map((value) => ({ value, label: value, hint: `About ${value}` }));
    await rig.channel.respond(event.interaction, { kind: 'choices', choices });
    return receipt;
  });
  let server: Server | undefined;
  let port = 0;
  const comeBack = async (): Promise<void> => {
    const listener = getRequestListener((request) => rig.mounts[0]!.fetch(request));
    const next = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => next.listen(port, '127.0.0.1', resolve));
    const address = next.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    server = next;
  };
  const goAway = async (): Promise<void> => {
    const gone = new Promise((resolve) => server?.close(resolve));
    server?.closeAllConnections();
    await gone;
  };
  await comeBack();
  const origin = `http://127.0.0.1:${port}`;
  const target = (): ConversationAddress => {
    const last = inbox.events.at(-1);
    return addressOf(last === undefined ? '' : last.spaceId.slice('web:'.length));
  };
  let keys = 0;
  const message = (text: string, extra: Partial<OutboundMessage>): OutboundMessage => {
    keys += 1;
    return { body: markdown.parse(text), sendKey: `key-${keys}`, ...extra };
  };
  const contexts: { close(): Promise<void> }[] = [];

  return {
    ...rig,
    inbox,
    origin,
    target,
    goAway,
    comeBack,
    say: (text, extra = {}) => rig.channel.send(target(), message(text, extra)),
    edit: (ref, text, extra = {}) => rig.channel.edit(ref, message(text, extra)),
    answerCompletions(answer) {
      completions = answer;
    },
    async open(contextOptions = {}) {
      const context = await browser.newContext({ viewport: { width: 1000, height: 760 }, ...contextOptions });
      contexts.push(context);
      context.setDefaultTimeout(10_000);
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
      page.on('console', (entry) => {
        if (entry.type() === 'error' || entry.type() === 'warning') problems.push(`console: ${entry.text()}`);
      });
      page.on('dialog', (dialog) => {
        problems.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(origin)) problems.push(`request: ${request.url()}`);
      });
      await page.goto(origin);
      return {
        page,
        problems,
        checks: () =>
          page.evaluate(
            `(() => { const checks = ${checksSource}; return { lowContrast: checks.lowContrast(), faults: checks.faults(), tooWide: checks.tooWide() }; })()`,
          ),
      };
    },
    async close() {
      for (const context of contexts) await context.close();
      await rig.channel.stop();
      await goAway();
    },
  };
}
