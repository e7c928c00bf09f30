import type { SlackMethod } from './client.ts';

/** What a `response_url` is called among the methods. */
export const RESPONSE_URL = 'response_url';
/** What the address for a file's bytes is called among them. */
export const UPLOAD_URL = 'upload_url';

interface MethodRate {
  /** Calls a minute in one workspace; absent where Slack names none. */
  readonly perMinute?: number;
  /** Where Slack says so. */
  readonly doc: string;
}

const tier = (perMinute: number | undefined, method: string): MethodRate => ({
  ...(perMinute !== undefined && { perMinute }),
  doc: `https://docs.slack.dev/reference/methods/${method}`,
});

/**
 * Slack counts per method, workspace and app. What a tier grants is a least number that Slack may exceed:
 * https://docs.slack.dev/apis/web-api/rate-limits
 */
export const methodLimits: Readonly<Record<SlackMethod | typeof RESPONSE_URL, MethodRate>> = {
  // Special: "hundreds of requests per minute".
  'auth.test': tier(undefined, 'auth.test'),
  // Special: one a second in each channel, which its interval keeps, and "several hundred" a minute in a workspace.
  'chat.postMessage': tier(300, 'chat.postMessage'),
  'chat.postEphemeral': tier(100, 'chat.postEphemeral'),
  'chat.update': tier(50, 'chat.update'),
  'chat.delete': tier(50, 'chat.delete'),
  'chat.startStream': tier(20, 'chat.startStream'),
  'chat.appendStream': tier(100, 'chat.appendStream'),
  'chat.stopStream': tier(20, 'chat.stopStream'),
  // Special, without a number.
  'assistant.threads.setStatus': tier(undefined, 'assistant.threads.setStatus'),
  'users.info': tier(100, 'users.info'),
  'views.open': tier(100, 'views.open'),
  'views.publish': tier(100, 'views.publish'),
  'conversations.replies': tier(50, 'conversations.replies'),
  'files.getUploadURLExternal': tier(100, 'files.getUploadURLExternal'),
  'files.completeUploadExternal': tier(100, 'files.completeUploadExternal'),
  // Five uses in half an hour each, which its user keeps.
  response_url: { doc: 'https://docs.slack.dev/interactivity/handling-user-interaction' },
};

/** The rates of `methodLimits`, calls a minute. */
export const slackMethodRates: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(methodLimits).flatMap(([method, { perMinute }]) =>
    perMinute === undefined ? [] : [[method, perMinute]],
  ),
);

/** For this channel's own limiter: a refusal speaks of the method in the whole workspace. */
export const slackLimits = { perMinute: slackMethodRates, pauses: 'method' } as const;
