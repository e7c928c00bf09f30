import * as z from 'zod';
import type { Membership, Overwrite } from '../../adapters/discord/permissions.ts';
import { cleanText } from '../../core/domain/clean-text.ts';
import type { AskDiscord } from './ask-discord.ts';

/** A server with the bot in it, as far as its permissions there go by it. */
export interface DiscordServer {
  readonly member: Membership;
  readonly channels: readonly DiscordServerChannel[];
}

export interface DiscordServerChannel {
  readonly name: string;
  readonly type: number;
  readonly overwrites: readonly Overwrite[];
}

const MAX_NAME_CHARS = 60;

/** A name that others gave, fit for a terminal. */
export function shownName(name: string): string {
  const chars = [...cleanText(name).replaceAll(/\s+/g, ' ').trim()];
  return chars.length <= MAX_NAME_CHARS ? chars.join('') : `${chars.slice(0, MAX_NAME_CHARS - 1).join('')}…`;
}

const id = z.string().regex(/^\d{1,21}$/);
const bits = z
  .string()
  .regex(/^\d{1,40}$/)
  .transform(BigInt);
const guildSchema = z.object({ owner_id: id, roles: z.array(z.object({ id, permissions: bits })) });
const memberSchema = z.object({
  roles: z.array(id),
  communication_disabled_until: z.string().nullish(),
});
const channelsSchema = z.array(
  z.object({
    name: z.string().nullish(),
    type: z.number(),
    permission_overwrites: z.array(z.object({ id, allow: bits, deny: bits })).nullish(),
  }),
);

/** Asks for a server's roles and channels and the bot's place among them; `undefined` where one of them is not told. */
export async function readServer(
  ask: AskDiscord,
  who: { readonly guildId: string; readonly userId: string; readonly now: number },
): Promise<DiscordServer | undefined> {
  const { guildId, userId, now } = who;
  const answers = [
    await ask('read a server', { guild: guildId }),
    await ask('read own membership', { guild: guildId, user: userId }),
    await ask('read channels', { guild: guildId }),
  ];
  const [guildAnswer, memberAnswer, channelsAnswer] = answers.map((answer) =>
    answer.kind === 'answer' ? answer.value : undefined,
  );
  const guild = guildSchema.safeParse(guildAnswer);
  const member = memberSchema.safeParse(memberAnswer);
  const channels = channelsSchema.safeParse(channelsAnswer);
  if (!guild.success || !member.success || !channels.success) return undefined;
  const { communication_disabled_until: mutedUntil } = member.data;
  return {
    member: {
      guildId,
      ownerId: guild.data.owner_id,
      userId,
      roleIds: member.data.roles,
      roles: new Map(guild.data.roles.map((role) => [role.id, role.permissions])),
      isTimedOut: typeof mutedUntil === 'string' && Date.parse(mutedUntil) > now,
    },
    channels: channels.data.map(({ name, type, permission_overwrites: overwrites }) => ({
      name: shownName(name ?? '') || 'a channel without a name',
      type,
      overwrites: overwrites ?? [],
    })),
  };
}
