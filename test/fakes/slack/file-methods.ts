import { refusal } from './api-refusal.ts';
import type { AppState } from './app-state.ts';
import type { CallArguments } from './call-schemas.ts';
import type { Answer } from './chat-methods.ts';
import { post } from './messages.ts';

/** `files.*`: a file is announced, its bytes are put somewhere else, and then it is shared as a message of its own. */
export function createFileMethods(state: AppState, origin: () => string) {
  const { workspace, uploads } = state;
  return {
    'files.getUploadURLExternal': (args: CallArguments<'files.getUploadURLExternal'>): Answer => {
      const { path, id } = uploads.announce({
        name: args.filename,
        length: args.length,
        altText: args.alt_txt ?? '',
      });
      return { upload_url: `${origin()}${path}`, file_id: id };
    },

    'files.completeUploadExternal': (args: CallArguments<'files.completeUploadExternal'>): Answer => {
      // People's ids name no channel here, as they do where messages are posted.
      const channel = workspace.channelFor(args.channel_id);
      if (channel.isArchived) throw refusal('is_archived');
      if (!channel.members.has(workspace.bot.id)) throw refusal('not_in_channel');
      const root = args.thread_ts === undefined ? undefined : channel.messages.get(args.thread_ts);
      if (args.thread_ts !== undefined && root === undefined) throw refusal('thread_not_found');
      const files = args.files.map((file) => uploads.share(file.id));
      post(state, channel, workspace.bot, {
        text: '',
        threadTs: root?.threadTs ?? root?.ts,
        files,
        extra: {
          subtype: 'file_share',
          files: files.map(({ id, name, altText }) => ({
            id,
            name,
            alt_txt: altText,
            mimetype: 'image/png',
            filetype: 'png',
          })),
        },
      });
      return { files: files.map(({ id, name }) => ({ id, title: name })) };
    },
  };
}
