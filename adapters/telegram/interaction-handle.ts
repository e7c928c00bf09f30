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
  /** Who wrote or pressed. */
  readonly person?: HandlePerson;
}

export interface HandlePerson {
  readonly userId: string;
  /** Cut where it is long. */
  readonly name: string;
}

const MAX_ENCODED_NAME_CHARS = 80;
const handlePattern = /^([mc])\|([dg])\|(-?\d+)\|(\d*)\|(\d+)\|([A-Za-z0-9_-]*)(?:\|(\d+)\|([^|]*))?$/;

export function encodeHandle(handle: InteractionHandle): string {
  const { person } = handle;
  return [
    handle.kind === 'message' ? 'm' : 'c',
    handle.audience === 'direct' ? 'd' : 'g',
    handle.chatId,
    handle.threadId ?? '',
    handle.messageId,
    handle.callbackQueryId ?? '',
    ...(person === undefined ? [] : [person.userId, encodeName(person.name)]),
  ].join('|');
}

/** As many whole characters as fit. */
function encodeName(name: string): string {
  let encoded = '';
  for (const char of name.toWellFormed()) {
    const next = encoded + encodeURIComponent(char);
    if (next.length > MAX_ENCODED_NAME_CHARS) break;
    encoded = next;
  }
  return encoded;
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** The inverse of `encodeHandle`; `undefined` for a string it could not have made. */
export function decodeHandle(text: string): InteractionHandle | undefined {
  const match = handlePattern.exec(text);
  if (match === null) return undefined;
  const [, kind, audience, chatId = '', threadId = '', messageId = '', callbackQueryId = ''] = match;
  const [, , , , , , , userId, name = ''] = match;
  return {
    kind: kind === 'm' ? 'message' : 'callback',
    audience: audience === 'd' ? 'direct' : 'group',
    chatId,
    messageId,
    ...(threadId === '' ? {} : { threadId }),
    ...(callbackQueryId === '' ? {} : { callbackQueryId }),
    ...(userId === undefined ? {} : { person: { userId, name: decodeName(name) } }),
  };
}
