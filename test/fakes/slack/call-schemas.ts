import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import type { UploadArguments } from '../../../adapters/slack/client.ts';
import { messageBlock, viewBlock } from './block-schemas.ts';
import type { Holds, Tied } from './sdk-types.ts';

/*
 * What each method takes, as strictObject: an unknown field is refused at run time, and `TiedToTheSdk` below fails to
 * compile where a schema has a field that `webApi.…Arguments` has not, or lacks one that it has.
 */

/** What Slack would take and nobody here sends. */
const unused = z.never({ error: 'not in use here' }).optional();
const flag = z.boolean().optional();
const id = z.string().min(1);
const ts = z.string().regex(/^\d{10}\.\d{6}$/, { error: 'must be a timestamp with six decimals' });
// How long text may be has error codes of its own.
const words = z.string().optional();
const blocks = z.array(messageBlock).max(50).optional();
const shortText = z.strictObject({
  type: z.literal('plain_text'),
  text: z.string().min(1).max(24),
  emoji: z.exactOptional(z.boolean()),
});

const viewFields = {
  private_metadata: z.exactOptional(z.string().max(3_000)),
  callback_id: z.exactOptional(z.string().min(1).max(255)),
  external_id: z.exactOptional(z.string().min(1).max(255)),
};
const modal = z
  .strictObject({
    type: z.literal('modal'),
    title: shortText,
    submit: z.exactOptional(shortText),
    close: z.exactOptional(shortText),
    blocks: z.array(viewBlock).min(1).max(100),
    clear_on_close: z.exactOptional(z.boolean()),
    notify_on_close: z.exactOptional(z.boolean()),
    ...viewFields,
  })
  .refine(
    (view) => view.submit !== undefined || view.blocks.every((block) => block.type !== 'input'),
    'a view with inputs needs submit',
  );
const home = z.strictObject({
  type: z.literal('home'),
  blocks: z.array(viewBlock).max(100),
  ...viewFields,
});
export type ModalView = z.infer<typeof modal>;
export type HomeView = z.infer<typeof home>;

const uploaded = z.strictObject({ id });

const streamChunks = { markdown_text: words, chunks: unused };
const messageFields = {
  channel: id,
  text: words,
  blocks,
  markdown_text: words,
  attachments: unused,
  parse: z.enum(['none', 'full']).optional(),
  link_names: flag,
};
const authorship = { as_user: unused, username: unused, icon_emoji: unused, icon_url: unused };

export const callSchemas = {
  'auth.test': z.strictObject({}),
  'apps.connections.open': z.strictObject({}),
  'chat.postMessage': z.strictObject({
    ...messageFields,
    ...authorship,
    thread_ts: ts.optional(),
    reply_broadcast: z.literal(false).optional(),
    unfurl_links: flag,
    unfurl_media: flag,
    mrkdwn: flag,
    metadata: unused,
  }),
  'chat.postEphemeral': z.strictObject({
    ...messageFields,
    ...authorship,
    user: id,
    thread_ts: ts.optional(),
  }),
  'chat.update': z.strictObject({
    ...messageFields,
    ts,
    as_user: unused,
    metadata: unused,
    file_ids: unused,
    reply_broadcast: unused,
  }),
  'chat.delete': z.strictObject({ channel: id, ts, as_user: unused }),
  'chat.startStream': z.strictObject({
    ...streamChunks,
    channel: id,
    thread_ts: ts,
    recipient_team_id: id.optional(),
    recipient_user_id: id.optional(),
    task_display_mode: unused,
    username: unused,
    icon_emoji: unused,
    icon_url: unused,
  }),
  'chat.appendStream': z.strictObject({ ...streamChunks, channel: id, ts }),
  'chat.stopStream': z.strictObject({
    ...streamChunks,
    channel: id,
    ts,
    blocks,
    metadata: unused,
    session_status: z.enum(['active', 'processing', 'suspended', 'closed']).optional(),
  }),
  'assistant.threads.setStatus': z.strictObject({
    channel_id: id,
    thread_ts: ts,
    status: z.string(),
    loading_messages: z.array(z.string().min(1)).max(10).optional(),
    username: unused,
    icon_emoji: unused,
    icon_url: unused,
  }),
  'reactions.add': z.strictObject({ channel: id, timestamp: ts, name: id }),
  'reactions.remove': z.strictObject({
    channel: id,
    timestamp: ts,
    name: id,
    file: unused,
    file_comment: unused,
  }),
  'users.info': z.strictObject({ user: id, include_locale: flag }),
  'views.open': z.strictObject({ view: modal, trigger_id: id, interactivity_pointer: unused }),
  'views.publish': z.strictObject({ view: home, user_id: id, hash: id.optional() }),
  'conversations.replies': z.strictObject({
    channel: id,
    ts,
    cursor: id.optional(),
    limit: z.int().min(1).max(999).optional(),
    oldest: ts.optional(),
    latest: ts.optional(),
    inclusive: flag,
    include_all_metadata: flag,
  }),
  'files.getUploadURLExternal': z.strictObject({
    filename: z.string().min(1),
    length: z.int().min(1),
    alt_txt: z.string().max(1_000).optional(),
    snippet_type: unused,
  }),
  'files.completeUploadExternal': z.strictObject({
    files: z.tuple([uploaded]).rest(uploaded),
    channel_id: id,
    thread_ts: ts.optional(),
    initial_comment: unused,
    blocks: unused,
  }),
};

export type MethodName = keyof typeof callSchemas;
export type CallArguments<M extends MethodName> = z.infer<(typeof callSchemas)[M]>;

export type TiedToTheSdk = [
  Holds<Tied<CallArguments<'chat.postMessage'>, webApi.ChatPostMessageArguments>>,
  Holds<Tied<CallArguments<'chat.postEphemeral'>, webApi.ChatPostEphemeralArguments>>,
  Holds<Tied<CallArguments<'chat.update'>, webApi.ChatUpdateArguments>>,
  Holds<Tied<CallArguments<'chat.delete'>, webApi.ChatDeleteArguments>>,
  Holds<Tied<CallArguments<'chat.startStream'>, webApi.ChatStartStreamArguments>>,
  Holds<Tied<CallArguments<'chat.appendStream'>, webApi.ChatAppendStreamArguments>>,
  Holds<Tied<CallArguments<'chat.stopStream'>, webApi.ChatStopStreamArguments>>,
  Holds<Tied<CallArguments<'assistant.threads.setStatus'>, webApi.AssistantThreadsSetStatusArguments>>,
  Holds<Tied<CallArguments<'reactions.add'>, webApi.ReactionsAddArguments>>,
  Holds<Tied<CallArguments<'reactions.remove'>, webApi.ReactionsRemoveArguments>>,
  Holds<Tied<CallArguments<'users.info'>, webApi.UsersInfoArguments>>,
  Holds<Tied<CallArguments<'views.open'>, webApi.ViewsOpenArguments>>,
  Holds<Tied<CallArguments<'views.publish'>, webApi.ViewsPublishArguments>>,
  Holds<Tied<CallArguments<'conversations.replies'>, webApi.ConversationsRepliesArguments>>,
  Holds<Tied<CallArguments<'files.getUploadURLExternal'>, UploadArguments>>,
  Holds<Tied<CallArguments<'files.completeUploadExternal'>, webApi.FilesCompleteUploadExternalArguments>>,
];

const isMethod = (name: string): name is MethodName => name in callSchemas;
/** The method, if there is one of this name. */
export const methodOf = (name: string): MethodName | undefined => (isMethod(name) ? name : undefined);
