/** What is needed to answer a command or a pressed button, also after a restart. */
export interface InteractionHandle {
  /** `message`: a command was written. `callback`: a button was pressed. */
  readonly kind: 'message' | 'callback';
  readonly chatId: string;
  readonly audience: 'direct' | 'group';
  readonly threadId?: string;
  /** The command's message, or the one with the button. */
  readonly messageId: string;
  readonly callbackQueryId?: string;
}

const handlePattern = /^([mc])\|([dg])\|(-?\d+)\|(\d*)\|(\d+)\|([A-Za-z0-9_-]*)$/;

export function encodeHandle(handle: InteractionHandle): string {
  return [
    handle.kind === 'message' ? 'm' : 'c',
    handle.audience === 'direct' ? 'd' : 'g',
    handle.chatId,
    handle.threadId ?? '',
    handle.messageId,
    handle.callbackQueryId ?? '',
  ].join('|');
}

/** The inverse of `encodeHandle`; `undefined` for a string it could not have made. */
export function decodeHandle(text: string): InteractionHandle | undefined {
  const match = handlePattern.exec(text);
  if (match === null) return undefined;
  const [, kind, audience, chatId = '', threadId = '', messageId = '', callbackQueryId = ''] = match;
  return {
    kind: kind === 'm' ? 'message' : 'callback',
    audience: audience === 'd' ? 'direct' : 'group',
    chatId,
    messageId,
    ...(threadId === '' ? {} : { threadId }),
    ...(callbackQueryId === '' ? {} : { callbackQueryId }),
  };
}
