import { isValidSlackRequest, LogLevel, SocketModeReceiver, type types, webApi } from '@slack/bolt';
import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ResolvedSlackOptions } from './options.ts';
import { redactSlack } from './redact.ts';
import { openConnection, type SlackSocket, type SlackSocketHandlers } from './socket-connection.ts';
import { createSocketWires } from './socket-wires.ts';

export type AnyBlock = types.AnyBlock;
export type KnownBlock = types.KnownBlock;
export type ActionsBlock = types.ActionsBlock;
export type ContextActionsBlock = types.ContextActionsBlock;
export type ContextBlock = types.ContextBlock;
export type DividerBlock = types.DividerBlock;
export type HeaderBlock = types.HeaderBlock;
export type InputBlock = types.InputBlock;
export type SectionBlock = types.SectionBlock;
export type TableBlock = types.TableBlock;
export type RichTextBlock = types.RichTextBlock;
export type RichTextBlockElement = types.RichTextBlockElement;
export type RichTextElement = types.RichTextElement;
export type RichTextSection = types.RichTextSection;
export type RichTextList = types.RichTextList;
export type RichTextQuote = types.RichTextQuote;
export type RichTextPreformatted = types.RichTextPreformatted;
export type RichTextStyleable = types.RichTextStyleable;
export type Button = types.Button;
export type FeedbackButtons = types.FeedbackButtons;
export type PlainTextElement = types.PlainTextElement;
export type PlainTextOption = types.PlainTextOption;
export type ModalView = types.ModalView;
export type HomeView = types.HomeView;
export type View = types.View;
export type AnyChunk = types.AnyChunk;

/**
 * The Web API methods that we call with the bot's token, each with its arguments as the SDK knows them.
 * `apps.connections.open` is not among them: `openSocket` lets the SDK call it, with the app's token.
 */
export interface SlackCalls {
  readonly 'auth.test': NonNullable<webApi.AuthTestArguments>;
  readonly 'chat.postMessage': webApi.ChatPostMessageArguments;
  readonly 'chat.postEphemeral': webApi.ChatPostEphemeralArguments;
  readonly 'chat.update': webApi.ChatUpdateArguments;
  readonly 'chat.delete': webApi.ChatDeleteArguments;
  readonly 'chat.startStream': webApi.ChatStartStreamArguments;
  readonly 'chat.appendStream': webApi.ChatAppendStreamArguments;
  readonly 'chat.stopStream': webApi.ChatStopStreamArguments;
  readonly 'assistant.threads.setStatus': webApi.AssistantThreadsSetStatusArguments;
  readonly 'users.info': webApi.UsersInfoArguments;
  readonly 'views.open': webApi.ViewsOpenArguments;
  readonly 'views.publish': webApi.ViewsPublishArguments;
  readonly 'conversations.replies': webApi.ConversationsRepliesArguments;
  readonly 'files.getUploadURLExternal': UploadArguments;
  readonly 'files.completeUploadExternal': webApi.FilesCompleteUploadExternalArguments;
}

/**
 * The SDK names the description of a picture otherwise than Slack does, which overlooks that:
 * https://docs.slack.dev/reference/methods/files.getUploadURLExternal
 */
export type UploadArguments = Omit<webApi.FilesGetUploadURLExternalArguments, 'alt_text'> & {
  readonly alt_txt?: string;
};

export type SlackMethod = keyof SlackCalls;

/** Without an app token `openSocket` rejects; without a signing secret nothing `isSigned`. */
export type SlackClientOptions = Pick<
  ResolvedSlackOptions,
  'botToken' | 'appToken' | 'signingSecret' | 'apiRoot' | 'callTimeoutMs' | 'openTimeoutMs' | 'pingTimeoutMs'
>;

export interface SlackClientEffects {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface SignedRequest {
  /** As it came, before any parsing. */
  readonly body: string;
  /** Header `x-slack-signature`. */
  readonly signature: string;
  /** Header `x-slack-request-timestamp`. */
  readonly timestamp: string;
}

/** The slice of the SDK that we use. Everything rejects with whatever the SDK or the connection throws. */
export interface SlackClient {
  call<M extends SlackMethod>(method: M, args: SlackCalls[M]): Promise<unknown>;
  /** Posts to a `response_url`. The caller has made sure that it is Slack's. */
  respondTo(url: string, body: object): Promise<unknown>;
  /** Puts a file's bytes where `files.getUploadURLExternal` says. */
  upload(url: string, bytes: Uint8Array): Promise<unknown>;
  /**
   * One connection, from its opening to its end; nothing in it reconnects. Resolves after Slack's hello. The signal ends
   * an opening.
   */
  openSocket(handlers: SlackSocketHandlers, signal: AbortSignal): Promise<SlackSocket>;
  /** True for a request signed with our secret at most five minutes away from now. */
  isSigned(request: SignedRequest): boolean;
  /** Ends the calls that are under way, and at once every one that is made from now on. */
  abortCalls(): void;
}

type SdkLogger = NonNullable<webApi.WebClientOptions['logger']>;
type SdkFetch = NonNullable<webApi.WebClientOptions['fetch']>;
type RequestOfSdk = NonNullable<Parameters<SdkFetch>[1]>;

const MAX_LOG_CHARS = 300;
const MAX_SKEW_MS = 300_000;

/**
 * Slack's Web API and Socket Mode by Bolt's own packages, without Bolt's app. Nothing retries in here. Import this file
 * only when Slack is configured.
 */
export function createSlackClient(options: SlackClientOptions, effects: SlackClientEffects): SlackClient {
  const { clock } = effects;
  const { apiRoot, callTimeoutMs: timeoutMs } = options;
  const secrets = [options.botToken, options.appToken, options.signingSecret].filter(
    (secret) => secret !== undefined,
  );
  const sdkLogger = bridgeTo(effects.logger, (text) => redactSlack(text, secrets));
  const aborting = new AbortController();
  const web = new webApi.WebClient(options.botToken, {
    ...callSettings(apiRoot, timeoutMs, fetchUntil(effects.fetch, aborting.signal)),
    logger: sdkLogger,
  });

  /** To an address that Slack gave, which is the right to post there. */
  async function post(url: string, content: Pick<RequestOfSdk, 'headers' | 'body'>): Promise<void> {
    const response = await fetchUntil(effects.fetch, aborting.signal)(url, {
      method: 'POST',
      ...content,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw new webApi.WebAPIRequestError(error instanceof Error ? error : new Error(String(error)));
    });
    await refuseUnlessOk(response);
  }

  return {
    call: (method, args) => web.apiCall(method, Object.fromEntries(Object.entries(args))),
    respondTo: (url, body) =>
      post(url, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    upload(url, bytes) {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(bytes)]), 'file');
      return post(url, { body: form });
    },
    async openSocket(handlers, signal) {
      const { appToken } = options;
      if (appToken === undefined || appToken === '') {
        throw new AppError('config_invalid', 'Slack in socket mode needs an app token: set SLACK_APP_TOKEN.');
      }
      const cutting = new AbortController();
      const wires = createSocketWires();
      const receiver = new SocketModeReceiver({
        appToken,
        autoReconnectEnabled: false,
        clientPingTimeout: options.pingTimeoutMs,
        dispatcher: wires.dispatcher,
        logger: sdkLogger,
        installerOptions: {
          clientOptions: callSettings(apiRoot, timeoutMs, fetchUntil(effects.fetch, cutting.signal)),
        },
      });
      return await openConnection(
        {
          client: receiver.client,
          clock,
          openTimeoutMs: options.openTimeoutMs,
          signal,
          cut() {
            cutting.abort();
            wires.cut();
          },
        },
        handlers,
      );
    },
    isSigned({ body, signature, timestamp }) {
      const seconds = Number(timestamp);
      const nowMs = clock.now();
      // The SDK looks into the past only.
      if (!/^\d{1,12}$/.test(timestamp) || seconds * 1_000 - nowMs > MAX_SKEW_MS) return false;
      return isValidSlackRequest({
        signingSecret: options.signingSecret ?? '',
        body,
        headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': seconds },
        nowMilliseconds: nowMs,
      });
    },
    abortCalls: () => aborting.abort(),
  };
}

/** Retries and waiting are ours: the SDK would go on for half an hour. */
function callSettings(slackApiUrl: string, timeout: number, fetch: SdkFetch) {
  return { slackApiUrl, timeout, fetch, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true };
}

/** Also ends with the signal. A 429 that names no time gets one second: the SDK gives such an answer no shape. */
function fetchUntil(fetch: typeof globalThis.fetch, until: AbortSignal): SdkFetch {
  return async (url, init = {}) => {
    const signal = init.signal === undefined ? until : AbortSignal.any([init.signal, until]);
    const response = await fetch(url, { ...init, signal });
    if (response.status !== 429 || /^\d+$/.test(response.headers.get('retry-after') ?? '')) return response;
    await response.body?.cancel();
    return new Response(null, { status: 429, headers: { 'retry-after': '1' } });
  };
}

/** Gives what a `response_url` answered the shape of the SDK's own errors. */
async function refuseUnlessOk(response: Awaited<ReturnType<SdkFetch>>): Promise<void> {
  if (response.status === 429) {
    throw new webApi.WebAPIRateLimitedError(Number(response.headers.get('retry-after')));
  }
  const text = (await response.text()).slice(0, 1_000);
  const code = /^\s*(?:\{.*"error"\s*:\s*")?([a-z_]{4,60})"?/s.exec(text)?.[1];
  const isRefused = response.status >= 400 || /^\s*\{.*"ok"\s*:\s*false/s.test(text);
  if (!isRefused) return;
  if (code !== undefined) throw new webApi.WebAPIPlatformError({ ok: false, error: code });
  throw new webApi.WebAPIHTTPError(response.status, response.statusText, {});
}

/** The SDK writes message bodies and addresses below `warn`, and would write to the console by itself. */
function bridgeTo(logger: Logger, redact: (text: string) => string): SdkLogger {
  const text = (parts: readonly unknown[]): string =>
    redact(parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ')).slice(
      0,
      MAX_LOG_CHARS,
    );
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts) => logger.warn('slack_sdk_warning', { said: text(parts) }),
    error: (...parts) => logger.warn('slack_sdk_failed', { said: text(parts) }),
    getLevel: () => LogLevel.WARN,
    setLevel: () => undefined,
    setName: () => undefined,
  };
}
