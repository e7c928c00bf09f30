import { existsSync } from 'node:fs';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { createSettingsStore } from '../../adapters/sqlite/settings-store.ts';
import { NEEDED_UPDATES } from '../../adapters/telegram/allowed-updates.ts';
import { WEBHOOK_PATH } from '../../adapters/telegram/options.ts';
import type { TelegramApi } from '../../adapters/telegram/telegram-api.ts';
import {
  type ApiRefusal,
  parseBot,
  parseMemberStatus,
  parseRefusal,
  parseWebhook,
  type TelegramWebhook,
} from '../../adapters/telegram/wire.ts';
import { linkScope } from '../../core/intake/admission.ts';
import { databasePath } from '../storage.ts';
import type { CheckContext } from './doctor-checks.ts';
import { type Finding, findingsOf } from './doctor-finding.ts';

const ASK_TIMEOUT_MS = 5_000;

const finding = findingsOf('telegram');

type Bot = NonNullable<ReturnType<typeof parseBot>>;

type Answer =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly refusal: ApiRefusal }
  | { readonly kind: 'silent' };

async function ask(api: TelegramApi, method: string, payload: object = {}): Promise<Answer> {
  try {
    const value = await api.callApi(method, payload, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    return { kind: 'result', value };
  } catch (thrown) {
    const refusal = parseRefusal(thrown);
    return refusal === undefined ? { kind: 'silent' } : { kind: 'refused', refusal };
  }
}

function checkPrivacy(bot: Bot): Finding[] {
  const joining =
    bot.can_join_groups === false
      ? [
          finding(
            'warning',
            'the bot may not be added to groups. If it should work there: @BotFather, /setjoingroups, Enable.',
          ),
        ]
      : [];
  const privacy =
    bot.can_read_all_group_messages === true
      ? 'privacy mode is off: Telegram delivers everything that is said in groups, though only what is meant for the bot is kept. It needs no more than privacy mode lets through: @BotFather, /setprivacy, Enable, then take the bot out of each group and add it again'
      : 'privacy mode is on: in groups the bot is told of commands, mentions of it and replies to it, which is all it needs; where it is an administrator, of everything';
  return [finding('ok', privacy), ...joining];
}

/** Only the host: addresses of webhooks tend to hold secrets. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an unreadable address');

function checkDoor(webhook: TelegramWebhook, { loaded: { settings } }: CheckContext): Finding {
  const waiting = webhook.pending_update_count ?? 0;
  const backlog = waiting === 0 ? 'nothing waits there' : `${waiting} updates wait there`;
  if (settings.channels.telegram.mode === 'polling') {
    if (webhook.url === '') return finding('ok', `updates are polled; ${backlog}`);
    return finding(
      'warning',
      `Telegram delivers to a webhook at ${hostOf(webhook.url)}, and a start would take that away, since the bot polls. If another program uses this token, give this one a bot of its own; ${backlog}.`,
    );
  }
  const expected = `${settings.http.publicUrl.replace(/\/+$/, '')}${WEBHOOK_PATH}`;
  if (webhook.url === expected) return finding('ok', `Telegram delivers to ${expected}; ${backlog}`);
  if (webhook.url === '') return finding('ok', `no webhook is set yet, the next start sets it; ${backlog}`);
  return finding(
    'warning',
    `Telegram delivers to a webhook at ${hostOf(webhook.url)}, not to ${expected}; the next start changes that. If another program uses this token, give this one a bot of its own; ${backlog}.`,
  );
}

function checkDelivery({
  last_error_date: seconds,
  last_error_message: why,
  url,
}: TelegramWebhook): Finding[] {
  if (url === '' || seconds === undefined) return [];
  const at = new Date(seconds * 1_000).toISOString();
  return [
    finding(
      'warning',
      `Telegram last failed to deliver at ${at}: ${why ?? 'it does not say why'}. See that the address is reachable from outside, with a valid certificate, on port 443, 80, 88 or 8443, and that it leads to this program.`,
    ),
  ];
}

function checkAllowedUpdates({ allowed_updates: allowed }: TelegramWebhook): Finding {
  if (allowed === undefined)
    return finding('ok', 'reactions are not delivered yet; the first start asks for them');
  const missing = NEEDED_UPDATES.filter((kind) => !allowed.includes(kind));
  if (missing.length === 0) return finding('ok', 'every kind of update is delivered that the bot needs');
  return finding(
    'warning',
    `Telegram does not deliver ${missing.join(', ')}: perhaps another program asked for less with this token. Start the bot, which asks for them; another program needs a bot of its own.`,
  );
}

async function checkGroup(api: TelegramApi, bot: Bot, { chatId, isListed }: Group): Promise<Finding> {
  const answer = await ask(api, 'getChatMember', { chat_id: Number(chatId), user_id: bot.id });
  const status = answer.kind === 'result' ? parseMemberStatus(answer.value) : undefined;
  if (status === 'administrator' || status === 'creator')
    return finding('ok', `the bot is an administrator of group ${chatId}: reactions there reach it`);
  if (status === 'member' || status === 'restricted')
    return finding(
      'warning',
      `the bot is no administrator of group ${chatId}: reactions there do not reach it, the buttons under answers do. To mend that, make it one in the group’s settings; no right needs to be ticked.`,
    );
  const isGone = status === 'left' || status === 'kicked';
  const isRefused =
    answer.kind === 'refused' && (answer.refusal.status === 400 || answer.refusal.status === 403);
  if (!isGone && !isRefused)
    return finding('unasked', `Telegram could not be asked about group ${chatId}. Try once more.`);
  if (!isListed)
    return finding(
      'ok',
      `the bot is not in group ${chatId}, which was linked, any more; if the group became a supergroup it has a new number, and a new code for /link lets it in`,
    );
  return finding(
    'warning',
    `the bot is not in group ${chatId}, which channels.telegram.allow names. Add it there, or take the group out of the list; a group that became a supergroup has a new number.`,
  );
}

interface Group {
  readonly chatId: string;
  /** The settings name it; others were linked by a code. */
  readonly isListed: boolean;
}

/** What codes let in; nothing where the database cannot be read, which is told of by itself. */
async function linkedSubjects({ loaded, parts }: CheckContext): Promise<readonly string[]> {
  const path = databasePath(loaded.homeFolder);
  if (!existsSync(path)) return [];
  try {
    const database = openDatabase({ path, logger: parts.logger, readOnly: true });
    try {
      return Object.keys(await createSettingsStore(database).list(linkScope));
    } finally {
      database.close();
    }
  } catch {
    return [];
  }
}

/** The group chats that may talk to the bot; private chats have the numbers of people. */
async function groupsOf(context: CheckContext): Promise<readonly Group[]> {
  const groupIn = (subject: string): string | undefined => /^telegram:chat:(-\d+)$/.exec(subject)?.[1];
  const { allow } = context.loaded.settings.channels.telegram;
  const listed = new Set(allow.map(groupIn));
  const known = new Set([...listed, ...(await linkedSubjects(context)).map(groupIn)]);
  return [...known]
    .filter((chatId) => chatId !== undefined)
    .map((chatId) => ({ chatId, isListed: listed.has(chatId) }));
}

function refusedToken(answer: Answer): Finding {
  const status = answer.kind === 'refused' ? answer.refusal.status : undefined;
  if (status === 401 || status === 404)
    return finding(
      'problem',
      'Telegram refuses the token. Copy it anew from @BotFather into TELEGRAM_BOT_TOKEN.',
    );
  return finding('unasked', 'Telegram could not be asked about the token. Is the machine online?');
}

/** Asks Telegram about the token, privacy mode, deliveries and the bot's place in groups. Changes nothing there. */
export async function checkTelegram(context: CheckContext, apiRoot?: string): Promise<readonly Finding[]> {
  const token = context.loaded.secrets.TELEGRAM_BOT_TOKEN;
  if (token === undefined) return [];
  const { createTelegramClient } = await import('../../adapters/telegram/client.ts');
  const api = createTelegramClient({ token, ...(apiRoot === undefined ? {} : { apiRoot }) });
  const me = await ask(api, 'getMe');
  if (me.kind !== 'result') return [refusedToken(me)];
  const bot = parseBot(me.value);
  if (bot === undefined)
    return [finding('unasked', 'What answers in place of Telegram is no Bot API server. Is there a proxy?')];
  const info = await ask(api, 'getWebhookInfo');
  const webhook = info.kind === 'result' ? parseWebhook(info.value) : undefined;
  const deliveries =
    webhook === undefined
      ? [finding('unasked', 'Telegram could not be asked how it delivers. Try once more.')]
      : [checkDoor(webhook, context), ...checkDelivery(webhook), checkAllowedUpdates(webhook)];
  const groups: Finding[] = [];
  for (const group of await groupsOf(context)) groups.push(await checkGroup(api, bot, group));
  return [
    finding('ok', `the token is valid: @${bot.username}`),
    ...checkPrivacy(bot),
    ...deliveries,
    ...groups,
  ];
}
