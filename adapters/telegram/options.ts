import { createHash } from 'node:crypto';
import { AppError } from '../../core/domain/app-error.ts';
import type { CachePort } from '../../core/ports/cache.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { LimiterPort } from '../../core/ports/limiter.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { TelegramApi } from './telegram-api.ts';

export const WEBHOOK_PATH = '/hooks/telegram';

export interface TelegramChannelOptions {
  /** From BotFather: `<digits>:<letters>`. */
  readonly token: string;
  /** Default `polling`. */
  readonly mode?: 'polling' | 'webhook';
  /** Address of a Bot API server. Default `https://api.telegram.org`. */
  readonly apiRoot?: string;
  /** Needed for `webhook`: the https address under which Telegram reaches this program's listener. */
  readonly publicUrl?: string;
  /** 1 to 256 of A–Z, a–z, 0–9, `_` and `-`. Default: a digest of the token, the same after every start. */
  readonly webhookSecret?: string;
  /** How long one poll waits for news, whole seconds. Default 50. */
  readonly pollTimeoutSeconds?: number;
  /** How long one other call may take. Default 30,000. */
  readonly callTimeoutMs?: number;
  /** First wait after a failed poll; doubled up to 30,000. Default 1,000. */
  readonly backoffBaseMs?: number;
  /** Shortest time between two sends or edits in a private chat. Default 1,000. */
  readonly privateIntervalMs?: number;
  /** The same in a group, where Telegram allows 20 a minute. Default 3,000. */
  readonly groupIntervalMs?: number;
}

export interface TelegramEffects {
  /** `createTelegramClient(options)`. */
  readonly api: TelegramApi;
  readonly clock: Clock;
  readonly logger: Logger;
  /** This channel's own: it stops with the channel. */
  readonly limiter: LimiterPort;
  /** Where forms wait for their answers. Survives a restart. */
  readonly cache: CachePort;
}

/** `TelegramChannelOptions` with every default in place. */
export type ResolvedTelegramOptions = Required<Omit<TelegramChannelOptions, 'publicUrl'>> & {
  /** Where Telegram delivers; absent when polling. */
  readonly webhookUrl: string | undefined;
};

function problem(message: string): AppError {
  return new AppError('config_invalid', message);
}

function webhookUrlOf(options: TelegramChannelOptions): string | undefined {
  if ((options.mode ?? 'polling') === 'polling') return undefined;
  const { publicUrl } = options;
  if (publicUrl === undefined || !URL.canParse(publicUrl) || !publicUrl.startsWith('https://')) {
    throw problem(
      'Telegram in webhook mode needs http.publicUrl: set it to the https address of this program.',
    );
  }
  return `${publicUrl.replace(/\/+$/, '')}${WEBHOOK_PATH}`;
}

/** Fills in the defaults. Throws `config_invalid` on settings that cannot work. */
export function resolveTelegramOptions(options: TelegramChannelOptions): ResolvedTelegramOptions {
  if (options.token === '') throw problem('The Telegram token is empty: set TELEGRAM_BOT_TOKEN.');
  const webhookSecret =
    options.webhookSecret ?? createHash('sha256').update(`telegram webhook ${options.token}`).digest('hex');
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(webhookSecret)) {
    throw problem('The Telegram webhook secret must be 1 to 256 of A–Z, a–z, 0–9, "_" and "-".');
  }
  return {
    token: options.token,
    mode: options.mode ?? 'polling',
    apiRoot: options.apiRoot ?? 'https://api.telegram.org',
    webhookUrl: webhookUrlOf(options),
    webhookSecret,
    pollTimeoutSeconds: options.pollTimeoutSeconds ?? 50,
    callTimeoutMs: options.callTimeoutMs ?? 30_000,
    backoffBaseMs: options.backoffBaseMs ?? 1_000,
    privateIntervalMs: options.privateIntervalMs ?? 1_000,
    groupIntervalMs: options.groupIntervalMs ?? 3_000,
  };
}
