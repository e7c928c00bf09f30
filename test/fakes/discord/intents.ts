/** https://docs.discord.com/developers/events/gateway#list-of-intents */
export const intents = {
  guilds: 1 << 0,
  guildMembers: 1 << 1,
  guildPresences: 1 << 8,
  guildMessages: 1 << 9,
  guildMessageReactions: 1 << 10,
  directMessages: 1 << 12,
  directMessageReactions: 1 << 13,
  messageContent: 1 << 15,
} as const;

/** Every bit that means something: 0 to 16, 20, 21, 24 and 25. */
export const knownIntents = (1 << 17) - 1 + (1 << 20) + (1 << 21) + (1 << 24) + (1 << 25);

export const privilegedIntents = {
  message_content: intents.messageContent,
  guild_members: intents.guildMembers,
  presences: intents.guildPresences,
} as const;
export type PrivilegedIntent = keyof typeof privilegedIntents;

/** The intent that an event needs; 0 where it comes to every app. */
export function intentFor(event: string, isDirect: boolean): number {
  if (event.startsWith('MESSAGE_REACTION_')) {
    return isDirect ? intents.directMessageReactions : intents.guildMessageReactions;
  }
  if (event.startsWith('MESSAGE_')) return isDirect ? intents.directMessages : intents.guildMessages;
  if (/^(?:GUILD|CHANNEL|THREAD)_/.test(event)) return intents.guilds;
  return 0;
}
