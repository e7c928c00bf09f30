import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ScheduleDesk } from '../../core/ports/schedule-desk.ts';
import type { TranscriptStore } from '../../core/ports/transcript-store.ts';

export interface WebChannelOptions {
  readonly transcripts: TranscriptStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Folder of the page's files: `adapters/web/assets`. */
  readonly assetsFolder: string;
  /** Signs the session cookies: at least 32 characters, secret, the same at every start. */
  readonly cookieKey: string;
  /** Asked for before anything is shown. Absent: whoever reaches the loopback listener may talk. */
  readonly password?: string;
  /** Whether the listener is bound to loopback only. */
  readonly boundToLoopback: boolean;
  /** The address behind a TLS proxy, `https://chat.example.org`. Its host name is accepted once there is a password. */
  readonly publicUrl?: string;
  /** What answers, for the page's header. Asked again for each page. */
  readonly modelDescription?: () => string;
  /** A sentence shown above the conversation, such as the notice of a stand-in model. Asked again for each page. */
  readonly banner?: () => string | undefined;
  /** Questions offered on an empty page; a press sends one. Default: none. */
  readonly examples?: readonly string[];
  /** Shown and changed behind a button of the header; absent: there is no button. */
  readonly schedule?: ScheduleDesk;
  /** Changes single limits. */
  readonly limits?: Partial<WebLimits>;
}

export interface WebLimits {
  /** Longest message of a person, UTF-16 units. Default 32,000. */
  readonly maxInboundChars: number;
  /** Longest request body, bytes. Default 262,144. */
  readonly maxBodyBytes: number;
  /** How many messages a page is given when it opens. Default 200. */
  readonly transcriptMessages: number;
  /** Between two heartbeats of an event stream. Default 15,000. */
  readonly heartbeatMs: number;
  /** How long a session cookie proves anything without a visit. Default 30 days. */
  readonly sessionMs: number;
  /** How long a completion is waited for. Default 2,000. */
  readonly completionMs: number;
  /** Longest time the page says that an answer is being written without further word. Default 60,000. */
  readonly activityMs: number;
  /** What one slow reader may have waiting before it is told to fetch the conversation anew. Defaults 256 and 1 MiB. */
  readonly streamEvents: number;
  readonly streamBytes: number;
  /** What is kept for readers that come back, per account. Default 64 KiB. */
  readonly replayBytes: number;
  /** Open event streams of one account and of all. Defaults 8 and 512. */
  readonly streamsPerAccount: number;
  readonly streams: number;
  /** Login attempts at once, and how long until one more is allowed. Defaults 5 and 12,000. */
  readonly loginBurst: number;
  readonly loginRefillMs: number;
}

export const defaultLimits: WebLimits = {
  maxInboundChars: 32_000,
  maxBodyBytes: 262_144,
  transcriptMessages: 200,
  heartbeatMs: 15_000,
  sessionMs: 30 * 24 * 3_600_000,
  completionMs: 2_000,
  activityMs: 60_000,
  streamEvents: 256,
  streamBytes: 1_048_576,
  replayBytes: 65_536,
  streamsPerAccount: 8,
  streams: 512,
  loginBurst: 5,
  loginRefillMs: 12_000,
};

/** Fills in the limits. Throws `config_invalid` where the page would be open to strangers or its cookies forgeable. */
export function resolveLimits(options: WebChannelOptions): WebLimits {
  if (options.cookieKey.length < 32) {
    throw new AppError('config_invalid', 'The key that signs web sessions must have at least 32 characters.');
  }
  if (options.password === '') {
    throw new AppError(
      'config_invalid',
      'METACLAW_WEB_PASSWORD is empty: remove it or set a password of your own.',
    );
  }
  if (!options.boundToLoopback && options.password === undefined) {
    throw new AppError(
      'config_invalid',
      'The web page would be open to everyone on the network: set METACLAW_WEB_PASSWORD, or bind http.host to 127.0.0.1.',
    );
  }
  if (options.publicUrl !== undefined && !URL.canParse(options.publicUrl)) {
    throw new AppError(
      'config_invalid',
      'http.publicUrl must be a whole address such as https://chat.example.org.',
    );
  }
  return { ...defaultLimits, ...options.limits };
}
