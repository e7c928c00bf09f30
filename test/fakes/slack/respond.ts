import { refusal } from './api-refusal.ts';
import type { AppState } from './app-state.ts';
import { checkContents, contentsOf, post, remove, revise } from './messages.ts';
import { type ResponsePlace, readResponse } from './response-urls.ts';

/** Does what was asked of a `response_url`, or in the answer to a command. */
export function respond(state: AppState, place: ResponsePlace, value: unknown): void {
  const { workspace } = state;
  const response = readResponse(value);
  const channel = workspace.channels.get(place.channel);
  if (channel === undefined) throw refusal('channel_not_found');
  const original = place.messageTs === undefined ? undefined : channel.messages.get(place.messageTs);
  if (response.delete_original === true) {
    if (original === undefined || original.isRemoved) throw refusal('message_not_found');
    remove(state, channel, original);
    return;
  }
  checkContents(response);
  const contents = contentsOf(response);
  if (response.replace_original === true) {
    if (original === undefined || original.isRemoved) throw refusal('message_not_found');
    revise(state, channel, original, (message) => {
      message.text = contents.text;
      message.blocks = contents.blocks;
      message.editedTs = workspace.nextTs();
    });
    return;
  }
  const isPrivate = (response.response_type ?? 'ephemeral') === 'ephemeral';
  post(state, channel, workspace.bot, {
    ...contents,
    threadTs: response.thread_ts ?? (isPrivate ? place.threadTs : undefined),
    privateTo: isPrivate ? place.user : undefined,
    isPlain: response.mrkdwn === false,
    linksNames: response.link_names === true || response.parse === 'full',
  });
}
