import type { Secrets } from './secrets.ts';

/** A secret and what is wrong with it. Never holds the secret. */
export interface DiscordSettingProblem {
  readonly path: 'DISCORD_BOT_TOKEN';
  readonly message: string;
}

const WHERE_TOKEN =
  'the token that the page “Bot” of your application at https://discord.com/developers/applications shows once after “Reset Token”';

/** What people copy in place of the token, by its look. */
function otherThing(text: string): string | undefined {
  if (/^bearer\s/i.test(text)) return 'a token of a person’s authorisation (Bearer …)';
  if (/^mfa\./.test(text))
    return 'the token of a person’s own account, with which Discord forbids programs to act,';
  if (/^\d{15,21}$/.test(text)) return 'an id';
  if (/^[0-9a-f]{64}$/i.test(text)) return 'the public key';
  if (/^[\w-]{32}$/.test(text)) return 'the client secret';
  if (/^https?:/i.test(text)) return 'an address';
  return undefined;
}

function tokenProblem(token: string): string | undefined {
  if (/^bot\s/i.test(token)) return `begins with “Bot ”. Set it to the token alone: ${WHERE_TOKEN}.`;
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  if (token !== token.trim()) return `begins or ends with blanks. Set it to ${WHERE_TOKEN}.`;
  const other = otherThing(token);
  if (other !== undefined) return `holds ${other} and not the bot’s token. Set it to ${WHERE_TOKEN}.`;
  return `is not a bot’s token, which has three parts with dots between them. Set it to ${WHERE_TOKEN}.`;
}

/** What keeps Discord from working with these secrets. Nothing while Discord is off, that is without a token. */
export function discordProblems({ DISCORD_BOT_TOKEN: token }: Secrets): readonly DiscordSettingProblem[] {
  const message = token === undefined ? undefined : tokenProblem(token);
  return message === undefined ? [] : [{ path: 'DISCORD_BOT_TOKEN', message }];
}
